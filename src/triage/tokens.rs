//! How a typed word is read: repaired, split from a number, its forms looked up, all of it once.
//!
//! What a word is to triage depends on the word alone, so the words of the protocol and of its examples are read at
//! start and looked up afterwards; only a word that none of them has is read when it comes.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::words::{Id, Part, Words};
use crate::text::spelling::Repair;
use crate::text::{Break, Normalized, Spelling, is_function_word, normalize, stem};

/// Longest utterance that is read, in words: positions fit `u16`, and nobody describes a symptom after this.
const MAX_TOKENS: usize = 4000;

/// A word as triage reads it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lexeme {
    /// As read: the repaired word.
    pub(super) text: Box<str>,
    /// The number of its stem, for what was learned.
    pub(super) stem: u64,
    /// Itself, its stem and its beginnings, where the protocol uses them.
    pub(super) ids: Box<[Id]>,
    pub(super) number: Option<f32>,
    /// Whether it may stand between the words of any wording.
    pub(super) small: bool,
    /// Whether it carries grammar only, so that it says nothing by itself.
    pub(super) grammar: bool,
    /// Whether it is a guess: typo repair read another word than was typed.
    pub(super) guessed: bool,
}

impl Lexeme {
    /// Whether the protocol does not use it.
    fn is_unknown(&self) -> bool {
        !self.small && self.ids.is_empty()
    }
}

/// One word of an utterance.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) lexeme: Cow<'t, Lexeme>,
    pub(super) before: Break,
}

impl Token<'_> {
    pub(super) fn text(&self) -> &str {
        &self.lexeme.text
    }

    pub(super) fn is_small(&self) -> bool {
        self.lexeme.small
    }

    pub(super) fn is(&self, part: Part) -> bool {
        match part {
            Part::Word(id) => self.lexeme.ids.contains(&id),
            Part::Number(low, high) => {
                let number = self.lexeme.number;
                number.is_some_and(|n| (low..=high).contains(&n))
            }
        }
    }
}

/// Every word that is read the same each time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Lexemes {
    spelling: Spelling,
    read: FxHashMap<Box<str>, Box<[Lexeme]>>,
    not: Lexeme,
}

impl Lexemes {
    /// Makes ready to read words towards those of `words`.
    pub(super) fn new(words: &Words) -> Self {
        Self {
            spelling: words.spelling(),
            read: FxHashMap::default(),
            not: lexeme(words, "not"),
        }
    }

    /// Reads the words of a text that is met while learning, for good.
    pub(super) fn meet(&mut self, words: &Words, text: &Normalized) {
        for word in &text.words {
            if !self.read.contains_key(word.text.as_str()) {
                let lexemes = self.lexemes(words, &word.text);
                self.read
                    .insert(word.text.as_str().into(), lexemes.into_boxed_slice());
            }
        }
    }

    /// The utterance's words as read.
    pub(super) fn tokens<'t>(&'t self, words: &Words, text: &Normalized) -> Vec<Token<'t>> {
        let mut tokens: Vec<Token<'t>> = Vec::with_capacity(text.words.len() + 2);
        for word in text.words.iter().take(MAX_TOKENS) {
            // "can t" is a contraction with a space for its apostrophe.
            if word.text == "t" && tokens.last().is_some_and(|t| is_cut_contraction(t.text())) {
                tokens.push(Token {
                    lexeme: Cow::Borrowed(&self.not),
                    before: Break::None,
                });
                continue;
            }
            let mut before = word.before;
            let mut push = |lexeme| {
                tokens.push(Token { lexeme, before });
                before = Break::None;
            };
            match self.read.get(word.text.as_str()) {
                Some(lexemes) => lexemes.iter().for_each(|l| push(Cow::Borrowed(l))),
                None => self
                    .lexemes(words, &word.text)
                    .into_iter()
                    .for_each(|l| push(Cow::Owned(l))),
            }
        }
        tokens
    }

    /// What a word is read as: itself mostly, more than one for "74yo" or a missing space.
    fn lexemes(&self, words: &Words, word: &str) -> Vec<Lexeme> {
        let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.');
        match digits.unwrap_or(word.len()) {
            0 => {}
            digits => {
                let (number, unit) = word.split_at(digits);
                let parts = std::iter::once(number).chain((!unit.is_empty()).then_some(unit));
                return parts.map(|part| lexeme(words, part)).collect();
            }
        }
        let own = lexeme(words, word);
        if !own.is_unknown() || words.is_known(word) {
            return vec![own];
        }
        // A missing space leaves no doubt about the words; a missing letter does.
        let (parts, guessed) = match self.spelling.repair(word) {
            None => return vec![own],
            Some(Repair::Word(meant)) => ([meant, String::new()], true),
            Some(Repair::Split(left, right)) => ([left, right], false),
        };
        let meant = parts.iter().flat_map(|part| normalize(part).words);
        meant
            .map(|word| Lexeme {
                guessed,
                ..lexeme(words, &word.text)
            })
            .collect()
    }
}

