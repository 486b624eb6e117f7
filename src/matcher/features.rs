//! From words to features: what two utterances can have in common.
//!
//! Two blocks, each of which counts as much in a long text as in a short one:
//!
//! - **words**: each word's stem and its sense, and for a rare word also its spelling (character n-grams), so that
//!   what was seen once lends what was learned to its relatives. A word's share is its stem's inverse document
//!   frequency, idf = ln((1 + N) / (1 + df)) + 1 over N texts;
//! - **neighbours**: two stems that follow each other, the ends of the text included.
//!
//! A block is the sum of its occurrences over the root of the sum of their squares, so a text can be read word by word
//! and every stretch of it costs only what it adds (`scorer.rs`). What no text had while learning adds to the
//! squares alone, with the highest idf: an utterance full of unknown words then weighs little and gets low scores, which
//! is what tells an out-of-scope utterance.

use std::borrow::Cow;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};
use serde::{Deserialize, Serialize};

// The weights and sizes below were chosen on the validation part of CLINC150; what each part is worth is in the ablation
// table of `ARCHITECTURE.md`.

/// How much the spelling of a rare word weighs against its stem.
const SPELLING: f32 = 1.1;
/// Number of blocks.
pub(super) const BLOCKS: usize = 2;
/// Place of the block of words.
pub(super) const WORDS: usize = 0;
/// Place of the block of neighbours.
pub(super) const NEIGHBOURS: usize = 1;
/// Weight of each block before a text's blocks are brought to length one together.
const WEIGHTS: [f32; BLOCKS] = [1.5, 1.0];
/// Shortest and longest character n-gram, word boundaries included.
const GRAMS: std::ops::RangeInclusive<usize> = 2..=4;
/// From how many texts on a stem has been seen often enough to need no help from its spelling.
const FREQUENT: u32 = 20;
/// Most pairs that are learned, the most frequent first: the others of a large FAQ were met once and will
/// hardly be met again.
const MAX_PAIRS: usize = 16_000;
/// Most n-grams that are learned, likewise.
const MAX_GRAMS: usize = 8_000;

/// One word as the features see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<'t> {
    /// The word, repaired.
    pub word: Cow<'t, str>,
    /// Its stem.
    pub stem: Cow<'t, str>,
    /// What it means here, when the vocabulary says that several words mean the same.
    pub sense: Option<u32>,
}

/// A sparse vector: rows of the feature space with values, in no order; a row may occur more than once. Its length is
/// at most about 1; features that the space has never seen are missing from it but not from the norm.
pub type Vector = Vec<(u32, f32)>;

/// A feature as it counts: its row of weights, if it was ever seen, and its inverse document frequency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feature {
    pub(super) row: Option<u32>,
    pub(super) idf: f32,
}

/// The number of a stem. Two are special.
pub(super) type Stem = u32;
/// The end of a text, as a neighbour.
pub(super) const END: Stem = Stem::MAX;
/// A stem that was never seen.
const UNKNOWN: Stem = Stem::MAX - 1;

/// Every feature seen while learning, with its weight.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FeatureSpace {
    /// Stems by their key. Their numbers are their rows.
    stems: Table,
    senses: Table,
    grams: Table,
    neighbours: Table,
    /// By number of a stem: whether its words need their spelling.
    rare: Vec<bool>,
    rows: u32,
    unseen_idf: f32,
}

/// Row and idf of each feature of a kind.
type Table = FxHashMap<u64, (u32, f32)>;

/// What is added to a block, by one word or by all of them.
#[derive(Debug, Default)]
pub(super) struct Share {
    pub(super) rows: Vector,
    /// The sum of the squares of all that it adds, seen or not.
    pub(super) square: f32,
    /// As much of `square` as was seen while learning.
    pub(super) known: f32,
}

