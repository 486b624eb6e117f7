//! From words to a weighted feature vector: what two utterances can have in common.
//!
//! Blocks of features, each normalized by itself so that a long text does not drown its words in character n-grams:
//! stems, pairs of neighbouring stems, pairs of stems near each other, character n-grams of each word. Within a block a
//! feature weighs `(1 + ln tf) · idf`. A feature never seen in a phrasing cannot match anything, but it does count in
//! the norm, with the highest idf: an utterance full of unknown words then has a short vector and gets low scores,
//! which is what tells an out-of-scope utterance.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

/// Weight of each block before the whole vector is normalized, and the sizes of n-grams and windows. Chosen on the
/// validation part of CLINC150; what each block is worth is in the ablation table of `ARCHITECTURE.md`.
const STEM_WEIGHT: f32 = 1.0;
const BIGRAM_WEIGHT: f32 = 0.7;
const NEARBY_WEIGHT: f32 = 0.7;
const GRAM_WEIGHT: f32 = 1.1;
/// Farthest that two stems of a nearby pair stand apart, in words.
const NEARBY_WINDOW: usize = 3;
/// Shortest and longest character n-gram, word boundaries included.
const GRAM_SIZES: std::ops::RangeInclusive<usize> = 2..=4;

/// Most rows of a feature space; further features share the rows of earlier ones. Bounds the weights to 16 MB for a
/// hundred classes at no loss that the evaluation shows, where a quarter as many rows would cost a point (hashing trick,
/// Weinberger et al. 2009).
const MAX_ROWS: usize = 1 << 15;

/// One word as the features see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The word, repaired.
    pub word: String,
    /// Its stem.
    pub stem: String,
    /// What it means here, when the vocabulary says that several words mean the same.
    pub sense: Option<u32>,
}

/// A sparse vector: rows of the feature space, ascending, with values. Its length is at most 1; features that the space
/// has never seen are missing from it but not from the norm.
pub type Vector = Vec<(u32, f32)>;

/// Every feature seen while learning, with its weight.
#[derive(Debug, Clone, Default)]
pub struct FeatureSpace {
    /// Row and idf of each feature.
    features: FxHashMap<u64, (u32, f32)>,
    rows: usize,
    unseen_idf: f32,
}

