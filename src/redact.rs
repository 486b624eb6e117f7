//! Unanswered questions without the person: what is left of an utterance before anything is written down.
//!
//! Not a list of what to remove but of what may stay: a word is kept only when it is an English word or one of the
//! FAQ's own, and nothing about its place or its capital speaks of a name. Everything else becomes a placeholder, so that
//! a name nobody thought of is gone as well. What stays is lower-case words, enough to see what people ask for.
//!
//! Pure; knows no store. [`Redacted`] cannot be made in another way, so that no raw utterance can be stored by mistake.

mod words;

use std::fmt;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::faq::Faq;
use crate::text::lexicon::ENGLISH;
use crate::text::spelling::Repair;
use crate::text::{Break, Spelling, Word, normalize};
use words::{
    ADDRESS_CUES, CALENDAR, List, NAME_CUES, NAME_INTRODUCTIONS, NAMES, NOT_A_NAME, NUMBER_WORDS,
    PLACE_CUES, STREETS, STREETS_OR_NOT, SUBJECT, TITLES, TOP_LEVEL_DOMAINS,
};

/// Longest question that is kept, in words: the longer, the more it tells of the one who wrote it.
const MAX_WORDS: usize = 30;
/// Digits from which a run of numbers is a telephone number.
const PHONE_DIGITS: usize = 7;
/// Longest name after "my name is" and the like, in words.
const NAME_WORDS: usize = 3;
/// Longest address after "I live in" and the like, in words.
const PLACE_WORDS: usize = 6;
/// Most words between a house number and the word for the street.
const STREET_NAME_WORDS: usize = 3;

/// An utterance without the person: known words and placeholders, in lower case, joined by spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redacted(String);

impl Redacted {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no word is left, placeholders aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a part of an utterance is replaced by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Address,
    Email,
    Link,
    Name,
    Number,
    Phone,
    Unknown,
}

impl Placeholder {
    const ALL: [Self; 7] = [
        Self::Address,
        Self::Email,
        Self::Link,
        Self::Name,
        Self::Number,
        Self::Phone,
        Self::Unknown,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Address => "[address]",
            Self::Email => "[email]",
            Self::Link => "[link]",
            Self::Name => "[name]",
            Self::Number => "[number]",
            Self::Phone => "[phone]",
            Self::Unknown => "[word]",
        }
    }
}

/// Whether this is one of the placeholders that stand for something personal.
#[must_use]
pub fn is_placeholder(word: &str) -> bool {
    Placeholder::ALL.iter().any(|p| p.as_str() == word)
}

/// Redacts utterances; knows which words may stay.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// The FAQ's own words.
    vocabulary: FxHashSet<String>,
    spelling: Spelling,
}

impl Redactor {
    /// Learns the words of a FAQ's entries and vocabulary. Its out-of-scope utterances and small talk teach nothing: they
    /// are full of names.
    #[must_use]
    pub fn learn(faq: &Faq) -> Self {
        let phrasings = faq
            .entries
            .iter()
            .flat_map(|e| std::iter::once(&e.question).chain(&e.phrasings));
        let mut words: FxHashMap<String, u32> = FxHashMap::default();
        for text in phrasings.chain(faq.vocabulary.iter().flatten()) {
            for word in normalize(text).words {
                *words.entry(word.text).or_default() += 1;
            }
        }
        let counts = words.iter().map(|(word, times)| (word.as_str(), *times));
        let spelling = Spelling::learn(counts, ENGLISH);
        words.retain(|word, _| is_plain(word) && !is_name(word));
        let vocabulary = words.into_keys().collect();
        Self {
            vocabulary,
            spelling,
        }
    }

    /// What may be written down of an utterance.
    #[must_use]
    pub fn redact(&self, utterance: &str) -> Redacted {
        let text = normalize(utterance);
        let mut draft = Draft::new(self, utterance, &text.words);
        // What has a form of its own first; then what its surroundings give away; then every word by itself.
        draft.mark_links();
        draft.mark_numbers();
        draft.mark_addresses();
        draft.mark_after_cues();
        draft.finish()
    }

