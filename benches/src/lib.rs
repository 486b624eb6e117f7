//! What the benches and the comparison with peers share: the real questions, and FAQs of any size.

pub mod data;
pub mod synthetic;
