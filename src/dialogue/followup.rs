//! Questions that lean on what was read before: "and how long does it last?", "what about deep tissue?", "why?".

use crate::faq::{EntryIndex, Faq};
use crate::matcher::{Matcher, Ranking};
use crate::text::{Normalized, is_function_word, normalize};

/// Longest utterance that can be elliptical, in words; longer ones bring their own subject.
const MAX_WORDS: usize = 14;
/// Most words with a topic of their own that an utterance with a pronoun may have and still lean on its context.
const MAX_TOPIC_WORDS: usize = 3;
/// How much the question alone counts against the question asked after the previous one. Chosen on
/// `tests/questions/followups.tsv`.
const ALONE: f32 = 0.55;
/// Bonus factor of an entry that the previous one names as related: editors know what is asked next.
const RELATED: f32 = 1.6;
/// Factor of the entry that was just read: a follow-up seldom asks for the same answer again.
const JUST_READ: f32 = 0.93;

/// Ranks an elliptical utterance in the light of the entry read before; `None` when it stands on its own.
pub(super) fn resolve(
    faq: &Faq,
    matcher: &Matcher,
    text: &Normalized,
    alone: &Ranking,
    just_read: EntryIndex,
) -> Option<Ranking> {
    if !leans_on_context(text) {
        return None;
    }
    let previous = &faq[just_read];
    let mut asked_after = normalize(&previous.question);
    asked_after.words.extend(text.words.iter().cloned());
    let mut ranking = matcher.rank(&matcher.read(&asked_after));
    for (at, score) in ranking.scores.iter_mut().enumerate() {
        let entry = EntryIndex(at);
        let mixed = ALONE * alone.scores[at].min(0.99) + (1.0 - ALONE) * *score;
        *score = if entry == just_read {
            mixed * JUST_READ
        } else if previous.related.contains(&faq[entry].id) {
            (mixed * RELATED).min(1.0)
        } else {
            mixed
        };
    }
    Some(Ranking {
        scores: ranking.scores,
        out_of_scope: alone.out_of_scope.min(ranking.out_of_scope),
        exact: None,
        in_context: true,
        ..alone.clone()
    })
}

/// Whether the utterance lacks a subject of its own.
fn leans_on_context(text: &Normalized) -> bool {
    let words: Vec<&str> = text.words.iter().map(|w| w.text.as_str()).collect();
    if words.is_empty() || words.len() > MAX_WORDS {
        return false;
    }
    let topics = words.iter().filter(|w| !is_function_word(w)).count();
    let start = words
        .iter()
        .position(|w| !matches!(*w, "ok" | "okay" | "so" | "oh" | "well" | "right"))
        .unwrap_or(0);
    let continues = matches!(
        &words[start..],
        ["and" | "but" | "or" | "why" | "even" | "also", ..]
            | ["what" | "how", "about", ..]
            | ["what", "if", ..]
    );
    let points_back = words.iter().any(|w| {
        matches!(
            *w,
            "it" | "that" | "this" | "they" | "them" | "those" | "these" | "one" | "both" | "there"
        )
    });
    topics == 0
        || (continues && topics <= MAX_TOPIC_WORDS)
        || (points_back && topics < MAX_TOPIC_WORDS)
        || (topics == 1 && words.len() <= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_elliptical_from_complete_questions() {
        for elliptical in [
            "and how long does it last?",
            "why?",
            "what about deep tissue?",
            "does that hurt",
            "ok and for the neck?",
            "how often",
        ] {
            assert!(leans_on_context(&normalize(elliptical)), "{elliptical}");
        }
        for complete in [
            "how much does a massage cost near Leeds",
            "can stress cause neck pain",
            "does massage remove toxins from the body",
        ] {
            assert!(!leans_on_context(&normalize(complete)), "{complete}");
        }
    }
}
