//! Softmax regression over sparse vectors, learned at start by plain stochastic gradient descent.
//!
//! A linear model is what did best among methods that need no model file (STYLE: a nearest phrasing knows nothing of
//! which words tell entries apart). Learning pushes the right class above the others by a margin, which moves the
//! decision away from the training phrasings, and adds the logarithm of a class's size, so that an entry with many
//! phrasings does not win by their number alone (Menon et al. 2021, logit adjustment). Both act only while learning.

use serde::{Deserialize, Serialize};

use super::features::Vector;

/// How the weights are learned. Chosen on the validation part of CLINC150 and on `tests/questions`.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Passes over the examples.
    pub epochs: usize,
    /// Step size of the first pass; it falls linearly to zero.
    pub step: f32,
    /// How far the true class must lead in logits before an example stops teaching.
    pub margin: f32,
    /// Differences between wanted and given probability below this are not worth an update.
    pub negligible: f32,
    /// How many classes, from the first, count as equally likely however many examples they have; the others keep the
    /// share that their examples have.
    pub even: usize,
    /// Softens the probabilities before they are used as scores: fitted models are overconfident (Guo et al. 2017), and the
    /// ranking of utterances by score, which thresholds live on, is best around 2.
    pub temperature: f32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            epochs: 6,
            step: 4.0,
            margin: 5.0,
            negligible: 0.02,
            even: usize::MAX,
            temperature: 2.0,
        }
    }
}

/// Learned weights, one row a feature, one column a class.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Classifier {
    classes: usize,
    temperature: f32,
    /// Row length: `classes` rounded up, so that rows are whole vector registers.
    stride: usize,
    /// As shares of the row's largest, in 127ths: one byte each costs nothing that the evaluation shows, and a quarter of
    /// the memory.
    #[serde(with = "bytes")]
    weights: Vec<i8>,
    /// What a 127th of each row is worth.
    units: Vec<f32>,
}

const LANES: usize = 8;

/// Columns that are summed at a time while learning: as many as fit into the registers of any processor.
const WIDE: usize = 4 * LANES;

impl Classifier {
    /// Learns from examples: a vector (rows below `rows`) and its class (below `classes`) each.
    ///
    /// Deterministic: examples are shuffled with a fixed seed.
    ///
    /// # Panics
    /// If a row or class is out of range.
    #[must_use]
    pub fn learn(
        examples: &[(Vector, usize)],
        rows: usize,
        classes: usize,
        schedule: Schedule,
    ) -> Self {
        let stride = classes.div_ceil(LANES) * LANES;
        let exact = descend(examples, rows, classes, stride, schedule);
        let mut learned = Self {
            classes,
            temperature: schedule.temperature,
            stride,
            weights: Vec::with_capacity(exact.len()),
            units: Vec::with_capacity(rows),
        };
        exact.chunks(stride).for_each(|row| learned.push(row));
        learned
    }

    /// Adds a row, each weight rounded to the nearest 127th of the largest.
    fn push(&mut self, row: &[f32]) {
        let largest = row
            .iter()
            .fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let unit = largest / f32::from(i8::MAX);
        let scale = if unit > 0.0 { unit.recip() } else { 0.0 };
        let shares = row.iter().map(|weight| (weight * scale).round() as i8);
        self.weights.extend(shares);
        self.units.push(unit);
    }

    /// Length of the sums that [`Self::add`] adds to: the number of classes, rounded up.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// Adds `value` times a row of weights to a sum for each class.
    pub(super) fn add(&self, row: u32, value: f32, sums: &mut [f32]) {
        let row = row as usize;
        let start = row * self.stride;
        let weights = &self.weights[start..start + self.stride];
        let value = value * self.units[row];
        sums.iter_mut()
            .zip(weights)
            .for_each(|(sum, weight)| *sum += value * f32::from(*weight));
    }

