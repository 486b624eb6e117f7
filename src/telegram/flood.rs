//! Floods: how much of what one person sends to a chat is answered.
//!
//! A person who types gets every answer: sixty at once, and one more every second. Beyond that somebody leans on a key, or
//! a script writes; they are told so once a minute, in one calm note, and the rest is read but not answered. What is looked
//! for in it is danger: a red flag gets its card even then, sixty and one every second again, and a kind of card that was
//! not shown within the last minute always.
//!
//! In memory only, and only of the last minute: numbers, never words.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::context::Key;

/// One more every so often. Telegram asks bots for no more than one message a second to a chat:
/// <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>.
const EVERY: Duration = Duration::from_secs(1);

/// How many at once: several times what anybody types in a minute, and what a person sends again who was offline.
const BURST: u32 = 60;

/// After what time everything is as if nothing had been sent.
const RECOVERY: Duration = Duration::from_secs(60);

/// Most people watched at once. A hundred and fifty a second keep on writing then; more are answered without being
/// watched.
const MAX_PEOPLE: usize = 10_000;

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is answered.
    Answer,
    /// It is one too many, and its sender is told.
    Note,
    /// It is one too many, and its sender knows.
    Silence,
}

/// How fast everybody writes.
#[derive(Debug, Default)]
pub struct Flood {
    people: Mutex<HashMap<Key, Pace>>,
}

/// How fast one person writes.
#[derive(Debug)]
struct Pace {
    seen: Instant,
    replies: Bucket,
    cards: Bucket,
    presses: Bucket,
    noted: Option<Instant>,
    /// The red flags whose cards were shown, by their concepts' ids.
    shown: Vec<(String, Instant)>,
}

/// What was used of the limit: the moment when all of it will have come back.
#[derive(Debug, Default)]
struct Bucket(Option<Instant>);

impl Bucket {
    /// Uses one; false when there is none.
    fn take(&mut self, now: Instant) -> bool {
        let back = self.0.map_or(now, |back| back.max(now)) + EVERY;
        let fits = back <= now + EVERY * BURST;
        if fits {
            self.0 = Some(back);
        }
        fits
    }
}

impl Flood {
    /// Decides on a message. `red_flag` looks for a red flag in it and gives its concept's id; it is only asked when the
    /// message would else not be answered.
    pub fn message(&self, key: Key, red_flag: impl FnOnce() -> Option<String>) -> Admission {
        let now = Instant::now();
        if self.with(key, now, |pace| pace.replies.take(now)) {
            return Admission::Answer;
        }
        // Not under the lock: others need not wait for it.
        let red_flag = red_flag();
        self.with(key, now, |pace| {
            if red_flag.is_some_and(|concept| pace.shows(concept, now)) {
                Admission::Answer
            } else if pace.notes(now) {
                Admission::Note
            } else {
                Admission::Silence
            }
        })
    }

    /// Whether a pressed button does something.
    pub fn press(&self, key: Key) -> bool {
        let now = Instant::now();
        self.with(key, now, |pace| pace.presses.take(now))
    }

    fn with<R>(&self, key: Key, now: Instant, use_it: impl FnOnce(&mut Pace) -> R) -> R {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= MAX_PEOPLE && !people.contains_key(&key) {
            people.retain(|_, pace| now.duration_since(pace.seen) < RECOVERY);
            if people.len() >= MAX_PEOPLE {
                return use_it(&mut Pace::new(now));
            }
        }
        let pace = people.entry(key).or_insert_with(|| Pace::new(now));
        pace.seen = now;
        use_it(pace)
    }
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self {
            seen: now,
            replies: Bucket::default(),
            cards: Bucket::default(),
            presses: Bucket::default(),
            noted: None,
            shown: Vec::new(),
        }
    }

    /// Whether a red flag's card is shown: yes, unless many were and this one is still in sight.
    fn shows(&mut self, concept: String, now: Instant) -> bool {
        self.shown
            .retain(|(_, at)| now.duration_since(*at) < RECOVERY);
        let in_sight = self.shown.iter().any(|(shown, _)| *shown == concept);
        let shows = self.cards.take(now) || !in_sight;
        if shows {
            self.shown.retain(|(shown, _)| *shown != concept);
            self.shown.push((concept, now));
        }
        shows
    }

    fn notes(&mut self, now: Instant) -> bool {
        let due = self
            .noted
            .is_none_or(|noted| now.duration_since(noted) >= RECOVERY);
        if due {
            self.noted = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const ANN: Key = Key { chat: 1, person: 1 };
    const BOB: Key = Key { chat: 1, person: 2 };

    /// What becomes of so many messages without a red flag that come this far apart.
    async fn send(flood: &Flood, count: u32, apart: Duration) -> [u32; 3] {
        let mut outcomes = [0; 3];
        for _ in 0..count {
            outcomes[flood.message(ANN, || None) as usize] += 1;
            advance(apart).await;
        }
        outcomes
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_types_gets_every_answer() {
        for (count, apart) in [(5, 2000), (60, 0), (100, 500), (500, 1000)] {
            let flood = Flood::default();
            let outcomes = send(&flood, count, Duration::from_millis(apart)).await;
            assert_eq!(outcomes, [count, 0, 0], "{count} every {apart} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_answered_at_a_bounded_rate_with_a_note_a_minute() {
        let flood = Flood::default();
        let outcomes = send(&flood, 600, Duration::from_millis(100)).await;
        assert_eq!(outcomes, [119, 1, 480], "a minute");
        let outcomes = send(&flood, 600, Duration::from_millis(100)).await;
        assert_eq!(outcomes, [60, 1, 539], "another");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_makes_good_and_nobody_else_is_touched() {
        let flood = Flood::default();
        send(&flood, 1000, Duration::ZERO).await;
        assert_eq!(flood.message(BOB, || None), Admission::Answer);
        advance(EVERY).await;
        assert_eq!(flood.message(ANN, || None), Admission::Answer);
        assert_eq!(flood.message(ANN, || None), Admission::Silence);
        advance(RECOVERY).await;
        assert_eq!(send(&flood, 60, Duration::ZERO).await, [60, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn red_flags_in_a_flood_get_their_cards() {
        let flood = Flood::default();
        send(&flood, 1000, Duration::ZERO).await;
        let shown = |concept: &str| flood.message(ANN, || Some(concept.to_owned()));
        for _ in 0..60 {
            assert_eq!(shown("chest-pain"), Admission::Answer);
        }
        assert_eq!(shown("chest-pain"), Admission::Silence, "it is in sight");
        assert_eq!(shown("stroke"), Admission::Answer, "this one is not");
        assert_eq!(shown("stroke"), Admission::Silence);
        advance(RECOVERY).await;
        assert_eq!(shown("chest-pain"), Admission::Answer);
    }

    #[tokio::test(start_paused = true)]
    async fn buttons_are_bounded_by_themselves() {
        let flood = Flood::default();
        let pressed = (0..200).filter(|_| flood.press(ANN)).count();
        assert_eq!(pressed, 60);
        assert_eq!(flood.message(ANN, || None), Admission::Answer);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_and_strangers_are_answered() {
        let flood = Flood::default();
        let people = |flood: &Flood| flood.people.lock().expect("not poisoned").len();
        for person in 0..MAX_PEOPLE as u64 + 10 {
            let admission = flood.message(Key { chat: 1, person }, || None);
            assert_eq!(admission, Admission::Answer);
        }
        assert_eq!(people(&flood), MAX_PEOPLE);
        advance(RECOVERY).await;
        let late = Key { chat: 2, person: 1 };
        flood.message(late, || None);
        assert_eq!(people(&flood), 1);
    }
}
