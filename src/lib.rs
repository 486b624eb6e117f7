//! Backtalk.

pub mod faq;
pub mod replies;
pub mod text;
pub mod triage;