    /// The word that may stay for this one: itself when it is known, or what it is a misspelling of.
    fn known(&self, word: &str) -> Option<String> {
        if !is_plain(word) || is_name(word) || is_letter(word) {
            return None;
        }
        if is_common(word) {
            return Some(word.to_owned());
        }
        // Before the vocabulary, which holds misspellings too.
        match self.spelling.repair(word) {
            Some(Repair::Word(meant)) if self.is_known(&meant) && is_slip(word, &meant) => {
                Some(meant)
            }
            Some(Repair::Split(first, second))
                if self.is_known(&first) && self.is_known(&second) =>
            {
                Some(format!("{first} {second}"))
            }
            _ => self.is_known(word).then(|| word.to_owned()),
        }
    }

    fn is_known(&self, word: &str) -> bool {
        is_common(word) || self.vocabulary.contains(word)
    }

    /// Whether the word belongs to the subject, so that a capital says nothing about it.
    fn is_ours(&self, word: &str) -> bool {
        self.vocabulary.contains(word) || SUBJECT.contains(word) || is_of_calendar(word)
    }
}

/// One utterance in the works: its words, and what each is replaced by.
struct Draft<'a> {
    redactor: &'a Redactor,
    utterance: &'a str,
    words: &'a [Word],
    marks: Vec<Option<Placeholder>>,
    /// Whether everything is capitalised, so that capitals mean nothing.
    shouted: bool,
}

impl<'a> Draft<'a> {
    fn new(redactor: &'a Redactor, utterance: &'a str, words: &'a [Word]) -> Self {
        let mut draft = Self {
            redactor,
            utterance,
            words,
            marks: vec![None; words.len()],
            shouted: false,
        };
        // Only who capitalises everything writes "Have A" in the middle of a sentence.
        draft.shouted = (0..words.len()).any(|at| {
            draft.has_capital(at)
                && words[at].before < Break::Sentence
                && NOT_A_NAME.contains(&words[at].text)
        });
        draft
    }

    /// Links, e-mail addresses and @names: whatever stands between two spaces and looks like one, whole.
    fn mark_links(&mut self) {
        let mut start = 0;
        for chunk in self.utterance.split_inclusive(char::is_whitespace) {
            let range = start..start + chunk.len();
            start = range.end;
            if let Some(placeholder) = link_or_address(chunk) {
                self.mark_range(&range, placeholder);
            }
        }
    }

