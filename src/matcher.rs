//! Which entries an utterance is about: learned once from the FAQ's own phrasings, then a few microseconds a question.
//!
//! One classifier knows three kinds of class: the entries, the kinds of small talk, and what is out of scope. They
//! compete for the same probability, so an entry's score is absolute: it is low when the utterance looks like nothing,
//! and low when it looks more like chatter. Thresholds and decisions are not made here.

pub mod classifier;
pub mod explain;
pub mod features;
mod scorer;
mod vocabulary;

use std::hash::Hasher;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

use crate::faq::{EntryIndex, Faq};
use crate::text::lexicon::ENGLISH;
use crate::text::{Normalized, Spelling, is_function_word, normalize, stem};

use classifier::{Classifier, Schedule};
use features::{FeatureSpace, Term, Vector};
use scorer::{Scorer, Sighting, Stretch};
use vocabulary::Vocabulary;

/// An entry and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryIndex,
    /// Absolute closeness, 0 to 1; 1 only for a phrasing met word for word.
    pub score: f32,
}

/// What the matcher makes of some words.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// The score of every entry, by its index.
    pub scores: Vec<f32>,
    /// The likeliest kind of small talk (position in `Replies::small_talk`) and its score.
    pub small_talk: Option<(usize, f32)>,
    /// How much it looks like the utterances that must not be answered, 0 to 1.
    pub out_of_scope: f32,
    /// Whether it is a phrasing, word for word, and of what.
    pub exact: Option<Class>,
    /// How many words it has.
    pub words: usize,
    /// How many of them are more than function words.
    pub topics: usize,
    /// How much of it consists of known words, 0 to 1.
    pub known: f32,
    /// Whether it is a single word that the name of its best entry has, too.
    pub named: bool,
    /// Whether it was read together with what was asked before it, which then is its topic.
    pub in_context: bool,
}

impl Ranking {
    /// The best entries, at most `most`, best first; ties in the order of the FAQ.
    #[must_use]
    pub fn best(&self, most: usize) -> Vec<Candidate> {
        let mut best: Vec<Candidate> = Vec::with_capacity(most + 1);
        // What a score must exceed: nearly none does, and those cost one comparison.
        let mut least = f32::NEG_INFINITY;
        for (at, &score) in self.scores.iter().enumerate() {
            if score <= least {
                continue;
            }
            let place = best.iter().rposition(|better| better.score >= score);
            let entry = EntryIndex(at);
            best.insert(
                place.map_or(0, |better| better + 1),
                Candidate { entry, score },
            );
            if best.len() >= most {
                best.truncate(most);
                least = best.last().map_or(f32::INFINITY, |last| last.score);
            }
        }
        best
    }
}

/// What a phrasing stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// An entry is asked for.
    Entry(EntryIndex),
    /// Small talk; position in `Replies::small_talk`.
    SmallTalk(usize),
    /// Nothing that the FAQ covers.
    OutOfScope,
}

/// Finds the entries that an utterance is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Matcher {
    vocabulary: Vocabulary,
    scorer: Scorer,
    classes: Vec<Class>,
    entries: usize,
    /// Every phrasing, by the key of its words.
    exact: FxHashMap<u64, Class>,
    /// The entries that have a word in their name, by its stem.
    named_by: FxHashMap<Box<str>, Vec<EntryIndex>>,
    /// The small talk that an emoji alone stands for.
    emoji: Option<Class>,
}

/// A text as the matcher reads it: looked up once, ranked in any stretches.
#[derive(Debug)]
pub struct Reading<'t> {
    text: &'t Normalized,
    /// The words as they were read.
    pub terms: Vec<Term<'t>>,
    /// What was typed and how it was read, where the two differ.
    pub repairs: Vec<(String, String)>,
    /// For every word of the text, and for its end, the first term that stands for it.
    starts: Vec<usize>,
    sighting: Sighting,
}

