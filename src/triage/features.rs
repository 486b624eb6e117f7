//! What the second opinion sees of a message: its words, the groups they belong to, and which stand beside which.
//!
//! Words that are denied, over or said in jest are blanked out first, and a word that belongs to a group of the protocol
//! also counts as that group, so that "no feeling" and "numb", or "calf" and "shin", teach the same.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

use super::Scene;
use super::hits::{Group, Life};
use super::reading::Kind;
use crate::matcher::features::Vector;

/// In how many examples two neighbours must be met before they are learned: what was met once teaches that example
/// only, and there are a great many of them.
const MIN_PAIR: u32 = 2;

/// How much a word that was never met takes from the words beside it, as a share of the rarest that was.
const UNSEEN: f32 = 0.7;
/// The same for what any message could have said and did not: a message of few words shows little.
const FEW: f32 = 2.5;
/// Value of the row that every message has, which learns how rare signs are.
const BIAS: f32 = 0.5;

/// One place of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Term {
    /// A word that must not count.
    Blank,
    /// A word of grammar ("would", "both"), by its stem: it says something beside others only.
    Grammar { stem: u64 },
    /// A word, by its stem, and the group that it belongs to.
    Word { stem: u64, sense: Option<Group> },
}

impl Term {
    /// What its neighbours see of it.
    fn face(self) -> u64 {
        match self {
            Self::Blank => 0,
            Self::Word {
                sense: Some(group), ..
            } => feature(2, group),
            Self::Word { stem, sense: None } | Self::Grammar { stem } => feature(1, stem),
        }
    }
}

/// Every feature that was met while learning, with its row and its weight: the rarer, the more it says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Features {
    rows: FxHashMap<u64, (u32, f32)>,
    /// The weight of what was never met.
    unseen_idf: f32,
}

impl Features {
    /// Learns which features these messages have.
    pub(super) fn learn(texts: &[Vec<Term>]) -> Self {
        let (mut singles, mut pairs) = (Counter::default(), Counter::default());
        for (at, terms) in texts.iter().enumerate() {
            for term in terms {
                of_term(*term).for_each(|f| singles.meet(f, at));
            }
            of_pairs(terms).for_each(|f| pairs.meet(f, at));
        }
        let total = texts.len() as f32;
        let mut rows = FxHashMap::default();
        let mut add = |counter: Counter, least: u32| {
            for (feature, met) in counter.met.into_iter().filter(|(_, met)| *met >= least) {
                let row = rows.len() as u32;
                rows.insert(feature, (row, (total / met as f32).ln() + 1.0));
            }
        };
        add(singles, 1);
        add(pairs, MIN_PAIR);
        Self {
            rows,
            unseen_idf: total.ln() + 1.0,
        }
    }

    /// How many rows there are, with the one that every message has.
    pub(super) fn len(&self) -> usize {
        self.rows.len() + 1
    }

    /// The message as a vector: its features, of a length below one together, and the row that every message has.
    pub(super) fn vector(&self, terms: &[Term]) -> Vector {
        let mut vector: Vector = Vec::with_capacity(3 * terms.len() + 2);
        let mut unseen = 0;
        for &term in terms {
            for (at, feature) in of_term(term).enumerate() {
                match self.rows.get(&feature) {
                    Some(row) => vector.push(*row),
                    None => unseen += usize::from(at == 0),
                }
            }
        }
        vector.extend(of_pairs(terms).filter_map(|f| self.rows.get(&f)));
        // Said twice is not meant twice.
        vector.sort_unstable_by_key(|(row, _)| *row);
        vector.dedup_by_key(|(row, _)| *row);
        let missing = unseen as f32 * UNSEEN.powi(2) + FEW.powi(2);
        bring_to_length_one(&mut vector, missing * self.unseen_idf.powi(2));
        vector.push((self.rows.len() as u32, BIAS));
        vector
    }
}

/// Brings a vector and the square of what is missing from it to length one together.
fn bring_to_length_one(vector: &mut Vector, missing: f32) {
    let length = (missing + vector.iter().map(|(_, v)| v * v).sum::<f32>()).sqrt();
    vector.iter_mut().for_each(|(_, value)| *value /= length);
}

fn of_term(term: Term) -> impl Iterator<Item = u64> {
    let own = match term {
        Term::Blank | Term::Grammar { .. } => [None, None],
        Term::Word { stem, sense } => {
            [Some(feature(1, stem)), sense.map(|group| feature(2, group))]
        }
    };
    own.into_iter().flatten()
}