    /// Adds a row that stands for a whole vector from now on.
    pub(super) fn fold(&mut self, vector: &Vector) -> u32 {
        let sums = self.sums(vector);
        self.push(&sums);
        self.units.len() as u32 - 1
    }

    /// Gives back the room that adding rows has taken beyond them.
    pub(super) fn lean(mut self) -> Self {
        self.weights.shrink_to_fit();
        self.units.shrink_to_fit();
        self
    }

    /// The probability of each class, softened; they sum to 1.
    #[must_use]
    pub fn probabilities(&self, vector: &Vector) -> Vec<f32> {
        let mut sums = self.sums(vector);
        self.soften(&mut sums);
        sums
    }

    fn sums(&self, vector: &Vector) -> Vec<f32> {
        let mut sums = vec![0.0; self.stride];
        for &(row, value) in vector {
            self.add(row, value, &mut sums);
        }
        sums
    }

    /// Turns sums of weights into probabilities.
    pub(super) fn soften(&self, sums: &mut Vec<f32>) {
        sums.truncate(self.classes);
        softmax(sums, self.temperature);
    }
}

/// Stochastic gradient descent from zero; the weights, `stride` a row.
fn descend(
    examples: &[(Vector, usize)],
    rows: usize,
    classes: usize,
    stride: usize,
    schedule: Schedule,
) -> Vec<f32> {
    let mut weights = vec![0.0_f32; rows * stride];
    let mut sizes = vec![0_u32; classes];
    examples.iter().for_each(|(_, class)| sizes[*class] += 1);
    let evened = &sizes[..schedule.even.min(classes)];
    let mean = evened.iter().sum::<u32>() as f32 / evened.len().max(1) as f32;
    let prior: Vec<f32> = evened
        .iter()
        .map(|&n| (n.max(1) as f32 / mean).ln())
        .collect();

    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = SplitMix64(0x5eed);
    let steps = (schedule.epochs * examples.len()).max(1) as f32;
    let mut done = 0.0_f32;
    let mut logits = vec![0.0; stride];
    // Classes that an example still pushes, and examples that pushed none: those rest for one pass.
    let mut wanting: Vec<(usize, f32)> = Vec::new();
    let mut resting = vec![false; examples.len()];
    for _ in 0..schedule.epochs {
        random.shuffle(&mut order);
        for &at in &order {
            let step = schedule.step * (1.0 - done / steps);
            done += 1.0;
            if std::mem::take(&mut resting[at]) {
                continue;
            }
            let (vector, class) = &examples[at];
            sum_rows(&weights, vector, &mut logits);
            logits
                .iter_mut()
                .zip(&prior)
                .for_each(|(logit, prior)| *logit += prior);
            logits[*class] -= schedule.margin;
            softmax(&mut logits[..classes], 1.0);
            logits[*class] -= 1.0;
            let wrong = logits[..classes].iter().enumerate();
            wanting.clear();
            wanting.extend(
                wrong
                    .filter(|(_, g)| g.abs() >= schedule.negligible)
                    .map(|(c, g)| (c, step * g)),
            );
            resting[at] = wanting.is_empty();
            for &(row, value) in vector {
                let start = row as usize * stride;
                let weights = &mut weights[start..start + stride];
                wanting
                    .iter()
                    .for_each(|&(class, gradient)| weights[class] -= value * gradient);
            }
        }
    }
    weights
}

/// The sum of the vector's rows of weights, times their values, into `sums`, which is as long as a row.
///
/// Goes over all rows for some columns at a time, so that their sums stay in registers: the same result to the bit as
/// row by row, and a twelfth fewer instructions at start (callgrind, the built-in FAQ).
fn sum_rows(weights: &[f32], vector: &Vector, sums: &mut [f32]) {
    let stride = sums.len();
    let (wide, narrow) = sums.split_at_mut(stride / WIDE * WIDE);
    let mut column = 0;
    for sums in wide.chunks_exact_mut(WIDE) {
        sums.copy_from_slice(&sum_columns::<WIDE>(weights, stride, column, vector));
        column += WIDE;
    }
    for sums in narrow.chunks_exact_mut(LANES) {
        sums.copy_from_slice(&sum_columns::<LANES>(weights, stride, column, vector));
        column += LANES;
    }
}

