//! From words to terms: spelling repaired, stemmed, and joined by what they mean here.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::text::spelling::Repair;
use crate::text::{Normalized, Spelling, normalize, stem};

use super::features::Term;

/// Knows the FAQ's words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Vocabulary {
    spelling: Spelling,
    /// The stems of the FAQ's words.
    stems: FxHashMap<Box<str>, Box<str>>,
    /// Wordings with a shared sense, by their first stem: all stems, and the sense.
    senses: FxHashMap<Box<str>, Vec<Wording>>,
}

/// A wording, and what it means.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wording {
    stems: Vec<Box<str>>,
    sense: u32,
}

/// A text read with a vocabulary.
#[derive(Debug, Default)]
pub(super) struct Read<'t> {
    pub(super) terms: Vec<Term<'t>>,
    /// For every word of the text, and for its end, the first term that stands for it.
    pub(super) starts: Vec<usize>,
    pub(super) repairs: Vec<(String, String)>,
}

impl Vocabulary {
    /// Learns the words of `texts`, and groups of wordings that share a sense.
    pub(super) fn learn(texts: &[&Normalized], groups: &[Vec<String>], spelling: Spelling) -> Self {
        let mut stems: FxHashMap<Box<str>, Box<str>> = FxHashMap::default();
        for word in texts.iter().flat_map(|text| &text.words) {
            if !stems.contains_key(word.text.as_str()) {
                stems.insert(word.text.as_str().into(), stem(&word.text).into());
            }
        }
        let mut senses: FxHashMap<Box<str>, Vec<Wording>> = FxHashMap::default();
        for (sense, group) in groups.iter().enumerate() {
            for wording in group {
                let stems: Vec<Box<str>> = normalize(wording)
                    .words
                    .iter()
                    .map(|w| stem(&w.text).into())
                    .collect();
                if let Some(first) = stems.first() {
                    let wordings = senses.entry(first.clone()).or_default();
                    wordings.push(Wording {
                        stems,
                        sense: sense as u32,
                    });
                }
            }
        }
        Self {
            spelling,
            stems,
            senses,
        }
    }

    pub(super) fn read<'t>(&'t self, text: &'t Normalized) -> Read<'t> {
        let mut read = Read::default();
        for word in &text.words {
            read.starts.push(read.terms.len());
            let typed = word.text.as_str();
            match self.meant(typed) {
                Meant::Word(word) => {
                    if word != typed {
                        read.repairs.push((typed.to_owned(), word.to_string()));
                    }
                    read.terms.push(self.term(word));
                }
                Meant::Two(left, right) => {
                    read.repairs
                        .push((typed.to_owned(), format!("{left} {right}")));
                    read.terms.extend([left, right].map(|part| self.term(part)));
                }
            }
        }
        read.starts.push(read.terms.len());
        self.note_senses(&mut read.terms);
        read
    }

    fn meant<'t>(&'t self, typed: &'t str) -> Meant<'t> {
        match self.spelling.repair_or_homophone(typed) {
            Some(Repair::Word(word)) => Meant::Word(word.into()),
            Some(Repair::Split(left, right)) => Meant::Two(left.into(), right.into()),
            None => Meant::Word(typed.into()),
        }
    }

    fn term<'t>(&'t self, word: Cow<'t, str>) -> Term<'t> {
        let stem = match self.stems.get(&*word) {
            Some(known) => Cow::Borrowed(&**known),
            None => Cow::Owned(stem(&word).into_owned()),
        };
        Term {
            word,
            stem,
            sense: None,
        }
    }

    fn note_senses(&self, terms: &mut [Term<'_>]) {
        for at in 0..terms.len() {
            let wordings = self.senses.get(&*terms[at].stem).into_iter().flatten();
            let longest = wordings
                .filter(|Wording { stems, .. }| {
                    stems.len() <= terms.len() - at
                        && stems.iter().zip(&terms[at..]).all(|(s, t)| **s == *t.stem)
                })
                .max_by_key(|wording| wording.stems.len());
            terms[at].sense = longest.map(|wording| wording.sense);
        }
    }
}

/// What a word is read as.
enum Meant<'t> {
    Word(Cow<'t, str>),
    Two(Cow<'t, str>, Cow<'t, str>),
}
