//! End-to-end tests, one file per promise; one binary, because linking takes longer than running.

mod ask;
mod cache;
mod chat;
mod check;
mod eval;
mod hostile;
mod languages;
mod share;
mod store;
mod support;
mod telegram;
mod triage;
mod usage;