impl FeatureSpace {
    /// Learns the features of all texts and how rare each is: idf = ln((1 + N) / (1 + df)) + 1 over N texts.
    #[must_use]
    pub fn learn(texts: &[Vec<Term>]) -> Self {
        // Features in the order in which they are first seen, so that rows do not depend on the hasher's order.
        let mut seen: FxHashMap<u64, (u32, u32)> = FxHashMap::default();
        for terms in texts {
            for block in blocks(terms) {
                for (feature, _) in block.counted() {
                    let next = seen.len() as u32;
                    seen.entry(feature).or_insert((next, 0)).1 += 1;
                }
            }
        }
        let total = 1.0 + texts.len() as f32;
        let idf = |frequency: u32| (total / (1.0 + frequency as f32)).ln() + 1.0;
        let row = |place: u32| place % MAX_ROWS as u32;
        let features = seen
            .iter()
            .map(|(&feature, &(place, frequency))| (feature, (row(place), idf(frequency))));
        Self {
            features: features.collect(),
            rows: seen.len().min(MAX_ROWS),
            unseen_idf: idf(0),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// The vector of a text.
    #[must_use]
    pub fn vector(&self, terms: &[Term]) -> Vector {
        let blocks = blocks(terms);
        let whole: f32 = blocks
            .iter()
            .filter(|b| !b.features.is_empty())
            .map(|b| b.weight * b.weight)
            .sum();
        let mut vector = Vector::new();
        for block in blocks {
            let weight = block.weight;
            let start = vector.len();
            let mut squares = 0.0;
            for (feature, count) in block.counted() {
                let (row, idf) = match self.features.get(&feature) {
                    Some(&(row, idf)) => (Some(row), idf),
                    None => (None, self.unseen_idf),
                };
                let value = (1.0 + (count as f32).ln()) * idf;
                squares += value * value;
                if let Some(row) = row {
                    vector.push((row, value));
                }
            }
            let scale = weight / (squares * whole).sqrt();
            vector[start..]
                .iter_mut()
                .for_each(|(_, value)| *value *= scale);
        }
        vector.sort_unstable_by_key(|&(row, _)| row);
        vector.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        vector
    }
}

/// The features of one kind, with repeats.
struct Block {
    weight: f32,
    features: Vec<u64>,
}

impl Block {
    /// Each feature once, ascending, with how often it occurs.
    fn counted(mut self) -> Vec<(u64, u32)> {
        self.features.sort_unstable();
        let mut counted: Vec<(u64, u32)> = Vec::with_capacity(self.features.len());
        for feature in self.features {
            match counted.last_mut() {
                Some((last, count)) if *last == feature => *count += 1,
                _ => counted.push((feature, 1)),
            }
        }
        counted
    }
}

/// Kinds keep equal strings of different blocks apart.
#[derive(Clone, Copy)]
enum Kind {
    Stem,
    Sense,
    Bigram,
    Nearby,
    Gram,
}

fn blocks(terms: &[Term]) -> [Block; 4] {
    let stems: Vec<u64> = terms
        .iter()
        .map(|t| key(Kind::Stem, t.stem.as_bytes()))
        .collect();
    let senses = terms
        .iter()
        .filter_map(|t| t.sense)
        .map(|s| key(Kind::Sense, &s.to_le_bytes()));
    let words = stems.iter().copied().chain(senses).collect();

    // The ends of the text count as neighbours: "massage?" alone is not "massage" within a story.
    let mut bigrams = Vec::with_capacity(terms.len() + 1);
    if !stems.is_empty() {
        let ends = std::iter::once(0)
            .chain(stems.iter().copied())
            .chain(std::iter::once(0));
        let ends: Vec<u64> = ends.collect();
        bigrams.extend(
            ends.windows(2)
                .map(|pair| pair_key(Kind::Bigram, pair[0], pair[1])),
        );
    }

    let mut nearby = Vec::new();
    for (i, &a) in stems.iter().enumerate() {
        for &b in stems.iter().take(i + NEARBY_WINDOW + 1).skip(i + 1) {
            nearby.push(pair_key(Kind::Nearby, a.min(b), a.max(b)));
        }
    }

    let mut grams = Vec::new();
    for term in terms {
        push_grams(&term.word, &mut grams);
    }
    [
        Block {
            weight: STEM_WEIGHT,
            features: words,
        },
        Block {
            weight: BIGRAM_WEIGHT,
            features: bigrams,
        },
        Block {
            weight: NEARBY_WEIGHT,
            features: nearby,
        },
        Block {
            weight: GRAM_WEIGHT,
            features: grams,
        },
    ]
}

/// Character n-grams of a word between boundary marks.
fn push_grams(word: &str, grams: &mut Vec<u64>) {
    let mut marked = String::with_capacity(word.len() + 2);
    marked.push('^');
    marked.push_str(word);
    marked.push('$');
    let starts: Vec<usize> = marked
        .char_indices()
        .map(|(at, _)| at)
        .chain(std::iter::once(marked.len()))
        .collect();
    for size in GRAM_SIZES {
        for window in starts.windows(size + 1) {
            grams.push(key(Kind::Gram, &marked.as_bytes()[window[0]..window[size]]));
        }
    }
}

/// 64 bits, so that two features of a FAQ share a key about once in 10⁸ builds.
fn key(kind: Kind, bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u8(kind as u8);
    hasher.write(bytes);
    hasher.finish()
}

fn pair_key(kind: Kind, a: u64, b: u64) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u8(kind as u8);
    hasher.write_u64(a);
    hasher.write_u64(b);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<Term> {
        text.split(' ')
            .map(|w| Term {
                word: w.to_owned(),
                stem: w.to_owned(),
                sense: None,
            })
            .collect()
    }

    #[test]
    fn known_texts_have_length_one_and_unknown_words_shorten_them() {
        let texts = [terms("does massage hurt"), terms("how often massage")];
        let space = FeatureSpace::learn(&texts);
        let length = |text: &str| {
            space
                .vector(&terms(text))
                .iter()
                .map(|(_, v)| v * v)
                .sum::<f32>()
                .sqrt()
        };
        assert!((length("does massage hurt") - 1.0).abs() < 1e-5);
        assert!(length("does zebra hurt") < 0.9);
        assert_eq!(length("zzz"), 0.0);
        assert!(space.vector(&[]).is_empty());
    }

    #[test]
    fn the_same_word_in_another_order_is_nearer_than_another_word() {
        let texts = [terms("does massage hurt"), terms("how often massage")];
        let space = FeatureSpace::learn(&texts);
        let dot = |a: &str, b: &str| {
            let b: FxHashMap<u32, f32> = space.vector(&terms(b)).into_iter().collect();
            space
                .vector(&terms(a))
                .iter()
                .filter_map(|(row, v)| b.get(row).map(|w| v * w))
                .sum::<f32>()
        };
        assert!(
            dot("hurt massage does", "does massage hurt")
                > dot("how often massage", "does massage hurt")
        );
    }
}