impl Matcher {
    /// Learns from everything that the FAQ says people may type.
    #[must_use]
    pub fn learn(faq: &Faq) -> Self {
        let texts: Vec<(Class, Normalized)> = examples(faq)
            .map(|(class, text)| (class, normalize(text)))
            .collect();
        let wordings = faq.vocabulary.iter().flatten();
        let wordings: Vec<Normalized> = wordings.map(|w| normalize(w)).collect();
        let words: Vec<&Normalized> = texts
            .iter()
            .map(|(_, text)| text)
            .chain(&wordings)
            .collect();
        let each = words.iter().flat_map(|text| &text.words);
        let spelling = Spelling::learn(each.map(|word| (word.text.as_str(), 1)), ENGLISH);
        let vocabulary = Vocabulary::learn(&words, &faq.vocabulary, spelling);

        let mut exact = FxHashMap::default();
        for (class, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            // The first owner keeps a wording: entries come before small talk and out-of-scope.
            let mut key = Key::default();
            text.words.iter().for_each(|word| key.add(&word.text));
            exact.entry(key.get()).or_insert(*class);
        }

        let mut classes: Vec<Class> = (0..faq.entries.len())
            .map(|i| Class::Entry(EntryIndex(i)))
            .collect();
        classes.extend((0..faq.replies.small_talk.len()).map(Class::SmallTalk));
        if !faq.out_of_scope.is_empty() {
            classes.push(Class::OutOfScope);
        }
        let column = |class: &Class| match *class {
            Class::Entry(entry) => entry.0,
            Class::SmallTalk(kind) => faq.entries.len() + kind,
            Class::OutOfScope => classes.len() - 1,
        };
        let terms: Vec<Vec<Term<'_>>> = texts
            .iter()
            .map(|(_, text)| vocabulary.read(text).terms)
            .collect();
        let mut named_by: FxHashMap<Box<str>, Vec<EntryIndex>> = FxHashMap::default();
        for (at, entry) in faq.entries.iter().enumerate() {
            for word in entry.id.as_str().split('-') {
                let entries = named_by.entry(stem(word).into()).or_default();
                entries.push(EntryIndex(at));
            }
        }
        let space = FeatureSpace::learn(&terms);
        let examples: Vec<(Vector, usize)> = space
            .vectors(&terms)
            .into_iter()
            .zip(texts.iter().map(|(class, _)| column(class)))
            .collect();
        // Chatter and what is not covered keep their natural weight: there is far more of it than of any question.
        let schedule = Schedule {
            even: faq.entries.len(),
            ..Schedule::default()
        };
        let classifier = Classifier::learn(&examples, space.len(), classes.len(), schedule);
        let scorer = Scorer::new(space, classifier, &terms);
        Self {
            scorer,
            classes,
            entries: faq.entries.len(),
            exact,
            named_by,
            emoji: faq
                .replies
                .small_talk
                .iter()
                .position(|talk| talk.emoji)
                .map(Class::SmallTalk),
            vocabulary,
        }
    }

    /// Reads a text: repairs its words and looks up all that the scores depend on.
    #[must_use]
    pub fn read<'t>(&'t self, text: &'t Normalized) -> Reading<'t> {
        let read = self.vocabulary.read(text);
        Reading {
            text,
            sighting: self.scorer.sight(&read.terms),
            terms: read.terms,
            repairs: read.repairs,
            starts: read.starts,
        }
    }

    /// Ranks all entries for a text.
    #[must_use]
    pub fn rank(&self, reading: &Reading<'_>) -> Ranking {
        let whole = 0..reading.text.words.len();
        self.rank_from(reading, whole.start)(whole.end)
    }