impl FeatureSpace {
    /// Learns the features of all texts and how rare each is: idf = ln((1 + N) / (1 + df)) + 1 over N texts.
    #[must_use]
    pub fn learn(texts: &[Vec<Term<'_>>]) -> Self {
        let total = 1.0 + texts.len() as f32;
        let idf = |texts: u32| (total / (1.0 + texts as f32)).ln() + 1.0;
        let mut stems = Counter::default();
        let mut senses = Counter::default();
        for (at, text) in texts.iter().enumerate() {
            for term in text {
                stems.meet(key(&term.stem), at);
                if let Some(sense) = term.sense {
                    senses.meet(u64::from(sense), at);
                }
            }
        }
        let mut space = Self {
            unseen_idf: idf(0),
            rare: stems
                .seen
                .iter()
                .map(|seen| seen.texts < FREQUENT)
                .collect(),
            ..Self::default()
        };
        space.stems = space.table(stems, usize::MAX, idf);
        space.senses = space.table(senses, usize::MAX, idf);

        let mut words: FxHashMap<&str, Vec<u64>> = FxHashMap::default();
        let mut grams = Counter::default();
        let mut neighbours = Counter::default();
        let mut row = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            row.clear();
            row.extend(text.iter().map(|term| space.stem(&term.stem)));
            for (term, _) in text
                .iter()
                .zip(&row)
                .filter(|(_, stem)| space.is_rare(**stem))
            {
                let own = words.entry(&term.word);
                let own = own.or_insert_with(|| grams_of(&term.word));
                own.iter().for_each(|gram| grams.meet(*gram, at));
            }
            for i in 0..row.len() {
                neighbours.meet(ordered(before(&row, i), row[i]), at);
            }
            if let Some(last) = row.last() {
                neighbours.meet(ordered(*last, END), at);
            }
        }
        space.grams = space.table(grams, MAX_GRAMS, idf);
        space.neighbours = space.table(neighbours, MAX_PAIRS, idf);
        space
    }

