//! From words to terms: spelling repaired, stemmed, and joined by what they mean here.

use rustc_hash::FxHashMap;

use crate::text::spelling::Repair;
use crate::text::{Normalized, Spelling, normalize, stem};

use super::features::Term;

/// Knows the FAQ's words.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    spelling: Spelling,
    /// Wordings with a shared sense, by their first stem: all stems, and the sense.
    senses: FxHashMap<String, Vec<(Vec<String>, u32)>>,
}

/// An utterance read with a vocabulary.
pub(super) struct Read {
    pub(super) terms: Vec<Term>,
    pub(super) repairs: Vec<(String, String)>,
}

impl Read {
    /// The repaired words, joined by single spaces.
    pub(super) fn joined(&self) -> String {
        self.terms
            .iter()
            .map(|t| t.word.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Vocabulary {
    pub(super) fn new(spelling: Spelling, groups: &[Vec<String>]) -> Self {
        let mut senses: FxHashMap<String, Vec<(Vec<String>, u32)>> = FxHashMap::default();
        for (sense, group) in groups.iter().enumerate() {
            for wording in group {
                let stems: Vec<String> = normalize(wording)
                    .words
                    .iter()
                    .map(|w| stem(&w.text).into_owned())
                    .collect();
                if let Some(first) = stems.first() {
                    senses
                        .entry(first.clone())
                        .or_default()
                        .push((stems, sense as u32));
                }
            }
        }
        Self { spelling, senses }
    }

    pub(super) fn read(&self, text: &Normalized) -> Read {
        let mut terms = Vec::with_capacity(text.words.len() + 1);
        let mut repairs = Vec::new();
        let mut push = |word: &str| {
            terms.push(Term {
                word: word.to_owned(),
                stem: stem(word).into_owned(),
                sense: None,
            })
        };
        for word in &text.words {
            match self.spelling.repair(&word.text) {
                None => match self.spelling.homophone(&word.text) {
                    None => push(&word.text),
                    Some(meant) => {
                        push(meant);
                        repairs.push((word.text.clone(), meant.to_owned()));
                    }
                },
                Some(Repair::Word(meant)) => {
                    push(&meant);
                    repairs.push((word.text.clone(), meant));
                }
                Some(Repair::Split(left, right)) => {
                    push(&left);
                    push(&right);
                    repairs.push((word.text.clone(), format!("{left} {right}")));
                }
            }
        }
        self.note_senses(&mut terms);
        Read { terms, repairs }
    }

    fn note_senses(&self, terms: &mut [Term]) {
        for at in 0..terms.len() {
            let wordings = self.senses.get(&terms[at].stem).into_iter().flatten();
            let longest = wordings
                .filter(|(stems, _)| {
                    stems.len() <= terms.len() - at
                        && stems.iter().zip(&terms[at..]).all(|(s, t)| *s == t.stem)
                })
                .max_by_key(|(stems, _)| stems.len());
            terms[at].sense = longest.map(|&(_, sense)| sense);
        }
    }
}
