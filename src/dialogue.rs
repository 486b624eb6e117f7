//! From an utterance in its chat to a decision: several questions in one message, a question buried in a story, and
//! follow-ups that only make sense after what was read before.
//!
//! The matcher ranks one stretch of words; this module decides which stretches to rank. It knows no wording and no
//! channel.

mod followup;
mod questions;

use std::ops::Range;

use crate::decision::{Decision, Reason, decide};
use crate::faq::{EntryIndex, Faq};
use crate::matcher::{Candidate, Matcher, Ranking};
use crate::text::Normalized;

use questions::{Unit, units};

/// Most questions of one message that are answered.
pub const MAX_ANSWERS: usize = 3;

/// What each further answer must be worth: the score above which splitting a message pays. Below the usual threshold
/// of an answer, so that two sound answers always beat one; above half of it, so that one question is not cut in two.
const SPLIT_COST: f32 = 0.4;

/// What a message amounts to.
#[derive(Debug, Clone)]
pub struct Understanding {
    /// What to do.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// How the message was ranked: as a whole, or resolved against what was read before.
    pub ranking: Ranking,
    /// Whether it asks more than is answered.
    pub more_asked: bool,
    /// The entry that an elliptical question was resolved against.
    pub resolved: Option<EntryIndex>,
}

/// Understands a message. `previous` is the entry that the person last read.
#[must_use]
pub fn understand(
    faq: &Faq,
    matcher: &Matcher,
    text: &Normalized,
    utterance: &str,
    previous: Option<EntryIndex>,
) -> Understanding {
    let mut ranking = matcher.rank(text);
    let mut resolved = None;
    if let Some(entry) = previous
        && let Some(in_context) = followup::resolve(faq, matcher, text, &ranking, entry)
    {
        ranking = in_context;
        resolved = Some(entry);
    }
    let (decision, reason) = decide(&ranking, faq.thresholds);
    let whole = Understanding {
        decision,
        reason,
        ranking,
        more_asked: false,
        resolved,
    };
    if whole.reason == Reason::Exact || matches!(whole.decision, Decision::SmallTalk(_)) {
        return whole;
    }
    let units = units(text, utterance);
    if units.len() < 2 || !units.iter().any(|u| u.asks) {
        return whole;
    }
    let parts = best_parts(faq, matcher, text, &units);
    let mut answers: Vec<Candidate> = Vec::new();
    for part in parts {
        if !answers.iter().any(|a| a.entry == part.entry) {
            answers.push(part);
        }
    }
    match answers.as_slice() {
        [] => whole,
        [only] => buried(whole, *only),
        [..] => {
            let more_asked = answers.len() > MAX_ANSWERS;
            answers.truncate(MAX_ANSWERS);
            Understanding {
                decision: Decision::Answer(answers),
                reason: Reason::SeveralQuestions,
                more_asked,
                ..whole
            }
        }
    }
}

/// One part of the message is clear although the whole is not: that part is the question, the rest is its story, as
/// long as the whole leans the same way.
fn buried(whole: Understanding, part: Candidate) -> Understanding {
    let agrees = whole
        .ranking
        .candidates
        .first()
        .is_some_and(|c| c.entry == part.entry);
    match whole.decision {
        Decision::Suggest(_) | Decision::Abstain
            if agrees && whole.ranking.out_of_scope < part.score =>
        {
            Understanding {
                decision: Decision::Answer(vec![part]),
                reason: Reason::BuriedQuestion,
                ..whole
            }
        }
        Decision::Answer(_) | Decision::Suggest(_) | Decision::Abstain | Decision::SmallTalk(_) => {
            whole
        }
    }
}

/// The division of the units into neighbouring parts whose answers are worth most together, by dynamic programming
/// over where the parts end. Only parts that ask and are clearly answered count.
fn best_parts(faq: &Faq, matcher: &Matcher, text: &Normalized, units: &[Unit]) -> Vec<Candidate> {
    let mut best: Vec<(f32, Vec<Candidate>)> = vec![(0.0, Vec::new())];
    for end in 1..=units.len() {
        let mut choice = best[end - 1].clone(); // the last unit answers nothing
        for start in 0..end {
            let part = &units[start..end];
            if !part.iter().any(|u| u.asks) {
                continue;
            }
            let Some(answer) = clear_answer(
                faq,
                matcher,
                &slice(text, &part[0].words, &part[end - start - 1].words),
            ) else {
                continue;
            };
            let (before, answers) = &best[start];
            let new = !answers.iter().any(|a| a.entry == answer.entry);
            let worth = before + if new { answer.score - SPLIT_COST } else { 0.0 };
            if worth > choice.0 {
                choice = (worth, answers.iter().copied().chain([answer]).collect());
            }
        }
        best.push(choice);
    }
    best.pop().map(|(_, answers)| answers).unwrap_or_default()
}

fn clear_answer(faq: &Faq, matcher: &Matcher, text: &Normalized) -> Option<Candidate> {
    match decide(&matcher.rank(text), faq.thresholds).0 {
        Decision::Answer(answers) => answers.first().copied(),
        Decision::Suggest(_) | Decision::Abstain | Decision::SmallTalk(_) => None,
    }
}

/// The words from the start of one unit to the end of another.
fn slice(text: &Normalized, first: &Range<usize>, last: &Range<usize>) -> Normalized {
    Normalized {
        words: text.words[first.start..last.end].to_vec(),
        has_emoji: text.has_emoji,
    }
}
