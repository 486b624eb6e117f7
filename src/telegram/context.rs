//! What a person's last hour in a chat looked like, in memory only: numbers, entry ids and redacted words.
//!
//! All of it is a convenience. After a restart nothing is wrong, only a little less smooth: an elliptical question is
//! not understood, an edited message gets a new reply.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::faq::EntryId;
use crate::redact::Redacted;

/// How long it is kept after the last message.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Most people remembered at once; beyond it the one who has been silent for longest is forgotten.
const MAX_PEOPLE: usize = 10_000;

/// Most messages of a person whose replies are remembered.
const MAX_REPLIES: usize = 20;

/// A person in a chat: the same person is another one elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Chat id.
    pub chat: i64,
    /// User id.
    pub person: u64,
}

/// What someone said or pressed, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub key: Key,
    /// The number of the message that was written, or whose button was pressed.
    pub message: i32,
}

/// What is remembered of one person.
#[derive(Debug, Default)]
pub struct Memory {
    /// The entry read last.
    pub last: Option<EntryId>,
    /// The album whose first picture was answered.
    pub album: Option<String>,
    replies: VecDeque<(i32, Shown)>,
    missed: Vec<i32>,
    votes: VecDeque<(i32, Vote)>,
}

/// What a button under an answer is pressed for, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vote {
    /// To say whether the answer helped.
    Answer,
    /// To say that none of the other questions is meant either.
    Others,
}

/// What stands in the chat as the reply to a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The numbers of the bot's messages.
    pub messages: Vec<i32>,
    /// A hash of what they say, by which an edit that changes nothing is spared.
    pub print: u64,
    /// The question, where a button may ask for it again.
    pub words: Option<Redacted>,
}

impl Memory {
    /// Notes by which messages a message was answered.
    pub fn replied(&mut self, question: i32, replies: Shown) {
        self.replies.retain(|(id, _)| *id != question);
        if self.replies.len() == MAX_REPLIES {
            self.replies.pop_front();
        }
        self.replies.push_back((question, replies));
    }

    /// By which messages a message was answered.
    #[must_use]
    pub fn replies_to(&self, question: i32) -> Shown {
        let known = self.replies.iter().find(|(id, _)| *id == question);
        known
            .map(|(_, replies)| replies.clone())
            .unwrap_or_default()
    }

    /// The question that one of the bot's messages answers, if it was remembered.
    #[must_use]
    pub fn question_of(&self, reply: i32) -> Option<Redacted> {
        let mut replies = self.replies.iter().rev();
        let (_, shown) = replies.find(|(_, shown)| shown.messages.contains(&reply))?;
        shown.words.clone()
    }

    /// Notes whether a message was understood.
    pub fn understood(&mut self, question: i32, understood: bool) {
        if understood {
            self.missed.clear();
        } else if !self.missed.contains(&question) {
            self.missed.truncate(1);
            self.missed.push(question);
        }
    }

    /// Whether the message before this one was not understood. A message that is edited is not before itself.
    #[must_use]
    pub fn missed_before(&self, question: i32) -> bool {
        self.missed.iter().any(|id| *id != question)
    }

    /// Notes a vote under a message.
    pub fn voted(&mut self, message: i32, vote: Vote) {
        if self.votes.len() == MAX_REPLIES {
            self.votes.pop_front();
        }
        self.votes.push_back((message, vote));
    }

    /// Whether there was such a vote under this message; further ones are double taps.
    #[must_use]
    pub fn has_voted(&self, message: i32, vote: Vote) -> bool {
        self.votes.contains(&(message, vote))
    }
}

/// What is remembered of everybody.
#[derive(Debug, Default)]
pub struct Context {
    people: Mutex<HashMap<Key, (Instant, Memory)>>,
}

impl Context {
    /// Forgets a person.
    pub fn forget(&self, key: Key) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.remove(&key);
    }

    /// Reads and changes what is remembered of one person.
    pub fn with<R>(&self, key: Key, use_it: impl FnOnce(&mut Memory) -> R) -> R {
        let now = Instant::now();
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if !people.contains_key(&key) && people.len() >= MAX_PEOPLE {
            make_room(&mut people, now);
        }
        let (seen, memory) = people
            .entry(key)
            .or_insert_with(|| (now, Memory::default()));
        if now.duration_since(*seen) > LIFETIME {
            *memory = Memory::default();
        }
        *seen = now;
        use_it(memory)
    }
}

fn make_room(people: &mut HashMap<Key, (Instant, Memory)>, now: Instant) {
    people.retain(|_, (seen, _)| now.duration_since(*seen) <= LIFETIME);
    if people.len() >= MAX_PEOPLE
        && let Some(oldest) = people
            .iter()
            .min_by_key(|(_, (seen, _))| *seen)
            .map(|(k, _)| *k)
    {
        people.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Key = Key { chat: 1, person: 1 };

    #[tokio::test(start_paused = true)]
    async fn an_hour_of_silence_forgets_a_person() {
        let context = Context::default();
        context.with(ANN, |memory| memory.understood(1, false));
        tokio::time::advance(LIFETIME).await;
        assert!(context.with(ANN, |memory| memory.missed_before(2)));
        tokio::time::advance(LIFETIME + Duration::from_secs(1)).await;
        assert!(!context.with(ANN, |memory| memory.missed_before(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_drops_the_most_silent() {
        let context = Context::default();
        for person in 0..=MAX_PEOPLE as u64 {
            context.with(Key { chat: 1, person }, |memory| {
                memory.understood(1, false)
            });
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert_eq!(
            context.people.lock().expect("not poisoned").len(),
            MAX_PEOPLE
        );
        let remembered = |person| context.with(Key { chat: 1, person }, |m| m.missed_before(2));
        assert!(remembered(9));
        assert!(!remembered(0), "the first is the most silent");
    }

    #[test]
    fn replies_and_votes_are_remembered_per_message() {
        let mut memory = Memory::default();
        let shown = |messages: Vec<i32>| Shown {
            messages,
            ..Shown::default()
        };
        memory.replied(5, shown(vec![6, 7]));
        memory.replied(5, shown(vec![8]));
        assert_eq!(memory.replies_to(5).messages, [8]);
        assert!(memory.replies_to(6).messages.is_empty());
        for id in 0..50 {
            memory.replied(id, shown(vec![id]));
        }
        assert!(
            memory.replies_to(5).messages.is_empty(),
            "the oldest are dropped"
        );
        assert!(!memory.has_voted(1, Vote::Answer));
        memory.voted(1, Vote::Answer);
        assert!(memory.has_voted(1, Vote::Answer));
        assert!(!memory.has_voted(1, Vote::Others) && !memory.has_voted(2, Vote::Answer));
    }

    #[test]
    fn a_miss_counts_against_later_messages_only() {
        let mut memory = Memory::default();
        memory.understood(5, false);
        assert!(!memory.missed_before(5), "its own edit");
        assert!(memory.missed_before(6));
        memory.understood(6, false);
        assert!(memory.missed_before(6));
        memory.understood(7, true);
        assert!(!memory.missed_before(8));
    }
}