    /// Ranks the parts of a text that begin at the word `start`: what is returned takes the word before which a part
    /// ends, and wants them in ascending order.
    pub fn rank_from<'r>(
        &'r self,
        reading: &'r Reading<'r>,
        start: usize,
    ) -> impl FnMut(usize) -> Ranking + 'r {
        let mut part = Part {
            words: start..start,
            terms: reading.starts[start]..reading.starts[start],
            typed: Key::default(),
            read: Key::default(),
            topics: 0,
        };
        let mut stretch = self.scorer.from(&reading.sighting, part.terms.start);
        move |end| {
            part.extend_to(reading, end);
            stretch.extend_to(part.terms.end);
            self.ranking(reading, &part, &stretch)
        }
    }

    fn ranking(&self, reading: &Reading<'_>, part: &Part, stretch: &Stretch<'_>) -> Ranking {
        let terms = &reading.terms[part.terms.clone()];
        let exact = if reading.text.is_empty() {
            self.emoji.filter(|_| reading.text.has_emoji)
        } else {
            let found = self.exact.get(&part.typed.get());
            found.or_else(|| self.exact.get(&part.read.get())).copied()
        };
        let mut scores = stretch.scores();
        let mut small_talk: Option<(usize, f32)> = None;
        let mut out_of_scope = 0.0;
        for (class, &score) in self.classes.iter().zip(&scores).skip(self.entries) {
            match *class {
                Class::Entry(_) => {}
                Class::SmallTalk(kind) => {
                    if small_talk.is_none_or(|(_, best)| score > best) {
                        small_talk = Some((kind, score));
                    }
                }
                Class::OutOfScope => out_of_scope = score,
            }
        }
        scores.truncate(self.entries);
        match exact {
            Some(Class::Entry(entry)) => scores[entry.0] = 1.0,
            Some(Class::SmallTalk(kind)) => small_talk = Some((kind, 1.0)),
            Some(Class::OutOfScope) => out_of_scope = 1.0,
            None => {}
        }
        let mut ranking = Ranking {
            scores,
            small_talk,
            out_of_scope,
            exact,
            words: terms.len(),
            topics: part.topics,
            known: stretch.known(),
            named: false,
            in_context: false,
        };
        if let [word] = terms
            && let Some(best) = ranking.best(1).first()
        {
            let entries = self.named_by.get(&*word.stem);
            ranking.named = entries.is_some_and(|entries| entries.contains(&best.entry));
        }
        ranking
    }
}

/// A part of a text, with what is known of it before any scoring. Grows word by word, so that all parts which begin at
/// one word cost as much as the longest.
struct Part {
    words: Range<usize>,
    terms: Range<usize>,
    /// Its words as they were typed.
    typed: Key,
    /// Its words as they were read.
    read: Key,
    topics: usize,
}

impl Part {
    fn extend_to(&mut self, reading: &Reading<'_>, end: usize) {
        let typed = &reading.text.words[self.words.end..end];
        typed.iter().for_each(|word| self.typed.add(&word.text));
        self.words.end = end;
        let ended = std::mem::replace(&mut self.terms.end, reading.starts[end]);
        for term in &reading.terms[ended..self.terms.end] {
            self.read.add(&term.word);
            self.topics += usize::from(!is_function_word(&term.word));
        }
    }
}

/// 64 bits for a sequence of words.
#[derive(Clone, Copy, Default)]
struct Key(u64);

impl Key {
    fn add(&mut self, word: &str) {
        let mut hasher = FxHasher::default();
        hasher.write_u64(self.0);
        hasher.write(word.as_bytes());
        self.0 = hasher.finish();
    }

    fn get(self) -> u64 {
        self.0
    }
}

/// Every example to learn from, with its class.
fn examples(faq: &Faq) -> impl Iterator<Item = (Class, &str)> {
    let entries = faq.entries.iter().enumerate().flat_map(|(i, entry)| {
        let texts = std::iter::once(&entry.question).chain(&entry.phrasings);
        texts.map(move |text| (Class::Entry(EntryIndex(i)), text.as_str()))
    });
    let small_talk = faq.replies.small_talk.iter().enumerate();
    let small_talk = small_talk.flat_map(|(kind, talk)| {
        talk.phrasings
            .iter()
            .map(move |t| (Class::SmallTalk(kind), t.as_str()))
    });
    let out_of_scope = faq
        .out_of_scope
        .iter()
        .map(|text| (Class::OutOfScope, text.as_str()));
    entries.chain(small_talk).chain(out_of_scope)
}
