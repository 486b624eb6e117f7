//! People send one question in pieces. What is not understood by itself waits a moment for the next message and is then
//! read together with it.

use std::time::Duration;

use super::incoming::Message;
use super::send::Typing;
use crate::decision::Reason;
use crate::reply::{Content, Reply};

/// How long a message that is not understood waits for the next one.
pub const WAIT: Duration = Duration::from_secs(2);

/// Most messages that are read as one.
pub const MAX: u8 = 4;

/// A message that was not understood and waits for its next piece.
#[derive(Debug)]
pub struct Held {
    /// The message, or the last of its pieces.
    pub message: Message,
    /// All pieces so far.
    pub words: String,
    /// How many.
    pub pieces: u8,
    pub(super) _typing: Typing,
}

impl Held {
    /// The pieces with one more.
    #[must_use]
    pub fn joined(&self, words: &str) -> String {
        format!("{} {words}", self.words)
    }
}

/// How well a text was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A red flag.
    RedFlag,
    /// An answer.
    Answered,
    /// Questions to choose from.
    Offered,
    /// Small talk.
    Chat,
    /// Not at all.
    Missed,
}

impl Kind {
    /// Of a reply.
    #[must_use]
    pub fn of(reply: &Reply<'_>) -> Self {
        match &reply.content {
            Content::RedFlag(_) => Self::RedFlag,
            Content::Answer(_) => Self::Answered,
            Content::Suggest(_) => Self::Offered,
            Content::SmallTalk(_) => Self::Chat,
            // Dots and question marks are no piece of a question: they are asked about at once.
            Content::Abstain(_) if reply.reason == Reason::NoWords => Self::Chat,
            Content::Abstain(_) | Content::OtherLanguage { .. } => Self::Missed,
        }
    }
}

/// How to read a message after one that was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// By itself; what was before it was a run-up.
    Alone,
    /// Together with what was before.
    Whole,
    /// Each by itself, and each gets its reply.
    Apart,
}

/// Chooses by how well the message is understood alone and as a whole with what was before it.
#[must_use]
pub fn choose(alone: Kind, whole: Kind) -> Choice {
    match (alone, whole) {
        // A denial in one piece must not quieten a red flag in the other.
        (Kind::RedFlag, _) => Choice::Alone,
        (_, Kind::RedFlag | Kind::Answered) => Choice::Whole,
        (Kind::Answered, _) => Choice::Alone,
        (_, Kind::Offered) | (Kind::Missed, _) => Choice::Whole,
        (Kind::Offered, _) => Choice::Alone,
        (Kind::Chat, _) => Choice::Apart,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_understood_reading_wins_and_red_flags_always_do() {
        for (alone, whole, expected) in [
            (Kind::RedFlag, Kind::Answered, Choice::Alone),
            (Kind::Answered, Kind::RedFlag, Choice::Whole),
            (Kind::Missed, Kind::Answered, Choice::Whole),
            (Kind::Answered, Kind::Missed, Choice::Alone),
            (Kind::Answered, Kind::Offered, Choice::Alone),
            (Kind::Missed, Kind::Offered, Choice::Whole),
            (Kind::Missed, Kind::Missed, Choice::Whole),
            (Kind::Chat, Kind::Missed, Choice::Apart),
        ] {
            assert_eq!(choose(alone, whole), expected, "{alone:?} {whole:?}");
        }
    }
}
