//! The log: to standard error, as text or JSON, and what may be in it.
//!
//! Logged are entry ids, decisions, scores, durations and counts. Never an utterance, a name, a user or chat id, the
//! token or a request's address: those are health data and secrets.

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. `LOG` sets the filter (default `info`), `LOG_FORMAT=json` one JSON object a line.
///
/// The libraries below us are held at warnings whatever `LOG` says globally: at debug level they write whole updates
/// and request addresses, which hold messages and the token.
pub fn init() {
    let wanted = std::env::var("LOG").unwrap_or_else(|_| "info".to_owned());
    let registry = tracing_subscriber::registry().with(filter(&wanted));
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

/// What is `wanted`, or `info` where that cannot be read; the libraries held at warnings either way.
fn filter(wanted: &str) -> Targets {
    let held = |wanted: &str| format!("{wanted},{LIBRARIES}").parse();
    held(wanted)
        .or_else(|_| held("info"))
        .unwrap_or_else(|_| Targets::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn libraries_stay_at_warnings_whatever_is_wanted() {
        for wanted in [
            "trace",
            "debug,sqlx=trace",
            "warn,backtalk::telegram=debug",
            "no=such=thing",
            "",
        ] {
            let filter = filter(wanted);
            for library in [
                "sqlx::query",
                "hyper::proto",
                "teloxide_core::net",
                "reqwest",
            ] {
                assert!(
                    !filter.would_enable(library, &Level::INFO),
                    "{wanted}: {library}"
                );
            }
        }
    }

    #[test]
    fn a_module_can_say_more_than_the_rest() {
        let filter = filter("warn,backtalk::telegram=debug");
        assert!(filter.would_enable("backtalk::telegram::send", &Level::DEBUG));
        assert!(!filter.would_enable("backtalk::store", &Level::INFO));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_info() {
        let filter = filter("no=such=thing");
        assert!(filter.would_enable("backtalk::store", &Level::INFO));
        assert!(!filter.would_enable("backtalk::store", &Level::DEBUG));
    }
}
