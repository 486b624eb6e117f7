//! Which entries an utterance is about: learned once from the FAQ's own phrasings, then a few microseconds a question.
//!
//! One classifier knows three kinds of class: the entries, the kinds of small talk, and what is out of scope. They
//! compete for the same probability, so an entry's score is absolute: it is low when the utterance looks like nothing,
//! and low when it looks more like chatter. Thresholds and decisions are not made here.

pub mod classifier;
pub mod explain;
pub mod features;
mod vocabulary;

use rustc_hash::FxHashMap;

use crate::faq::{EntryIndex, Faq};
use crate::text::lexicon::ENGLISH;
use crate::text::{Normalized, Spelling, normalize};

use classifier::{Classifier, Schedule};
use features::{FeatureSpace, Term, Vector};
use vocabulary::Vocabulary;

/// An entry and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryIndex,
    /// Absolute closeness, 0 to 1; 1 only for a phrasing met word for word.
    pub score: f32,
}

/// What the matcher makes of an utterance.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Every entry, best first; ties in the order of the FAQ.
    pub candidates: Vec<Candidate>,
    /// The likeliest kind of small talk (position in `Replies::small_talk`) and its score.
    pub small_talk: Option<(usize, f32)>,
    /// How much it looks like the utterances that must not be answered, 0 to 1.
    pub out_of_scope: f32,
    /// Whether it is a phrasing, word for word, and of what.
    pub exact: Option<Class>,
    /// The words as they were read.
    pub terms: Vec<Term>,
    /// What was typed and how it was read, where the two differ.
    pub repairs: Vec<(String, String)>,
    /// How much of the utterance consists of known features, 0 to 1.
    pub known: f32,
}

/// What a phrasing stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// An entry is asked for.
    Entry(EntryIndex),
    /// Small talk; position in `Replies::small_talk`.
    SmallTalk(usize),
    /// Nothing that the FAQ covers.
    OutOfScope,
}

/// Finds the entries that an utterance is about.
#[derive(Debug, Clone)]
pub struct Matcher {
    vocabulary: Vocabulary,
    space: FeatureSpace,
    classifier: Classifier,
    classes: Vec<Class>,
    entries: usize,
    exact: FxHashMap<String, Class>,
    /// The small talk that an emoji alone stands for.
    emoji: Option<Class>,
}

impl Matcher {
    /// Learns from everything that the FAQ says people may type.
    #[must_use]
    pub fn learn(faq: &Faq) -> Self {
        let texts: Vec<(Class, Normalized)> = examples(faq)
            .map(|(class, text)| (class, normalize(text)))
            .collect();
        let wordings: Vec<Normalized> = faq
            .vocabulary
            .iter()
            .flatten()
            .map(|w| normalize(w))
            .collect();
        let spelling =
            Spelling::learn(texts.iter().map(|(_, text)| text).chain(&wordings), ENGLISH);
        let vocabulary = Vocabulary::new(spelling, &faq.vocabulary);

        let mut exact = FxHashMap::default();
        for (class, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            // The first owner keeps a wording: entries come before small talk and out-of-scope.
            exact.entry(text.joined()).or_insert(*class);
        }

        let mut classes: Vec<Class> = (0..faq.entries.len())
            .map(|i| Class::Entry(EntryIndex(i)))
            .collect();
        classes.extend((0..faq.replies.small_talk.len()).map(Class::SmallTalk));
        if !faq.out_of_scope.is_empty() {
            classes.push(Class::OutOfScope);
        }
        let column = |class: &Class| classes.iter().position(|c| c == class).unwrap_or_default();
        let terms: Vec<Vec<Term>> = texts
            .iter()
            .map(|(_, text)| vocabulary.read(text).terms)
            .collect();
        let space = FeatureSpace::learn(&terms);
        let examples: Vec<(Vector, usize)> = terms
            .iter()
            .zip(&texts)
            .map(|(terms, (class, _))| (space.vector(terms), column(class)))
            .collect();
        // Chatter and what is not covered keep their natural weight: there is far more of it than of any question.
        let schedule = Schedule {
            even: faq.entries.len(),
            ..Schedule::default()
        };
        let classifier = Classifier::learn(&examples, space.len(), classes.len(), schedule);
        Self {
            vocabulary,
            space,
            classifier,
            classes,
            entries: faq.entries.len(),
            exact,
            emoji: faq
                .replies
                .small_talk
                .iter()
                .position(|talk| talk.emoji)
                .map(Class::SmallTalk),
        }
    }

    /// Ranks all entries for an utterance.
    #[must_use]
    pub fn rank(&self, text: &Normalized) -> Ranking {
        let read = self.vocabulary.read(text);
        let vector = self.space.vector(&read.terms);
        let scores = self.classifier.probabilities(&vector);
        let exact = if text.is_empty() {
            self.emoji.filter(|_| text.has_emoji)
        } else {
            let found = self.exact.get(&text.joined());
            found.or_else(|| self.exact.get(&read.joined())).copied()
        };

        let mut candidates: Vec<Candidate> = (0..self.entries)
            .map(|i| Candidate {
                entry: EntryIndex(i),
                score: scores[i],
            })
            .collect();
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
        match exact {
            Some(Class::Entry(entry)) => candidates[entry.0].score = 1.0,
            Some(Class::SmallTalk(kind)) => small_talk = Some((kind, 1.0)),
            Some(Class::OutOfScope) => out_of_scope = 1.0,
            None => {}
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry)));
        let known = vector
            .iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt()
            .min(1.0);
        Ranking {
            candidates,
            small_talk,
            out_of_scope,
            exact,
            terms: read.terms,
            repairs: read.repairs,
            known,
        }
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
