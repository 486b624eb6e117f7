//! The end-to-end tests, in one binary: linking teloxide once is enough.

mod support;
mod telegram;
