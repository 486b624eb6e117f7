//! Text as people type it, made comparable: the one door that utterances and phrasings both go through.
//!
//! Two forms, because they serve different readers. The *faithful* form ([`Normalized`]) folds case, width, accents
//! and quotes and splits into words, but keeps every word, number and clause boundary: triage reads it. The *lossy*
//! form (stems, repaired spelling) is made from it by the matcher and never reaches triage's negation reading.
//!
//! This module knows no FAQ, no score and no channel.

pub mod beginnings;
pub mod function_words;
pub mod lexicon;
pub mod normalize;
pub mod spelling;
pub mod stem;

pub use beginnings::Beginnings;
pub use function_words::is_function_word;
pub use lexicon::Lexicon;
pub use normalize::{Break, Normalized, Word, normalize};
pub use spelling::{Repair, Spelling};
pub use stem::stem;
