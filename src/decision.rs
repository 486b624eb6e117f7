//! From ranked candidates to what the bot does: answer, suggest, abstain, or chat.
//!
//! Knows thresholds and margins, not how scores are made. The two gates are separate settings: a candidate must be good
//! enough (`answer`) and clearly better than the next (`margin`).

use crate::faq::{EntryIndex, Thresholds};
use crate::matcher::{Candidate, Class, Ranking};

/// Most questions that are offered at once.
pub const MAX_SUGGESTIONS: usize = 3;

/// Most words of an utterance that can be small talk: longer ones say something, and get an honest answer.
const SMALL_TALK_WORDS: usize = 12;

/// How many times likelier than the best entry it may be that an utterance is not covered for questions still to be
/// offered: a near call is the person's to make.
const OFFER_RATIO: f32 = 20.0;

/// Least part of an utterance that must be made of known features for anything to be said about it: below is noise
/// ("qwer asdf"), while the worst typos of real words stay above.
const UNDERSTOOD: f32 = 0.6;

/// Score from which on a single word of an entry's name stands for that entry ("stenosis"; not "back").
const NAMED: f32 = 0.8;

/// What to do about an utterance.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// An entry fits, or one for each question of the message, in order: give the answers. Never empty.
    Answer(Vec<Candidate>),
    /// Several fit about equally well: offer them, best first.
    Suggest(Vec<Candidate>),
    /// Nothing fits: say so.
    Abstain,
    /// It is small talk of this kind (position in `Replies::small_talk`).
    SmallTalk(usize),
}

/// Why a decision was taken, for `--explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The utterance is a phrasing, word for word.
    Exact,
    /// The best candidate reaches the threshold and leads by the margin.
    ClearWinner,
    /// Several parts of the message each have a clear winner.
    SeveralQuestions,
    /// One part of the message has a clear winner that the whole does not contradict.
    BuriedQuestion,
    /// No word of the message names a topic.
    FunctionWords,
    /// The best candidate reaches the threshold but the next one is too close.
    NearTie,
    /// It tells a long story that asks nothing: what it may be about is offered.
    Story,
    /// The best candidate is below the threshold, but good enough to offer.
    Unsure,
    /// No candidate is good enough to offer.
    NothingFits,
    /// It looks more like what must not be answered than like any entry.
    OutOfScope,
    /// It looks like small talk.
    Chatter,
    /// There is no word in it.
    NoWords,
    /// It is in another language.
    OtherLanguage,
}

/// Decides on a ranking.
#[must_use]
pub fn decide(ranking: &Ranking, thresholds: Thresholds) -> (Decision, Reason) {
    match ranking.exact {
        Some(Class::Entry(entry)) => {
            return (
                Decision::Answer(vec![Candidate { entry, score: 1.0 }]),
                Reason::Exact,
            );
        }
        Some(Class::SmallTalk(kind)) => return (Decision::SmallTalk(kind), Reason::Exact),
        Some(Class::OutOfScope) => return (Decision::Abstain, Reason::Exact),
        None => {}
    }
    if ranking.words == 0 {
        return (Decision::Abstain, Reason::NoWords);
    }
    let candidates = ranking.best(MAX_SUGGESTIONS);
    let best = candidates.first().copied();
    let best_score = best.map_or(0.0, |c| c.score);
    if let Some((kind, score)) = ranking.small_talk
        && score >= thresholds.suggest
        && score > best_score
        && score > ranking.out_of_scope
        && ranking.words <= SMALL_TALK_WORDS
    {
        return (Decision::SmallTalk(kind), Reason::Chatter);
    }
    let Some(best) = best else {
        return (Decision::Abstain, Reason::NothingFits);
    };
    // The scores of a follow-up are mixed from two readings, which brings them closer together.
    let margin = thresholds.margin * if ranking.in_context { 0.5 } else { 1.0 };
    let covered = best.score >= ranking.out_of_scope;
    let next = candidates.get(1).map_or(0.0, |c| c.score);
    // A single word names an entry only when it is a phrasing, which was seen above, or when the entry's name has it
    // and little else speaks for another one.
    let names_a_topic = ranking.in_context
        || ranking.topics > 1
        || (ranking.topics == 1 && (ranking.words > 1 || ranking.named && best.score >= NAMED));
    if names_a_topic && covered && best.score >= thresholds.answer && best.score - next >= margin {
        return (Decision::Answer(vec![best]), Reason::ClearWinner);
    }
    let far_from_covered =
        best.score * OFFER_RATIO < ranking.out_of_scope || ranking.known < UNDERSTOOD;
    if best.score < thresholds.suggest || far_from_covered {
        let reason = if covered {
            Reason::NothingFits
        } else {
            Reason::OutOfScope
        };
        return (Decision::Abstain, reason);
    }
    let reason = if !names_a_topic {
        Reason::FunctionWords
    } else if !covered {
        Reason::OutOfScope
    } else if best.score >= thresholds.answer {
        Reason::NearTie
    } else {
        Reason::Unsure
    };
    (Decision::Suggest(candidates), reason)
}

impl Decision {
    /// The entries that the decision shows, best first.
    #[must_use]
    pub fn entries(&self) -> Vec<EntryIndex> {
        match self {
            Self::Answer(candidates) | Self::Suggest(candidates) => {
                candidates.iter().map(|c| c.entry).collect()
            }
            Self::Abstain | Self::SmallTalk(_) => Vec::new(),
        }
    }
}
