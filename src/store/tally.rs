//! Counts and unanswered questions: gathered in memory, written every few seconds.
//!
//! Recording never waits for the database, so a reply is never late for a count's sake. A killed process loses the
//! counts of the last seconds, which nobody misses; while the database is down they gather, up to a bound.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{Any, Transaction};

use super::database::{Database, lock};
use super::{Clock, Day, StoreError};
use crate::faq::EntryId;
use crate::redact::Redacted;

/// Most distinct counts and questions that gather in memory.
const MAX_KEYS: usize = 10_000;
/// Most distinct unanswered questions that are kept: a flood of nonsense must not fill the disk. The rarest and oldest
/// go first.
const MAX_QUESTIONS: i64 = 20_000;

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// An entry's answer was shown.
    Shown(EntryId),
    /// Its reader found it helpful.
    Helpful(EntryId),
    /// Its reader did not.
    NotHelpful(EntryId),
    /// A decision was taken; its name as [`Reply::decision`](crate::reply::Reply::decision) has it.
    Decided(&'static str),
    /// A question was asked that the FAQ does not cover.
    Unanswered(Redacted),
    /// A chat came by the link with this code.
    CameBy(String),
    /// A question was asked in a chat that came by it.
    AskedBy(String),
}

/// Counts and unanswered questions.
pub struct Tally {
    database: Database,
    clock: Clock,
    counts: Mutex<BTreeMap<(Day, Event), u32>>,
    lost: AtomicU64,
    /// Held while writing, so that one batch is never written twice.
    flushing: tokio::sync::Mutex<()>,
}

impl Tally {
    pub(super) fn new(database: Database, clock: Clock) -> Self {
        Self {
            database,
            clock,
            counts: Mutex::default(),
            lost: AtomicU64::new(0),
            flushing: tokio::sync::Mutex::default(),
        }
    }

    /// Counts something, today. Returns at once; a question without a word in it is not counted.
    pub fn record(&self, event: Event) {
        if matches!(&event, Event::Unanswered(words) if words.is_empty()) {
            return;
        }
        let today = Day::of((self.clock)());
        self.add((today, event), 1, &mut lock(&self.counts));
    }

    /// Writes what has gathered, in one transaction; on failure it goes on gathering.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub(super) async fn flush(&self) -> Result<(), StoreError> {
        let _turn = self.flushing.lock().await;
        let counts = std::mem::take(&mut *lock(&self.counts));
        if counts.is_empty() {
            return Ok(());
        }
        let written = self
            .database
            .run(|pool| {
                let counts = &counts;
                async move {
                    let mut transaction = pool.begin().await?;
                    // In the map's order, so that two replicas never wait for each other's rows.
                    for ((day, event), &count) in counts {
                        write(&mut transaction, *day, event, count).await?;
                    }
                    transaction.commit().await
                }
            })
            .await;
        if written.is_err() {
            let mut gathered = lock(&self.counts);
            for (key, count) in counts {
                self.add(key, count, &mut gathered);
            }
        }
        written
    }

    /// Deletes questions that were last asked before a day, and the rarest beyond the bound.
    pub(super) async fn purge(&self, before: Day) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query("DELETE FROM unanswered WHERE last_day < $1")
                    .bind(before.to_string())
                    .execute(pool)
            })
            .await?;
        self.database
            .run(|pool| {
                sqlx::query(
                    "DELETE FROM unanswered WHERE words NOT IN
                     (SELECT words FROM unanswered ORDER BY count DESC, last_day DESC, words LIMIT $1)",
                )
                .bind(MAX_QUESTIONS)
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    pub(super) fn in_memory(&self) -> usize {
        lock(&self.counts).len()
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn add(&self, key: (Day, Event), count: u32, counts: &mut BTreeMap<(Day, Event), u32>) {
        if counts.len() >= MAX_KEYS && !counts.contains_key(&key) {
            self.lost.fetch_add(u64::from(count), Ordering::Relaxed);
            return;
        }
        let sum = counts.entry(key).or_default();
        *sum = sum.saturating_add(count);
    }
}

async fn write(
    transaction: &mut Transaction<'_, Any>,
    day: Day,
    event: &Event,
    count: u32,
) -> Result<(), sqlx::Error> {
    let (day, count) = (day.to_string(), i64::from(count));
    let query = match event {
        Event::Shown(entry) => entry_counts(day, entry, [count, 0, 0]),
        Event::Helpful(entry) => entry_counts(day, entry, [0, count, 0]),
        Event::NotHelpful(entry) => entry_counts(day, entry, [0, 0, count]),
        Event::Decided(decision) => sqlx::query(
            "INSERT INTO decision_day (day, decision, count) VALUES ($1, $2, $3)
             ON CONFLICT (day, decision) DO UPDATE SET count = decision_day.count + excluded.count",
        )
        .bind(day)
        .bind(*decision)
        .bind(count),
        Event::Unanswered(words) => sqlx::query(
            "INSERT INTO unanswered (words, count, first_day, last_day) VALUES ($1, $2, $3, $3)
             ON CONFLICT (words) DO UPDATE
             SET count = unanswered.count + excluded.count, last_day = excluded.last_day",
        )
        .bind(words.as_str().to_owned())
        .bind(count)
        .bind(day),
        Event::CameBy(code) => link_counts(day, code, [count, 0]),
        Event::AskedBy(code) => link_counts(day, code, [0, count]),
    };
    query.execute(&mut **transaction).await.map(|_| ())
}

fn entry_counts(
    day: String,
    entry: &EntryId,
    [shown, helpful, not_helpful]: [i64; 3],
) -> sqlx::query::Query<'static, Any, sqlx::any::AnyArguments> {
    sqlx::query(
        "INSERT INTO entry_day (day, entry, shown, helpful, not_helpful) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (day, entry) DO UPDATE
         SET shown = entry_day.shown + excluded.shown, helpful = entry_day.helpful + excluded.helpful,
             not_helpful = entry_day.not_helpful + excluded.not_helpful",
    )
    .bind(day)
    .bind(entry.as_str().to_owned())
    .bind(shown)
    .bind(helpful)
    .bind(not_helpful)
}

fn link_counts(
    day: String,
    code: &str,
    [chats, questions]: [i64; 2],
) -> sqlx::query::Query<'static, Any, sqlx::any::AnyArguments> {
    sqlx::query(
        "INSERT INTO link_day (day, code, chats, questions) VALUES ($1, $2, $3, $4)
         ON CONFLICT (day, code) DO UPDATE
         SET chats = link_day.chats + excluded.chats, questions = link_day.questions + excluded.questions",
    )
    .bind(day)
    .bind(code.to_owned())
    .bind(chats)
    .bind(questions)
}
