//! Why a candidate scored what it did: recomputed on demand, so that ranking itself carries no ballast.

use crate::faq::{EntryIndex, Faq};
use crate::text::normalize;

use super::{Matcher, Ranking, features::Vector};

/// The evidence for one candidate.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The nearest of the entry's own phrasings.
    pub phrasing: String,
    /// How near it is: the cosine of the two vectors, 0 to 1.
    pub similarity: f32,
    /// What each word of the utterance is worth to the score: the score with it less the score without it.
    pub words: Vec<(String, f32)>,
}

impl Matcher {
    /// The evidence for a candidate of a ranking. Costs about a thousand times a ranking.
    #[must_use]
    pub fn evidence(&self, faq: &Faq, ranking: &Ranking, entry: EntryIndex) -> Evidence {
        let vector = self.space.vector(&ranking.terms);
        let texts = std::iter::once(&faq[entry].question).chain(&faq[entry].phrasings);
        let (similarity, phrasing) = texts
            .map(|text| {
                (
                    cosine(
                        &vector,
                        &self
                            .space
                            .vector(&self.vocabulary.read(&normalize(text)).terms),
                    ),
                    text,
                )
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, &faq[entry].question));
        let score = |vector: &Vector| self.classifier.probabilities(vector)[entry.0];
        let whole = score(&vector);
        let words = (0..ranking.terms.len())
            .map(|left_out| {
                let mut terms = ranking.terms.clone();
                let term = terms.remove(left_out);
                (term.word, whole - score(&self.space.vector(&terms)))
            })
            .collect();
        Evidence {
            phrasing: phrasing.clone(),
            similarity,
            words,
        }
    }
}

/// The cosine of two sparse vectors whose rows ascend.
fn cosine(a: &Vector, b: &Vector) -> f32 {
    let length = |v: &Vector| v.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    let mut dot = 0.0;
    let mut others = b.iter().peekable();
    for &(row, value) in a {
        while others.next_if(|(other, _)| *other < row).is_some() {}
        if let Some(&&(other, other_value)) = others.peek()
            && other == row
        {
            dot += value * other_value;
        }
    }
    let lengths = length(a) * length(b);
    if lengths > 0.0 { dot / lengths } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_is_one_for_the_same_and_zero_for_nothing_shared() {
        let a = vec![(1, 0.5), (4, 0.5)];
        assert!((cosine(&a, &a) - 1.0).abs() < 1e-6);
        assert_eq!(cosine(&a, &vec![(2, 1.0)]), 0.0);
        assert_eq!(cosine(&a, &Vector::new()), 0.0);
        assert!((cosine(&a, &vec![(4, 2.0)]) - 0.5_f32.sqrt()).abs() < 1e-6);
    }
}
