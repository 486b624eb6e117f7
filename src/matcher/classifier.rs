//! Softmax regression over sparse vectors, learned at start by plain stochastic gradient descent.
//!
//! A linear model is what did best among methods that need no model file (STYLE: a nearest phrasing knows nothing of
//! which words tell entries apart). Learning pushes the right class above the others by a margin, which moves the
//! decision away from the training phrasings, and adds the logarithm of a class's size, so that an entry with many
//! phrasings does not win by their number alone (Menon et al. 2021, logit adjustment). Both act only while learning.

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
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            epochs: 6,
            step: 4.0,
            margin: 3.0,
            negligible: 0.02,
            even: usize::MAX,
        }
    }
}

/// Softens the probabilities of a short text before they are used as scores: fitted models are overconfident (Guo et
/// al. 2017), and the ranking of utterances by score, which thresholds live on, is best around here.
const TEMPERATURE: f32 = 2.0;
/// Number of features up to which a text counts as short: five or six words.
const SHORT: f32 = 60.0;
/// How the temperature falls with the number of features beyond that. The features of a long story share the same
/// length of one vector, so each pushes less and its scores come out lower at the same certainty.
const COOLING: f32 = 0.3;

/// Learned weights, one row a feature, one column a class.
#[derive(Debug, Clone)]
pub struct Classifier {
    classes: usize,
    /// Row length: `classes` rounded up, so that rows are whole vector registers.
    stride: usize,
    weights: Vec<f32>,
}

const LANES: usize = 8;

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
        let mut learned = Self {
            classes,
            stride,
            weights: vec![0.0; rows * stride],
        };
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
                if std::mem::take(&mut resting[at]) {
                    done += 1.0;
                    continue;
                }
                let (vector, class) = &examples[at];
                let step = schedule.step * (1.0 - done / steps);
                done += 1.0;
                learned.logits_into(vector, &mut logits);
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
                    let weights = &mut learned.weights[start..start + stride];
                    wanting
                        .iter()
                        .for_each(|&(class, gradient)| weights[class] -= value * gradient);
                }
            }
        }
        learned
    }

    /// The probability of each class, softened; they sum to 1.
    #[must_use]
    pub fn probabilities(&self, vector: &Vector) -> Vec<f32> {
        let mut logits = vec![0.0; self.stride];
        self.logits_into(vector, &mut logits);
        logits.truncate(self.classes);
        let length = (vector.len() as f32 / SHORT).max(1.0);
        softmax(&mut logits, TEMPERATURE * length.powf(-COOLING));
        logits
    }

    /// How much each feature of the vector speaks for `class` rather than against it: value times weight.
    pub fn contributions<'a>(
        &'a self,
        vector: &'a Vector,
        class: usize,
    ) -> impl Iterator<Item = (u32, f32)> + 'a {
        vector.iter().map(move |&(row, value)| {
            (
                row,
                value * self.weights[row as usize * self.stride + class],
            )
        })
    }

    fn logits_into(&self, vector: &Vector, logits: &mut [f32]) {
        logits.fill(0.0);
        for &(row, value) in vector {
            let start = row as usize * self.stride;
            let weights = &self.weights[start..start + self.stride];
            logits
                .iter_mut()
                .zip(weights)
                .for_each(|(logit, w)| *logit += value * w);
        }
    }
}

fn softmax(logits: &mut [f32], temperature: f32) {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = ((*logit - highest) / temperature).exp();
        sum += *logit;
    }
    logits.iter_mut().for_each(|p| *p /= sum);
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
    fn learning_twice_gives_the_same() {
        assert_eq!(learned().weights, learned().weights);
    }
}