/// Which stands beside which; the last stands beside the end.
fn of_pairs(terms: &[Term]) -> impl Iterator<Item = u64> + '_ {
    let faces = terms.iter().map(|t| t.face());
    let next = faces.clone().skip(1).chain([1]);
    faces.zip(next).map(|pair| feature(3, pair))
}

fn feature(kind: u8, what: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    (kind, what).hash(&mut hasher);
    hasher.finish()
}

/// In how many messages each feature was met, in the order of first meeting, so that rows are the same every time.
#[derive(Default)]
struct Counter {
    places: FxHashMap<u64, (u32, usize)>,
    met: Vec<(u64, u32)>,
}

impl Counter {
    fn meet(&mut self, feature: u64, text: usize) {
        let next = self.met.len() as u32;
        match self.places.entry(feature) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert((next, text));
                self.met.push((feature, 1));
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let (place, last) = entry.get_mut();
                if *last != text {
                    *last = text;
                    self.met[*place as usize].1 += 1;
                }
            }
        }
    }
}

impl Scene<'_> {
    /// The places of the message as features see them.
    pub(super) fn terms(&self) -> Vec<Term> {
        let mut senses: Vec<Option<(u16, Group)>> = vec![None; self.tokens.len()];
        let mut blank = self.settled.clone();
        for (group, hits) in self.hits.all() {
            let kind = self.kinds[usize::from(group.0)];
            if !matches!(kind, Kind::Sign | Kind::Word) {
                continue;
            }
            for hit in hits {
                let gone = matches!(hit.life, Life::Denied | Life::Past);
                for at in usize::from(hit.start)..usize::from(hit.end) {
                    blank[at] |= gone;
                    // The longest wording says most; of equals the group that stands first.
                    let length = hit.end - hit.start;
                    let better = |(other, of): (u16, Group)| {
                        other > length || (other == length && of <= group)
                    };
                    if !senses[at].is_some_and(better) {
                        senses[at] = Some((length, group));
                    }
                }
            }
        }
        let terms = self.tokens.iter().zip(blank).zip(senses);
        terms
            .map(|((token, blank), sense)| match blank {
                true => Term::Blank,
                false if token.lexeme.grammar && sense.is_none() => Term::Grammar {
                    stem: token.lexeme.stem,
                },
                false => Term::Word {
                    stem: token.lexeme.stem,
                    sense: sense.map(|(_, group)| group),
                },
            })
            .collect()
    }

    /// Whether something is left that could be a sign: a message whose signs are all denied, over or asked about in
    /// general shows none, and one that is mostly guessed is in another language.
    pub(super) fn may_be_sign(&self) -> bool {
        let guessed = self.tokens.iter().filter(|t| t.lexeme.guessed).count();
        if 2 * guessed > self.tokens.len() {
            return false;
        }
        let signs = self
            .hits
            .all()
            .filter(|(group, _)| self.kinds[usize::from(group.0)] == Kind::Sign);
        let mut lives = signs
            .flat_map(|(_, hits)| hits.iter().map(|h| h.life))
            .peekable();
        lives.peek().is_none() || lives.any(|life| life == Life::Live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(stem: u64, sense: Option<u16>) -> Term {
        Term::Word {
            stem,
            sense: sense.map(Group),
        }
    }

    #[test]
    fn words_of_one_group_look_alike_beside_others() {
        let texts = [
            vec![word(1, Some(7)), word(2, None)],
            vec![word(3, Some(7)), word(2, None)],
        ];
        let features = Features::learn(&texts);
        // Four single features, the pairs that both have (group with word, word with end), and the row of every message.
        assert_eq!(features.len(), 4 + 2 + 1);
        let vector = features.vector(&texts[1]);
        assert_eq!(vector.len(), 3 + 2 + 1);
        let length = |vector: &Vector| vector.iter().map(|(_, v)| v * v).sum::<f32>() - BIAS * BIAS;
        assert!(
            length(&vector) < 1.0 && length(&vector) > length(&features.vector(&texts[1][..1]))
        );
    }

    #[test]
    fn blanks_and_what_was_never_met_say_nothing() {
        let features = Features::learn(&[vec![word(1, None)]]);
        let only_bias = vec![(features.len() as u32 - 1, BIAS)];
        assert_eq!(features.vector(&[Term::Blank, word(9, None)]), only_bias);
        assert_eq!(features.vector(&[]), only_bias);
    }
}