/// The sums of `N` columns from `first` on.
fn sum_columns<const N: usize>(
    weights: &[f32],
    stride: usize,
    first: usize,
    vector: &Vector,
) -> [f32; N] {
    let mut sums = [0.0; N];
    for &(row, value) in vector {
        let start = row as usize * stride + first;
        let weights = &weights[start..start + N];
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += value * weight;
        }
    }
    sums
}

fn softmax(logits: &mut [f32], temperature: f32) {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scale = temperature.recip();
    logits
        .iter_mut()
        .for_each(|logit| *logit = exp((*logit - highest) * scale));
    let scale = sum(logits).recip();
    logits.iter_mut().for_each(|p| *p *= scale);
}

/// The sum, in as many partial sums as a vector register has lanes.
fn sum(values: &[f32]) -> f32 {
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().sum();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, v)| *sum += v);
    }
    sums.iter().sum::<f32>() + rest
}

/// eˣ for x ≤ 0, within two units in the last place; below -87 as at -87, which is next to nothing.
///
/// The standard library's takes one number at a time and was a sixth of learning, and of ranking. This is
/// Cephes' `expf` (Moshier 1992), 2ⁿ times a polynomial, without branches, so that it runs on whole registers; and it
/// is the same on every machine.
fn exp(x: f32) -> f32 {
    // Added to a small number, rounds it to a whole one, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    // ln 2 in two parts, of which the first times a small whole number is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.max(-87.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let mut p = 1.987_569_2e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = p * r + coefficient;
    }
    let two_to_n = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    (p * r * r + r + 1.0) * two_to_n
}

/// Steele, Lea & Flood 2014: enough to shuffle examples, and the same on every machine and in every version.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
    }
}

/// Weights as one run of bytes: number by number, reading them back would take most of a start.
mod bytes {
    use std::fmt;

    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(weights: &[i8], to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = weights
            .iter()
            .map(|weight| weight.cast_unsigned())
            .collect();
        to.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<i8>, D::Error> {
        struct Weights;
        impl Visitor<'_> for Weights {
            type Value = Vec<i8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<i8>, E> {
                Ok(bytes.iter().map(|byte| byte.cast_signed()).collect())
            }
        }
        from.deserialize_bytes(Weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned() -> Classifier {
        let examples = [
            (vec![(0, 1.0)], 0),
            (vec![(1, 1.0)], 1),
            (vec![(1, 0.7), (2, 0.7)], 1),
            (vec![(3, 1.0)], 2),
        ];
        Classifier::learn(&examples, 4, 3, Schedule::default())
    }

    #[test]
    fn the_class_that_was_taught_is_likeliest() {
        let classifier = learned();
        for (row, class) in [(0, 0), (1, 1), (2, 1), (3, 2)] {
            let p = classifier.probabilities(&vec![(row, 1.0)]);
            let best = (0..3)
                .max_by(|&a, &b| p[a].total_cmp(&p[b]))
                .expect("three classes");
            assert_eq!(best, class, "row {row}: {p:?}");
            assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn nothing_known_is_nothing_believed() {
        let p = learned().probabilities(&Vector::new());
        assert!(p.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-6), "{p:?}");
    }

    #[test]
    fn the_exponential_is_that_of_the_standard_library() {
        for step in 0..=87_000 {
            let x = -f64::from(step) / 1000.0;
            let (own, exact) = (f64::from(exp(x as f32)), f64::from(x as f32).exp());
            assert!((own / exact - 1.0).abs() < 3e-7, "{x}: {own} {exact}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn learning_twice_gives_the_same() {
        assert_eq!(learned().weights, learned().weights);
    }
}