/// A word that is read as it stands.
fn lexeme(words: &Words, text: &str) -> Lexeme {
    let stem = stem(text);
    Lexeme {
        text: text.into(),
        stem: hash(&stem),
        ids: words.ids(text, &stem),
        number: spelled_number(text)
            .or_else(|| text.parse().ok())
            .filter(|n: &f32| n.is_finite()),
        small: words.is_small(text),
        grammar: is_function_word(text),
        guessed: false,
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn is_cut_contraction(word: &str) -> bool {
    const BEFORE_T: [&str; 12] = [
        "can", "don", "isn", "won", "didn", "doesn", "couldn", "wasn", "haven", "hasn", "aren",
        "wouldn",
    ];
    BEFORE_T.contains(&word)
}

fn spelled_number(word: &str) -> Option<f32> {
    const NAMES: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const TENS: [(&str, f32); 7] = [
        ("thirty", 30.0),
        ("forty", 40.0),
        ("fifty", 50.0),
        ("sixty", 60.0),
        ("seventy", 70.0),
        ("eighty", 80.0),
        ("ninety", 90.0),
    ];
    if let Some(at) = NAMES.iter().position(|n| *n == word) {
        return Some(at as f32);
    }
    TENS.iter()
        .find(|(name, _)| *name == word)
        .map(|&(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, bool)> {
        let mut words = Words::new(&["my".to_owned()], &["fella".to_owned()]);
        let group = words.add_group();
        for wording in ["numbness", "can not feel", "desert", "fell"] {
            words.add_wording(group, wording).expect("is a wording");
        }
        let mut lexemes = Lexemes::new(&words);
        let text = normalize(text);
        let fresh: Vec<(String, bool)> = texts(&lexemes.tokens(&words, &text));
        lexemes.meet(&words, &text);
        assert_eq!(fresh, texts(&lexemes.tokens(&words, &text)));
        fresh
    }

    fn texts(tokens: &[Token<'_>]) -> Vec<(String, bool)> {
        tokens
            .iter()
            .map(|t| (t.text().to_owned(), t.lexeme.guessed))
            .collect()
    }

    fn plain(words: &[&str]) -> Vec<(String, bool)> {
        words.iter().map(|w| ((*w).to_owned(), false)).collect()
    }

    #[test]
    fn a_slip_is_a_guess_and_a_real_word_stays() {
        assert_eq!(read("numbnes"), [("numbness".to_owned(), true)]);
        assert_eq!(read("dessert"), plain(&["dessert"]));
        assert_eq!(read("fella"), plain(&["fella"]));
    }

    #[test]
    fn numbers_and_cut_contractions_are_taken_apart() {
        assert_eq!(read("74yo"), plain(&["74", "yo"]));
        assert_eq!(read("can t feel"), plain(&["can", "not", "feel"]));
        assert_eq!(read("cant feel"), plain(&["can", "not", "feel"]));
    }
}
