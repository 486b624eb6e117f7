//! Word stems: massage, massages, massaging and massaged count as one word.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};

/// The stem of a folded English word, by the Snowball (Porter 2) algorithm.
///
/// ```
/// assert_eq!(backtalk::text::stem("massages"), backtalk::text::stem("massaging"));
/// ```
#[must_use]
pub fn stem(word: &str) -> Cow<'_, str> {
    Stemmer::create(Algorithm::English).stem(word)
}
