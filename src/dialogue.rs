//! From an utterance in its chat to a decision: several questions in one message, a question buried in a story, and
//! follow-ups that only make sense after what was read before.
//!
//! The matcher ranks one stretch of words; this module decides which stretches to rank. It knows no wording and no
//! channel.

mod followup;
mod questions;

use crate::decision::{Decision, MAX_SUGGESTIONS, Reason, decide};
use crate::faq::{EntryIndex, Faq};
use crate::matcher::{Candidate, Matcher, Ranking, Reading};
use crate::text::Normalized;

use questions::{Unit, units};

/// Most questions of one message that are answered.
pub const MAX_ANSWERS: usize = 3;

/// What each further answer must be worth: the score above which splitting a message pays. Below the usual threshold
/// of an answer, so that two sound answers always beat one; above half of it, so that one question is not cut in two.
const SPLIT_COST: f32 = 0.25;

/// Score from which on a part that asks nothing itself is answered beside the question of its sentence: "a slipped disc
/// and a big bruise, can I come?" Chosen on `tests/questions`.
const NAMED_BESIDE: f32 = 0.7;

/// Least score of the whole message for its one clear part to be taken for its question. Chosen on `tests/questions`.
const LEANS: f32 = 0.15;

/// From how many words on a message that asks nothing is a story.
const STORY_WORDS: usize = 10;

/// Score from which on a story is answered all the same. Chosen on `tests/questions`.
const NO_DOUBT: f32 = 0.8;

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
    let reading = matcher.read(text);
    let mut ranking = matcher.rank(&reading);
    let mut resolved = None;
    if let Some(entry) = previous
        && !matches!(decide(&ranking, faq.thresholds).0, Decision::SmallTalk(_))
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
    if !units.iter().any(|unit| unit.asks) {
        return story(whole);
    }
    if units.len() < 2 {
        return whole;
    }
    let parts = best_parts(faq, matcher, &reading, &units, whole.ranking.topics);
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

/// A long message that asks nothing is answered only when there can be no doubt: people tell of three treatments and a
/// fall, and which of them they want to hear about is theirs to say.
fn story(whole: Understanding) -> Understanding {
    let best = whole.ranking.best(MAX_SUGGESTIONS);
    let doubtful = best.first().is_some_and(|best| best.score < NO_DOUBT);
    let long = whole.ranking.words >= STORY_WORDS;
    match whole.decision {
        Decision::Answer(_) if long && doubtful => Understanding {
            decision: Decision::Suggest(best),
            reason: Reason::Story,
            ..whole
        },
        Decision::Answer(_) | Decision::Suggest(_) | Decision::Abstain | Decision::SmallTalk(_) => {
            whole
        }
    }
}

/// One part of the message is clear although the whole is not: that part is the question, the rest is its story, as
/// long as the whole leans the same way.
fn buried(whole: Understanding, part: Candidate) -> Understanding {
    let leans = whole.ranking.best(1);
    let agrees = leans
        .first()
        .is_some_and(|c| c.entry == part.entry && c.score >= LEANS);
    let is_the_question = match &whole.decision {
        Decision::Suggest(_) | Decision::Abstain => {
            agrees && whole.ranking.out_of_scope < part.score
        }
        // What a question says beyond doubt outweighs what its story reminds of.
        Decision::Answer(answers) => {
            part.score >= NO_DOUBT && answers.iter().all(|a| a.score < part.score)
        }
        Decision::SmallTalk(_) => false,
    };
    if !is_the_question {
        return whole;
    }
    Understanding {
        decision: Decision::Answer(vec![part]),
        reason: Reason::BuriedQuestion,
        ..whole
    }
}

/// The division of the units into neighbouring parts whose answers are worth most together, by dynamic programming
/// over where the parts end. Only parts that are clearly answered count.
fn best_parts(
    faq: &Faq,
    matcher: &Matcher,
    reading: &Reading<'_>,
    units: &[Unit],
    topics: usize,
) -> Vec<Candidate> {
    let clear = clear_answers(faq, matcher, reading, units, topics);
    let mut best: Vec<(f32, Vec<Candidate>)> = vec![(0.0, Vec::new())];
    for end in 1..=units.len() {
        let mut choice = best[end - 1].clone(); // the last unit answers nothing
        for (start, (before, answers)) in best.iter().enumerate() {
            let Some(answer) = clear[start][end - start - 1] else {
                continue;
            };
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

/// For each unit, the answers to the parts that begin with it, by the number of units that follow. The whole message
/// names `topics` topics.
fn clear_answers(
    faq: &Faq,
    matcher: &Matcher,
    reading: &Reading<'_>,
    units: &[Unit],
    topics: usize,
) -> Vec<Vec<Option<Candidate>>> {
    let starts = units.iter().enumerate().map(|(first, unit)| {
        let mut rank = matcher.rank_from(reading, unit.words.start);
        let mut asks = false;
        let mut in_question = true;
        let ends = units[first..].iter().map(|last| {
            asks |= last.asks;
            in_question &= last.in_question;
            let least = match (asks, in_question) {
                (true, _) => 0.0,
                (false, true) => NAMED_BESIDE,
                (false, false) => return None,
            };
            let mut ranking = rank(last.words.end);
            // "My back went. What can I take for it?": what the question is about, another part has named.
            if ranking.words > 1 {
                ranking.topics = topics;
            }
            clear_answer(faq, &ranking).filter(|answer| answer.score >= least)
        });
        ends.collect()
    });
    starts.collect()
}

fn clear_answer(faq: &Faq, ranking: &Ranking) -> Option<Candidate> {
    match decide(ranking, faq.thresholds).0 {
        Decision::Answer(answers) => answers.first().copied(),
        Decision::Suggest(_) | Decision::Abstain | Decision::SmallTalk(_) => None,
    }
}
