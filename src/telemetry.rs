//! The log: to standard error, as text or JSON, and what may be in it.
//!
//! Logged are entry ids, decisions, scores, durations and counts. Never an utterance, a name, a user or chat id, the
//! token or a request's address: those are health data and secrets.

use std::any::Any;
use std::io::IsTerminal;
use std::panic::{self, Location};

use tracing_subscriber::EnvFilter;
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
