//! Everything that is tested from outside, in one binary: linking the Telegram client once is enough.

mod eval;
