//! The log: to standard error, as text or JSON, and what may be in it.
//!
//! Logged are entry ids, decisions, scores, durations and counts. Never an utterance, a name, a user or chat id, the
//! token or a request's address: those are health data and secrets.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. `LOG` sets the filter (default `info`), `LOG_FORMAT=json` one JSON object a line.
///
/// The libraries below us are held at warnings whatever `LOG` says globally: at debug level they write whole updates
/// and request addresses, which hold messages and the token.
pub fn init() {
    let wanted = std::env::var("LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(format!("{wanted},{LIBRARIES}"))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let json = std::env::var("LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json"));
    // A second subscriber (in tests) is not ours to replace.
    let _ = if json {
        registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .with_writer(std::io::stderr),
            )
            .try_init()
    } else {
        registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .try_init()
    };
}

const LIBRARIES: &str =
    "teloxide=off,teloxide_core=off,reqwest=warn,hyper=warn,h2=warn,rustls=warn,sqlx=warn";
