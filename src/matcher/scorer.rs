//! How well every stretch of a text fits every class.
//!
//! A message is ranked as a whole and, when it may ask several things, in parts. All parts that begin at one word are
//! read together: each next word adds its features to sums that are kept for each block, so a part costs only what it
//! adds to the one before.
//!
//! The words of the FAQ are looked up once and then cost one row of weights each, with the weights of their spelling
//! folded in.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::classifier::Classifier;
use super::features::{
    BLOCKS, END, Feature, FeatureSpace, NEIGHBOURS, Stem, Term, Vector, WORDS, key, recurring,
    scales,
};

/// Scores stretches of texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Scorer {
    space: FeatureSpace,
    classifier: Classifier,
    /// The words of the FAQ, by their key.
    words: FxHashMap<u64, Known>,
}

/// A word with its weights in one row.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Known {
    stem: Stem,
    row: u32,
    square: f32,
}

/// The features of a text, word by word.
#[derive(Debug, Clone, Default)]
pub(super) struct Sighting {
    words: Vec<Sighted>,
    rows: Vec<(u32, f32)>,
}

#[derive(Debug, Clone)]
struct Sighted {
    stem: Stem,
    /// The rows of the block of words, in `Sighting::rows`.
    rows: std::ops::Range<usize>,
    square: f32,
    known: f32,
    /// Where the same word stands last before.
    same: Option<usize>,
    /// With the word before.
    neighbours: Option<Feature>,
}

impl Scorer {
    /// Folds the weights of every word that the texts use.
    pub(super) fn new(
        space: FeatureSpace,
        mut classifier: Classifier,
        texts: &[Vec<Term<'_>>],
    ) -> Self {
        let mut words = FxHashMap::default();
        for term in texts.iter().flatten() {
            words.entry(key(&term.word)).or_insert_with(|| {
                let word = space.word(term);
                Known {
                    stem: space.stem(&term.stem),
                    row: classifier.fold(&word.rows),
                    square: word.square,
                }
            });
        }
        Self {
            space: space.lean(),
            classifier: classifier.lean(),
            words,
        }
    }

    /// Looks up the features of a text.
    pub(super) fn sight(&self, terms: &[Term<'_>]) -> Sighting {
        let mut sighting = Sighting::default();
        for (at, term) in terms.iter().enumerate() {
            let start = sighting.rows.len();
            let (stem, mut square, mut known) = match self.words.get(&key(&term.word)) {
                Some(word) => {
                    sighting.rows.push((word.row, 1.0));
                    (word.stem, word.square, word.square)
                }
                None => {
                    let word = self.space.word(term);
                    sighting.rows.extend(word.rows);
                    (self.space.stem(&term.stem), word.square, word.known)
                }
            };
            if let Some(Feature {
                row: Some(row),
                idf,
            }) = term.sense.map(|s| self.space.sense(s))
            {
                sighting.rows.push((row, idf));
                square += idf * idf;
                known += idf * idf;
            }
            let before = sighting.words.last().map(|before| before.stem);
            let same = terms[..at].iter().rposition(|t| t.word == term.word);
            let word = Sighted {
                stem,
                rows: start..sighting.rows.len(),
                square,
                known,
                same,
                neighbours: before.map(|before| self.space.neighbours(before, stem)),
            };
            sighting.words.push(word);
        }
        sighting
    }

    /// A text as a vector, rows ascending and each once.
    pub(super) fn vector(&self, terms: &[Term<'_>]) -> Vector {
        let mut vector = self.space.vector(terms);
        vector.sort_unstable_by_key(|&(row, _)| row);
        vector.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        vector
    }

    /// The empty stretch that begins at a word.
    pub(super) fn from<'s>(&'s self, sighting: &'s Sighting, start: usize) -> Stretch<'s> {
        Stretch {
            scorer: self,
            sighting,
            start,
            end: start,
            sums: std::array::from_fn(|_| vec![0.0; self.classifier.stride()]),
            squares: [0.0; BLOCKS],
            known: 0.0,
        }
    }
}

/// Some words of a text that follow each other.
#[derive(Debug, Clone)]
pub(super) struct Stretch<'s> {
    scorer: &'s Scorer,
    sighting: &'s Sighting,
    start: usize,
    end: usize,
    sums: [Vec<f32>; BLOCKS],
    squares: [f32; BLOCKS],
    known: f32,
}

impl Stretch<'_> {
    /// Adds words up to `end`.
    pub(super) fn extend_to(&mut self, end: usize) {
        while self.end < end {
            let word = &self.sighting.words[self.end];
            let (share, square) = recurring(self.earlier(word));
            for &(row, value) in &self.sighting.rows[word.rows.clone()] {
                let sums = &mut self.sums[WORDS];
                self.scorer.classifier.add(row, share * value, sums);
            }
            self.squares[WORDS] += square * word.square;
            self.known += square * word.known;
            if self.end == self.start {
                self.add(NEIGHBOURS, self.scorer.space.neighbours(END, word.stem));
            } else if let Some(pair) = word.neighbours {
                self.add(NEIGHBOURS, pair);
            }
            self.end += 1;
        }
    }

    /// How often the stretch already has a word.
    fn earlier(&self, word: &Sighted) -> usize {
        let inside = |at: &usize| *at >= self.start;
        let last = word.same.filter(inside);
        std::iter::successors(last, |&at| self.sighting.words[at].same.filter(inside)).count()
    }

    fn add(&mut self, block: usize, feature: Feature) {
        self.squares[block] += feature.idf * feature.idf;
        if let Some(row) = feature.row {
            self.scorer
                .classifier
                .add(row, feature.idf, &mut self.sums[block]);
        }
    }

    /// The probability of each class.
    pub(super) fn scores(&self) -> Vec<f32> {
        let Some(last) = self.end.checked_sub(1).filter(|last| *last >= self.start) else {
            let mut sums = vec![0.0; self.scorer.classifier.stride()];
            self.scorer.classifier.soften(&mut sums);
            return sums;
        };
        let closing = (self.scorer.space).neighbours(self.sighting.words[last].stem, END);
        let mut squares = self.squares;
        squares[NEIGHBOURS] += closing.idf * closing.idf;
        let [words, neighbours] = scales(squares);
        let mut sums: Vec<f32> = (self.sums[WORDS].iter())
            .zip(&self.sums[NEIGHBOURS])
            .map(|(a, b)| words * a + neighbours * b)
            .collect();
        if let Some(row) = closing.row {
            let value = neighbours * closing.idf;
            self.scorer.classifier.add(row, value, &mut sums);
        }
        self.scorer.classifier.soften(&mut sums);
        sums
    }

    /// How much of the words consists of known features, 0 to 1.
    pub(super) fn known(&self) -> f32 {
        if self.squares[WORDS] > 0.0 {
            self.known / self.squares[WORDS]
        } else {
            0.0
        }
    }
}
