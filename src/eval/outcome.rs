//! What one reply is worth to one question, the same for every set and for the threshold curve.

use super::figures::Better;
use super::sets::Topics;
use crate::reply::Reply;

// The names that `ask --json` gives decisions; what is none of these four says "not covered".
pub(super) const ANSWER: &str = "answer";
pub(super) const SUGGEST: &str = "suggest";
pub(super) const RED_FLAG: &str = "red-flag";
pub(super) const SMALL_TALK: &str = "small-talk";

/// How many candidates `top3` and `offered` look at.
pub(super) const TOP: usize = 3;

/// How a question that the FAQ covers went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Answered, and an acceptable entry is among the answers.
    Right,
    /// Offered, and an acceptable entry is among the first three candidates.
    Offered,
    /// Answered, and no answer is acceptable.
    Wrong,
    /// Neither answered nor offered anything acceptable.
    Missed,
    /// Taken for a red flag.
    Alarm,
}

impl Outcome {
    pub(super) const ALL: [Self; 5] = [
        Self::Right,
        Self::Offered,
        Self::Wrong,
        Self::Missed,
        Self::Alarm,
    ];

    /// How a reply serves a question with these topics.
    pub(super) fn of(reply: &Reply<'_>, topics: &Topics) -> Self {
        let answered = reply.answers.iter().any(|c| topics.accept(c.entry));
        match reply.decision() {
            ANSWER if answered => Self::Right,
            ANSWER => Self::Wrong,
            SUGGEST if is_among_first(reply, topics) => Self::Offered,
            RED_FLAG => Self::Alarm,
            _ => Self::Missed,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Offered => "offered",
            Self::Wrong => "wrong",
            Self::Missed => "missed",
            Self::Alarm => "alarm",
        }
    }

    pub(super) const fn better(self) -> Better {
        match self {
            Self::Right | Self::Offered => Better::Higher,
            Self::Wrong | Self::Missed | Self::Alarm => Better::Lower,
        }
    }
}

/// Whether an acceptable entry is among the first candidates, the ones that an offer shows.
pub(super) fn is_among_first(reply: &Reply<'_>, topics: &Topics) -> bool {
    let mut first = reply.candidates.iter().take(TOP);
    first.any(|c| topics.accept(c.entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Reason;
    use crate::faq::EntryIndex;
    use crate::matcher::Candidate;
    use crate::reply::{Content, Notes, Offer};

    /// A reply that offers these entries or, when there are none, abstains.
    fn offer(candidates: &[usize]) -> Reply<'static> {
        let candidate = |&i| Candidate {
            entry: EntryIndex(i),
            score: 0.3,
        };
        let notes = Notes::default();
        Reply {
            content: if candidates.is_empty() {
                Content::Abstain(notes)
            } else {
                Content::Suggest(Offer {
                    entries: Vec::new(),
                    notes,
                })
            },
            answers: Vec::new(),
            candidates: candidates.iter().map(candidate).collect(),
            triage: None,
            reason: Reason::NearTie,
        }
    }

    #[test]
    fn an_offer_helps_when_something_acceptable_is_among_the_first_three() {
        let topics = Topics(vec![EntryIndex(7), EntryIndex(3)]);
        for (candidates, outcome) in [
            (&[1, 2, 3, 4][..], Outcome::Offered),
            (&[7, 1, 2][..], Outcome::Offered),
            (&[1, 2, 4, 3][..], Outcome::Missed),
            (&[][..], Outcome::Missed),
        ] {
            let found = Outcome::of(&offer(candidates), &topics);
            assert_eq!(found, outcome, "{candidates:?}");
        }
    }
}