    /// Numbers in digits; long runs of them, also spelt out, are telephone numbers.
    fn mark_numbers(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            let spelt = self.run(at, |word| has_digit(word) || NUMBER_WORDS.contains(word));
            let run = self.run(at, has_digit);
            let digits: usize = self.words[run.clone()]
                .iter()
                .map(|w| count_digits(&w.text))
                .sum();
            at = if spelt.len() >= PHONE_DIGITS {
                self.mark(spelt, Placeholder::Phone)
            } else if digits >= PHONE_DIGITS {
                self.mark(run, Placeholder::Phone)
            } else if !run.is_empty() {
                self.mark(run, Placeholder::Number)
            } else {
                at + 1
            };
        }
    }

    /// House number and street, and postcodes.
    fn mark_addresses(&mut self) {
        for at in 0..self.words.len() {
            if !has_digit(&self.words[at].text) {
                continue;
            }
            let street = (at + 2..=at + 1 + STREET_NAME_WORDS)
                .take_while(|&i| i < self.words.len() && self.words[i].before < Break::Sentence)
                .find(|&i| self.is_street(i));
            if let Some(street) = street {
                self.mark(at..street + 1, Placeholder::Address);
            }
            let next = at + 1;
            if next < self.words.len()
                && is_uk_postcode(&self.words[at].text, &self.words[next].text)
            {
                self.mark(at..next + 1, Placeholder::Address);
            }
            if is_zip(&self.words[at].text) {
                // "CA 90210", "1017 AB": the two capitals belong to it.
                for beside in [at.wrapping_sub(1), next] {
                    if self.raw(beside).is_some_and(is_two_capitals) {
                        self.mark(beside..beside + 1, Placeholder::Address);
                        self.mark(at..next, Placeholder::Address);
                    }
                }
            }
        }
    }

    /// Names and places that the words before them announce.
    fn mark_after_cues(&mut self) {
        for at in 0..self.words.len() {
            if let Some(next) = self.after_cue(at, &NAME_INTRODUCTIONS) {
                self.mark_name(next, NAME_WORDS, Self::can_be_name);
            } else if let Some(next) = self.after_cue(at, &TITLES) {
                self.mark_name(next, 1, Self::can_be_name);
                self.mark_name(next + 1, NAME_WORDS - 1, Self::looks_like_name);
            } else if let Some(next) = self.after_cue(at, &NAME_CUES)
                && self
                    .words
                    .get(next)
                    .is_some_and(|w| w.before < Break::Sentence)
            {
                self.mark_name(next, NAME_WORDS, Self::looks_like_name);
            }
            if let Some(next) = self.after_cue(at, &ADDRESS_CUES) {
                self.mark_place(next, |_, _| true);
            } else if let Some(next) = self.after_cue(at, &PLACE_CUES) {
                self.mark_place(next, Self::looks_like_name);
            }
        }
    }

    /// Where the words after a cue begin, if one of these stands here.
    fn after_cue(&self, at: usize, cues: &List) -> Option<usize> {
        let stands = |cue: &&'static str| {
            let mut end = at;
            cue.split(' ').all(|part| {
                end += 1;
                self.words
                    .get(end - 1)
                    .is_some_and(|word| word.text == part)
            })
        };
        let cue = cues.iter().find(stands)?;
        Some(at + cue.split(' ').count())
    }

    fn mark_name(&mut self, from: usize, most: usize, is_name: impl Fn(&Self, usize) -> bool) {
        for at in from..(from + most).min(self.words.len()) {
            let new_sentence = at > from && self.words[at].before == Break::Sentence;
            if new_sentence || self.marks[at].is_some() || !is_name(self, at) {
                return;
            }
            self.mark(at..at + 1, Placeholder::Name);
        }
    }

    fn mark_place(&mut self, from: usize, is_place: impl Fn(&Self, usize) -> bool) {
        for at in from..(from + PLACE_WORDS).min(self.words.len()) {
            let word = &self.words[at];
            let is_place = self.marks[at].is_some() || is_place(self, at);
            if word.before == Break::Sentence || !is_place {
                return;
            }
            self.mark(at..at + 1, Placeholder::Address);
        }
    }

    /// Whether a name can stand here: anything but the words that go on with the sentence.
    fn can_be_name(&self, at: usize) -> bool {
        !NOT_A_NAME.contains(&self.words[at].text) || self.has_capital(at) && !self.shouted
    }

    /// Whether the word, after a cue or after a part of a name, is more likely a name than not.
    fn looks_like_name(&self, at: usize) -> bool {
        let word = &self.words[at].text;
        let goes_on =
            at > 0 && self.marks[at - 1].is_some() && self.has_capital(at) && !self.shouted;
        !NOT_A_NAME.contains(word)
            && (goes_on || self.has_telling_capital(at) || self.redactor.known(word).is_none())
    }

    /// Whether the word has a capital that neither the sentence nor the subject explains.
    fn has_telling_capital(&self, at: usize) -> bool {
        !self.shouted
            && self.has_capital(at)
            && self.words[at].before < Break::Sentence
            && !self.redactor.is_ours(&self.words[at].text)
            && !NOT_A_NAME.contains(&self.words[at].text)
    }

    fn finish(self) -> Redacted {
        let mut out: Vec<String> = Vec::new();
        let mut kept = 0;
        for (at, word) in self.words.iter().enumerate() {
            let known = self.redactor.known(&word.text);
            let part = match (self.marks[at], known) {
                (Some(placeholder), _) => placeholder.as_str().to_owned(),
                (None, Some(_)) if self.has_telling_capital(at) => {
                    Placeholder::Name.as_str().to_owned()
                }
                (None, Some(known)) => {
                    kept += 1;
                    known
                }
                (None, None) if self.has_capital(at) && !self.shouted => {
                    Placeholder::Name.as_str().to_owned()
                }
                (None, None) => Placeholder::Unknown.as_str().to_owned(),
            };
            let repeated = is_placeholder(&part) && out.last() == Some(&part);
            if !repeated {
                out.push(part);
            }
            if out.len() == MAX_WORDS {
                break;
            }
        }
        Redacted(if kept == 0 {
            String::new()
        } else {
            out.join(" ")
        })
    }

    /// The longest run of words from here on that are alike, of one sentence, and not marked yet.
    fn run(&self, from: usize, alike: impl Fn(&str) -> bool) -> Range<usize> {
        let goes_on = |at: &usize| {
            let word = &self.words[*at];
            let same_sentence = *at == from || word.before < Break::Sentence;
            same_sentence && self.marks[*at].is_none() && alike(&word.text)
        };
        let length = (from..self.words.len()).take_while(goes_on).count();
        from..from + length
    }

    /// Marks the words and returns where they end.
    fn mark(&mut self, range: Range<usize>, placeholder: Placeholder) -> usize {
        self.marks[range.clone()].fill(Some(placeholder));
        range.end
    }

    fn mark_range(&mut self, bytes: &Range<usize>, placeholder: Placeholder) {
        for (word, mark) in self.words.iter().zip(&mut self.marks) {
            if word.span.start < bytes.end && bytes.start < word.span.end {
                *mark = Some(placeholder);
            }
        }
    }

    /// Whether this is a word for a street; those that mean other things too need a name before them.
    fn is_street(&self, at: usize) -> bool {
        let word = self.words[at].text.as_str();
        STREETS.contains(word)
            || STREETS_OR_NOT.contains(word)
                && (self.has_capital(at) || self.redactor.known(&self.words[at - 1].text).is_none())
    }

    /// The word as it was typed.
    fn raw(&self, at: usize) -> Option<&'a str> {
        self.utterance.get(self.words.get(at)?.span.clone())
    }

    fn has_capital(&self, at: usize) -> bool {
        // The second word of a contraction shares the first one's letters: "I'm".
        let first = at == 0 || self.words[at - 1].span != self.words[at].span;
        let capital = |raw: &str| raw.chars().next().is_some_and(char::is_uppercase);
        first && self.words[at].text != "i" && self.raw(at).is_some_and(capital)
    }
}

