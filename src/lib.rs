//! Backtalk: a FAQ bot for the clients of massage therapists.
//!
//! The modules in the order in which an utterance passes them:
//!
//! ```text
//! utterance ─ text ─▶ triage ─▶ matcher ─▶ decision ─▶ reply ─▶ plain / telegram::render
//!                       │ red flag                       ▲
//!                       └────────────────────────────────┘
//! ```
//!
//! [`engine::Engine::respond`] is that path, pure and synchronous. [`faq`] and [`replies`] are what it speaks with,
//! [`languages`] what it knows of other languages; [`telegram`], [`terminal`] and [`cli`] are who it speaks to.

pub mod cache;
pub mod check;
pub mod cli;
pub mod config;
pub mod decision;
pub mod dialogue;
pub mod engine;
pub mod eval;
pub mod faq;
pub mod languages;
pub mod matcher;
pub mod plain;
pub mod redact;
pub mod replies;
pub mod reply;
pub mod share;
pub mod store;
pub mod telegram;
pub mod telemetry;
pub mod terminal;
pub mod text;
pub mod therapists;
pub mod triage;