    /// Gives rows to the `most` most frequent features of a kind.
    fn table(&mut self, counter: Counter, most: usize, idf: impl Fn(u32) -> f32) -> Table {
        let mut seen = counter.seen;
        if seen.len() > most {
            // Stable, and in the order of meeting: the same features every time.
            seen.sort_by_key(|seen| std::cmp::Reverse(seen.texts));
            seen.truncate(most);
        }
        seen.iter()
            .map(|seen| {
                let row = self.rows;
                self.rows += 1;
                (seen.feature, (row, idf(seen.texts)))
            })
            .collect()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// Whether nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The number of a stem.
    pub(super) fn stem(&self, stem: &str) -> Stem {
        self.stems.get(&key(stem)).map_or(UNKNOWN, |(row, _)| *row)
    }

    fn is_rare(&self, stem: Stem) -> bool {
        self.rare.get(stem as usize).is_none_or(|rare| *rare)
    }

    fn feature(&self, table: &Table, key: u64) -> Feature {
        match table.get(&key) {
            Some(&(row, idf)) => Feature {
                row: Some(row),
                idf,
            },
            None => Feature {
                row: None,
                idf: self.unseen_idf,
            },
        }
    }

    /// Gives back the room that only learning needed.
    pub(super) fn lean(mut self) -> Self {
        for table in [
            &mut self.stems,
            &mut self.senses,
            &mut self.grams,
            &mut self.neighbours,
        ] {
            table.shrink_to_fit();
        }
        self
    }

    /// Two stems that follow each other.
    pub(super) fn neighbours(&self, first: Stem, second: Stem) -> Feature {
        self.feature(&self.neighbours, ordered(first, second))
    }

    /// A sense.
    pub(super) fn sense(&self, sense: u32) -> Feature {
        self.feature(&self.senses, u64::from(sense))
    }

    /// What a word adds by its stem and, if it is rare, its spelling; its sense comes on top.
    pub(super) fn word(&self, term: &Term<'_>) -> Share {
        let mut word = Share::default();
        let Feature { row, idf } = self.feature(&self.stems, key(&term.stem));
        let rare = self.is_rare(row.unwrap_or(UNKNOWN));
        // A frequent word weighs as much by its stem alone as a rare one by stem and spelling together.
        let by_stem = if rare { 1.0 } else { 1.0_f32.hypot(SPELLING) };
        word.add(row, by_stem * idf);
        if rare {
            let grams = grams_of(&term.word).into_iter();
            let grams: Vec<Feature> = grams.map(|gram| self.feature(&self.grams, gram)).collect();
            let length = grams.iter().map(|g| g.idf * g.idf).sum::<f32>().sqrt();
            let scale = SPELLING * idf / length;
            grams
                .iter()
                .for_each(|gram| word.add(gram.row, scale * gram.idf));
        }
        word
    }

    /// The vector of a text.
    #[must_use]
    pub fn vector(&self, terms: &[Term<'_>]) -> Vector {
        self.assemble(terms, &mut Shares::default())
    }

    /// The vectors of many texts, for which each of their words is looked into once.
    #[must_use]
    pub fn vectors(&self, texts: &[Vec<Term<'_>>]) -> Vec<Vector> {
        let mut words = Shares::default();
        let vectors = texts.iter().map(|terms| self.assemble(terms, &mut words));
        vectors.collect()
    }

    fn assemble<'t>(&self, terms: &'t [Term<'_>], words: &mut Shares<'t>) -> Vector {
        let mut blocks: [Share; BLOCKS] = Default::default();
        let stems: Vec<Stem> = terms.iter().map(|term| self.stem(&term.stem)).collect();
        for (at, term) in terms.iter().enumerate() {
            let word = words
                .entry((&term.word, &term.stem))
                .or_insert_with(|| self.word(term));
            let earlier = terms[..at].iter().filter(|t| t.word == term.word).count();
            let (share, square) = recurring(earlier);
            let rows = word.rows.iter().map(|&(row, value)| (row, share * value));
            blocks[WORDS].rows.extend(rows);
            let mut own = word.square;
            if let Some(Feature { row, idf }) = term.sense.map(|sense| self.sense(sense)) {
                blocks[WORDS].rows.extend(row.map(|row| (row, share * idf)));
                own += idf * idf;
            }
            blocks[WORDS].square += square * own;
            let pair = self.neighbours(before(&stems, at), stems[at]);
            blocks[NEIGHBOURS].add(pair.row, pair.idf);
        }
        if let Some(last) = stems.last() {
            let pair = self.neighbours(*last, END);
            blocks[NEIGHBOURS].add(pair.row, pair.idf);
        }
        let scales = scales(blocks.each_ref().map(|block| block.square));
        let mut vector = Vector::with_capacity(blocks.iter().map(|block| block.rows.len()).sum());
        for (block, scale) in blocks.iter().zip(scales) {
            let rows = block.rows.iter();
            vector.extend(rows.map(|&(row, value)| (row, value * scale)));
        }
        vector
    }
}

/// What words add, by word and stem.
type Shares<'t> = FxHashMap<(&'t str, &'t str), Share>;

impl Share {
    fn add(&mut self, row: Option<u32>, value: f32) {
        let square = value * value;
        self.square += square;
        if let Some(row) = row {
            self.rows.push((row, value));
            self.known += square;
        }
    }
}

/// What a word adds that has been met `earlier` times, as a factor of itself and of its square: all its occurrences
/// together count 1 + ln n, so that a story full of "I" and "my" is not about them.
pub(super) fn recurring(earlier: usize) -> (f32, f32) {
    let weight = |times: usize| {
        if times == 0 {
            0.0
        } else {
            1.0 + (times as f32).ln()
        }
    };
    let (before, now) = (weight(earlier), weight(earlier + 1));
    (now - before, now * now - before * before)
}

/// By what each block is multiplied, given its square, so that the blocks that are there have length one together.
pub(super) fn scales(squares: [f32; BLOCKS]) -> [f32; BLOCKS] {
    let there = WEIGHTS
        .iter()
        .zip(squares)
        .filter(|(_, square)| *square > 0.0);
    let whole: f32 = there.map(|(weight, _)| weight * weight).sum();
    std::array::from_fn(|block| match squares[block] {
        square if square > 0.0 => WEIGHTS[block] / (square * whole).sqrt(),
        _ => 0.0,
    })
}

/// The stem before one, or the end of the text.
fn before(stems: &[Stem], at: usize) -> Stem {
    at.checked_sub(1).map_or(END, |before| stems[before])
}

fn ordered(first: Stem, second: Stem) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// How many texts have a feature, in the order in which features are first met, so that rows do not depend on the
/// hasher's order.
#[derive(Default)]
struct Counter {
    places: FxHashMap<u64, u32>,
    seen: Vec<Counted>,
}

struct Counted {
    feature: u64,
    texts: u32,
    last_text: usize,
}

impl Counter {
    /// Meets a feature in a text; texts come in ascending order.
    fn meet(&mut self, feature: u64, text: usize) {
        let next = self.seen.len() as u32;
        let place = *self.places.entry(feature).or_insert(next);
        match self.seen.get_mut(place as usize) {
            None => self.seen.push(Counted {
                feature,
                texts: 1,
                last_text: text,
            }),
            Some(counted) if counted.last_text != text => {
                counted.texts += 1;
                counted.last_text = text;
            }
            Some(_) => {}
        }
    }
}

/// Character n-grams of a word between boundary marks, shorter ones first.
fn grams_of(word: &str) -> Vec<u64> {
    let marked = format!("^{word}$");
    let starts = marked.char_indices().map(|(at, _)| at);
    let starts: Vec<usize> = starts.chain([marked.len()]).collect();
    let grams = GRAMS.flat_map(|size| {
        let windows = starts.windows(size + 1);
        windows.map(|window| key(&marked[window[0]..window[window.len() - 1]]))
    });
    grams.collect()
}

/// 64 bits, so that two features of a FAQ share a key about once in 10⁸ builds.
pub(super) fn key(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<Term<'_>> {
        text.split(' ')
            .map(|w| Term {
                word: w.into(),
                stem: w.into(),
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