/// What a piece of text between two spaces is, if it is to be hidden as a whole.
fn link_or_address(chunk: &str) -> Option<Placeholder> {
    let chunk = chunk.to_lowercase().replace('＠', "@");
    let chunk = chunk.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
    if let Some(at) = chunk.find('@') {
        return Some(if at == 0 {
            Placeholder::Name
        } else {
            Placeholder::Email
        });
    }
    let host = chunk.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let domain = host.rsplit_once('.').is_some_and(|(name, end)| {
        name.chars().any(char::is_alphanumeric) && TOP_LEVEL_DOMAINS.contains(end)
    });
    let link = chunk.contains("://") || chunk.starts_with("www.") || domain;
    link.then_some(Placeholder::Link)
}

/// Whether the word is made of letters only, so that keeping it keeps no number.
fn is_plain(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

fn is_name(word: &str) -> bool {
    NAMES.contains(word)
}

/// Whether everybody uses the word, whatever the FAQ is about.
fn is_common(word: &str) -> bool {
    // The lexicon has no single letters.
    let listed = matches!(word, "a" | "i")
        || SUBJECT.contains(word)
        || TITLES.contains(word)
        || is_of_calendar(word);
    (listed || ENGLISH.contains(word)) && !is_name(word)
}

/// Whether this is a day or a month, or several of one: "sundays".
fn is_of_calendar(word: &str) -> bool {
    CALENDAR.contains(word.strip_suffix('s').unwrap_or(word))
}

/// Whether this is a single letter that is no word: names are spelt out in such.
fn is_letter(word: &str) -> bool {
    word.chars().count() == 1 && !matches!(word, "a" | "i")
}

/// Whether one word is the other mistyped: one slip, or two in a long word. What is further off is another word, which
/// the reader of the list would be misled by.
fn is_slip(typed: &str, meant: &str) -> bool {
    let slips = match typed.chars().count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    };
    strsim::osa_distance(typed, meant) <= slips
}

fn has_digit(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}

fn count_digits(word: &str) -> usize {
    // A date or an amount is no part of a telephone number.
    if word.contains('.') {
        return 0;
    }
    word.chars().filter(|c| c.is_numeric()).count()
}

fn is_zip(word: &str) -> bool {
    matches!(word.len(), 4 | 5) && word.bytes().all(|b| b.is_ascii_digit())
}

fn is_two_capitals(raw: &str) -> bool {
    raw.len() == 2 && raw.bytes().all(|b| b.is_ascii_uppercase())
}

/// The two halves of a British postcode: "SW1A 1AA".
fn is_uk_postcode(outward: &str, inward: &str) -> bool {
    let starts_with_letter = outward.starts_with(|c: char| c.is_ascii_alphabetic());
    let inward = inward.as_bytes();
    starts_with_letter
        && (2..=4).contains(&outward.len())
        && has_digit(outward)
        && inward.len() == 3
        && inward[0].is_ascii_digit()
        && inward[1..].iter().all(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests;
