//! The log: to standard error, as text or JSON, and what may be in it.
//!
//! Logged are entry ids, decisions, scores, durations and counts. Never an utterance, a name, a user or chat id, the
//! token or a request's address: those are health data and secrets.

use std::any::Any;
use std::io::IsTerminal;
use std::panic::{self, Location};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. `LOG` sets the filter (default `info`), `LOG_FORMAT=json` one JSON object a line.
///
/// The libraries below us are held at warnings whatever `LOG` says globally: at debug level they write whole updates
/// and request addresses, which hold messages and the token.
///
/// From here on a panic is a line in the log, too, with its place and none of the values in it: a message such as "byte
/// index 5 is not a char boundary" ends with the text itself.
pub fn init() {
    panic::set_hook(Box::new(|panic| {
        let what = describe(panic.payload(), panic.location());
        tracing::error!("{what}");
    }));
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

/// Where a panic happened, and its message when that is one of the program's own words: a message with values in it is
/// no `&'static str`.
fn describe(payload: &dyn Any, location: Option<&Location<'_>>) -> String {
    let place = location.map_or_else(|| "an unknown place".to_owned(), Location::to_string);
    match payload.downcast_ref::<&'static str>() {
        Some(message) => format!("panicked at {place}: {message}"),
        None => format!("panicked at {place}"),
    }
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

    /// What is written of a panic.
    fn written(panics: impl FnOnce() + panic::UnwindSafe) -> String {
        let payload = panic::catch_unwind(panics).expect_err("it panics");
        describe(&*payload, Some(Location::caller()))
    }

    #[test]
    fn a_panic_shows_its_place_and_no_values() {
        let text = String::from("Quillfeather's back é hurts");
        let inside = text.find('é').expect("it is there") + 1;
        let sliced = written(|| drop(text[inside..].to_owned()));
        let unreadable = written(|| {
            "Quillfeather".parse::<u8>().expect("a number");
        });
        let formatted = written(|| panic!("no {text}"));
        for shown in [sliced, unreadable, formatted] {
            assert!(
                shown.starts_with("panicked at src/telemetry.rs:"),
                "{shown}"
            );
            assert!(
                !shown.contains("uillf") && !shown.contains("hurts"),
                "{shown}"
            );
        }
        assert!(written(|| panic!("on purpose")).ends_with(": on purpose"));
    }
}
