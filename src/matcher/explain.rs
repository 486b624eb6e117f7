//! Why a candidate scored what it did: recomputed on demand, so that ranking itself carries no ballast.

use crate::faq::{EntryIndex, Faq};
use crate::text::normalize;

use super::Matcher;
use super::features::{Term, Vector};

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
    /// The evidence for an entry, given the terms of an utterance. Costs about a thousand times a ranking.
    #[must_use]
    pub fn evidence(&self, faq: &Faq, terms: &[Term<'_>], entry: EntryIndex) -> Evidence {
        let vector = self.scorer.vector(terms);
        let texts = std::iter::once(&faq[entry].question).chain(&faq[entry].phrasings);
        let near = |text: &String| {
            let text = normalize(text);
            cosine(
                &vector,
                &self.scorer.vector(&self.vocabulary.read(&text).terms),
            )
        };
        let (similarity, phrasing) = texts
            .map(|text| (near(text), text))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, &faq[entry].question));
        let score = |terms: &[Term<'_>]| {
            let sighting = self.scorer.sight(terms);
            let mut all = self.scorer.from(&sighting, 0);
            all.extend_to(terms.len());
            all.scores()[entry.0]
        };
        let whole = score(terms);
        let words = (0..terms.len())
            .map(|left_out| {
                let mut rest = terms.to_vec();
                let term = rest.remove(left_out);
                (term.word.into_owned(), whole - score(&rest))
            })
            .collect();
        Evidence {
            phrasing: phrasing.clone(),
            similarity,
            words,
        }
    }
}

/// The cosine of two sparse vectors whose rows ascend and differ.
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
