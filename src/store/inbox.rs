//! The inbox: updates between Telegram's delivery and our reply, so that no crash loses a question.
//!
//! One rule gives order and exclusion at once: *of each chat, only the first waiting update can be claimed, and only
//! while nobody holds it*. A claim is a lease that [`Store::tend`](super::Store::tend) renews; when a process dies its
//! leases run out and another takes over. An update that is done leaves its number for an hour, so that a second
//! delivery is recognised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::database::{Database, Dialect, lock, values};
use super::keys::{ChatKey, Keys, Row};
use super::spare::{Spare, Waiting};
use super::{Clock, Day, StoreError};

/// How often an update is tried before it is set aside. A try that ends with the process counts too.
pub const MAX_TRIES: u32 = 5;

/// How long a claim holds without being renewed: what a killed replica was doing waits this long for the others.
const LEASE: Duration = Duration::from_secs(30);
/// How long the number of a handled update is remembered. Telegram repeats a delivery within seconds; an hour also
/// covers a restart between the reply and its acknowledgement.
const REMEMBER_DONE: Duration = Duration::from_secs(60 * 60);
/// How long what was set aside is kept, in days: long enough to be noticed.
const ASIDE_DAYS: u32 = 7;
/// Wait before the second try; doubled for each one after that.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Most rows in one statement; Telegram delivers at most 100 at once.
const CHUNK: usize = 100;
/// Most chats named by one look for what is waiting.
const MAX_CHATS: i64 = 1000;

/// An update as it comes in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Telegram's number of it.
    pub update_id: i64,
    /// The chat that it belongs to, or the user when it has none.
    pub chat: i64,
    /// The update itself, as Telegram sent it.
    pub update: &'a [u8],
}

/// The right to handle one update. Ends with [`Inbox::done`] or [`Inbox::failed`]; when it is dropped instead, the
/// update is tried again after the lease.
#[derive(Debug)]
pub struct Claim {
    /// Telegram's number of the update.
    pub update_id: i64,
    /// The update itself.
    pub update: Vec<u8>,
    /// Which try this is, from 1.
    pub tries: u32,
    hold: Hold,
}

/// What becomes of an update that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is tried again after this time; the chat's later updates wait for it.
    Again(Duration),
    /// It failed too often and is set aside, its content deleted.
    SetAside,
}

/// How many updates are in the inbox, for the metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Not yet answered.
    pub waiting: i64,
    /// Set aside because every try failed.
    pub poisoned: i64,
    /// Set aside because they were sealed with another token.
    pub unreadable: i64,
}

/// Updates between Telegram's delivery and our reply.
pub struct Inbox {
    database: Database,
    keys: Arc<Keys>,
    clock: Clock,
    /// Who we are among the replicas.
    replica: i64,
    shared: Arc<Shared>,
    /// Done but not yet written, still held; taken together by whoever holds `settling`.
    finished: Mutex<BTreeMap<i64, Hold>>,
    settling: tokio::sync::Mutex<()>,
}

/// What claims report back to when they end.
#[derive(Default)]
struct Shared {
    held: Mutex<BTreeSet<i64>>,
    spare: Mutex<Spare>,
}

/// Keeps an update's lease alive for as long as it exists.
struct Hold {
    update_id: i64,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hold")
    }
}

impl Hold {
    fn new(update_id: i64, shared: &Arc<Shared>) -> Self {
        lock(&shared.held).insert(update_id);
        Self {
            update_id,
            shared: shared.clone(),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.shared.held).remove(&self.update_id);
        lock(&self.shared.spare).release(self.update_id, 0);
    }
}

impl Inbox {
    pub(super) fn new(
        database: Database,
        keys: Arc<Keys>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let mut replica = [0; 8];
        getrandom::fill(&mut replica).map_err(|_| StoreError::NoRandomness)?;
        Ok(Self {
            database,
            keys,
            clock,
            replica: i64::from_be_bytes(replica),
            shared: Arc::default(),
            finished: Mutex::default(),
            settling: tokio::sync::Mutex::default(),
        })
    }

    /// Stores a batch in one transaction; once this returns, it may be acknowledged to Telegram. What is here already,
    /// or was handled within the last hour, is skipped. Returns the chats of the batch, for a worker each.
    ///
    /// When the database is down the batch waits in memory.
    ///
    /// # Errors
    /// When the database is down and the memory is full; the batch must not be acknowledged then.
    pub async fn put(&self, batch: &[Incoming<'_>]) -> Result<Vec<ChatKey>, StoreError> {
        // By id: PostgreSQL refuses one row twice in a statement, and a batch is small.
        let batch: BTreeMap<i64, Waiting> = batch
            .iter()
            .map(|incoming| {
                let waiting = Waiting {
                    chat: self.keys.order(incoming.chat),
                    update: incoming.update.to_vec(),
                    tries: 0,
                    due: 0,
                    claimed: false,
                };
                (incoming.update_id, waiting)
            })
            .collect();
        let chats: BTreeSet<ChatKey> = batch.values().map(|waiting| waiting.chat).collect();
        if self.write(&batch).await.is_err() && !lock(&self.shared.spare).put(batch.into_iter()) {
            return Err(StoreError::Full);
        }
        Ok(chats.into_iter().collect())
    }

    /// Claims the chat's next update; `None` when there is none, or when it is being handled or not yet due.
    ///
    /// # Errors
    /// When the database cannot be reached and nothing waits in memory for this chat. Nothing is lost:
    /// [`Store::tend`](super::Store::tend) names the chat again.
    pub async fn claim(&self, chat: ChatKey) -> Result<Option<Claim>, StoreError> {
        loop {
            let (update_id, sealed, tries) = match self.claim_row(chat).await {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(self.claim_spare(chat)),
                Err(error) => return self.claim_spare(chat).map(Some).ok_or(error),
            };
            if tries > MAX_TRIES {
                self.mark_poisoned(update_id).await?;
                tracing::error!(
                    tries = MAX_TRIES,
                    "an update ended the program every time and was set aside"
                );
                continue;
            }
            let Some(update) = self.keys.open(Row { update_id, chat }, &sealed) else {
                self.mark_unreadable(update_id).await?;
                tracing::error!("an update was sealed with another token and was set aside");
                continue;
            };
            return Ok(Some(Claim {
                update_id,
                update,
                tries,
                hold: Hold::new(update_id, &self.shared),
            }));
        }
    }

    /// Removes an update whose reply was accepted; its number is remembered for an hour. Finishes that come together are
    /// written together. When the database is down this is caught up later.
    pub async fn done(&self, claim: Claim) {
        lock(&self.shared.spare).remove(claim.update_id);
        lock(&self.finished).insert(claim.update_id, claim.hold);
        // An error leaves it in `finished`, and so held, until `tend` has written it.
        let _ = self.settle().await;
    }

    /// Gives an update back that could not be handled: to be tried again after a pause, or set aside after the fifth
    /// try, with a line in the log.
    ///
    /// # Errors
    /// When the database cannot be reached; the update is tried again when the lease has run out.
    pub async fn failed(&self, claim: Claim) -> Result<Failure, StoreError> {
        if claim.tries >= MAX_TRIES {
            if !lock(&self.shared.spare).remove(claim.update_id) {
                self.mark_poisoned(claim.update_id).await?;
            }
            tracing::error!(
                tries = MAX_TRIES,
                "an update failed every time and was set aside"
            );
            return Ok(Failure::SetAside);
        }
        let pause = FIRST_PAUSE * 2u32.pow(claim.tries.saturating_sub(1));
        let due = self.now() + millis(pause);
        if lock(&self.shared.spare).release(claim.update_id, due) {
            return Ok(Failure::Again(pause));
        }
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET due = $1, claimed_by = 0
                     WHERE update_id = $2 AND claimed_by = $3 AND state = 'waiting'",
                )
                .bind(due)
                .bind(claim.update_id)
                .bind(self.replica)
                .execute(pool)
            })
            .await?;
        Ok(Failure::Again(pause))
    }

    /// Takes up what an earlier run left, at start and before anything is polled: frees its claims, gives what could not
    /// be read another chance, and names the chats that wait.
    ///
    /// With PostgreSQL claims are left alone, since other replicas may hold them; a dead one's run out by themselves.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn resume(&self) -> Result<Vec<ChatKey>, StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET state = 'waiting', tries = 0, due = 0 WHERE state = 'unreadable'",
                )
                .execute(pool)
            })
            .await?;
        if self.database.dialect == Dialect::Sqlite {
            self.database
                .run(|pool| {
                    sqlx::query("UPDATE inbox SET due = 0, claimed_by = 0 WHERE state = 'waiting'")
                        .execute(pool)
                })
                .await?;
        }
        self.waiting_rows().await
    }

    /// Chats with an update that can be claimed now, longest waiting first; only those in memory when the database is
    /// down.
    pub async fn waiting(&self) -> Vec<ChatKey> {
        let mut chats = self.waiting_rows().await.unwrap_or_default();
        let spare = lock(&self.shared.spare).waiting(self.now());
        chats.extend(spare);
        chats
    }

    /// How many updates there are, by what became of them.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn depth(&self) -> Result<Depth, StoreError> {
        let rows = self
            .database
            .run(|pool| {
                sqlx::query(
                    "SELECT state, count(*) FROM inbox WHERE state <> 'done' GROUP BY state",
                )
                .fetch_all(pool)
            })
            .await?;
        let mut depth = Depth {
            waiting: i64::try_from(self.in_memory()).unwrap_or(i64::MAX),
            ..Depth::default()
        };
        for row in rows {
            let count: i64 = row.try_get(1)?;
            match row.try_get::<String, _>(0)?.as_str() {
                "waiting" => depth.waiting += count,
                "poisoned" => depth.poisoned = count,
                _ => depth.unreadable = count,
            }
        }
        Ok(depth)
    }

    pub(super) fn in_memory(&self) -> usize {
        lock(&self.shared.spare).len()
    }

    /// Writes what is finished, renews the claims that are held, and moves idle updates from memory to the database.
    pub(super) async fn tend(&self) -> Result<(), StoreError> {
        self.settle().await?;
        self.renew().await?;
        let idle = lock(&self.shared.spare).take_idle();
        if let Err(error) = self.write(&idle).await {
            lock(&self.shared.spare).put(idle.into_iter());
            return Err(error);
        }
        Ok(())
    }

    /// Deletes the numbers of what was done an hour ago, and what was set aside a week ago.
    pub(super) async fn purge(&self) -> Result<(), StoreError> {
        let aside = Day::of((self.clock)()).before(ASIDE_DAYS).to_string();
        self.database
            .run(|pool| {
                sqlx::query(
                    "DELETE FROM inbox
                     WHERE (state = 'done' AND due < $1)
                        OR (state IN ('poisoned', 'unreadable') AND day < $2)",
                )
                .bind(self.now())
                .bind(aside)
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    async fn write(&self, batch: &BTreeMap<i64, Waiting>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let today = Day::of((self.clock)()).to_string();
        let mut rows = Vec::with_capacity(batch.len());
        for (&update_id, waiting) in batch {
            let chat = waiting.chat;
            let sealed = self.keys.seal(Row { update_id, chat }, &waiting.update);
            rows.push((update_id, chat, sealed.ok_or(StoreError::NoRandomness)?));
        }
        self.database
            .run(|pool| async move {
                let mut transaction = pool.begin().await?;
                for rows in rows.chunks(CHUNK) {
                    // An update that could not be read may come again under a new token: then it takes the old one's place.
                    let sql = format!(
                        "INSERT INTO inbox (update_id, chat, sealed, day) VALUES {}
                         ON CONFLICT (update_id) DO UPDATE
                         SET chat = excluded.chat, sealed = excluded.sealed, day = excluded.day,
                             state = 'waiting', tries = 0, claimed_by = 0, due = 0
                         WHERE inbox.state = 'unreadable'",
                        values(rows.len(), 4)
                    );
                    let mut insert = sqlx::query(AssertSqlSafe(sql));
                    for (update_id, chat, sealed) in rows {
                        insert = insert
                            .bind(*update_id)
                            .bind(chat.as_bytes().to_vec())
                            .bind(sealed.clone())
                            .bind(today.clone());
                    }
                    insert.execute(&mut *transaction).await?;
                }
                transaction.commit().await
            })
            .await
    }

    async fn claim_row(&self, chat: ChatKey) -> Result<Option<(i64, Vec<u8>, u32)>, StoreError> {
        let now = self.now();
        let rows = self
            .database
            .run(|pool| {
                // Two replicas that ask at once see the same first row; the second then finds it held and gets nothing.
                sqlx::query(
                    "UPDATE inbox SET claimed_by = $1, due = $2, tries = tries + 1
                     WHERE update_id = (SELECT min(update_id) FROM inbox WHERE chat = $3 AND state = 'waiting')
                       AND state = 'waiting' AND due <= $4
                     RETURNING update_id, sealed, tries",
                )
                .bind(self.replica)
                .bind(now + millis(LEASE))
                .bind(chat.as_bytes().to_vec())
                .bind(now)
                .fetch_all(pool)
            })
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let tries: i64 = row.try_get(2)?;
        let tries = u32::try_from(tries).unwrap_or(u32::MAX);
        Ok(Some((row.try_get(0)?, row.try_get(1)?, tries)))
    }

    fn claim_spare(&self, chat: ChatKey) -> Option<Claim> {
        let (update_id, waiting) = lock(&self.shared.spare).claim(chat, self.now())?;
        Some(Claim {
            update_id,
            update: waiting.update,
            tries: waiting.tries,
            hold: Hold::new(update_id, &self.shared),
        })
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let _turn = self.settling.lock().await;
        let mut finished = std::mem::take(&mut *lock(&self.finished));
        let ids: Vec<i64> = finished.keys().copied().collect();
        for ids in ids.chunks(CHUNK) {
            if let Err(error) = self.mark_done(ids).await {
                lock(&self.finished).append(&mut finished);
                return Err(error);
            }
            finished.retain(|id, _| !ids.contains(id));
        }
        Ok(())
    }

    async fn mark_done(&self, ids: &[i64]) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE inbox SET state = 'done', chat = $1, sealed = $1, claimed_by = 0, due = $2
             WHERE update_id IN ({})",
            numbered(3, ids.len())
        );
        self.database
            .run(|pool| {
                let mut update = sqlx::query(AssertSqlSafe(sql))
                    .bind(Vec::<u8>::new())
                    .bind(self.now() + millis(REMEMBER_DONE));
                for id in ids {
                    update = update.bind(*id);
                }
                update.execute(pool)
            })
            .await
            .map(|_| ())
    }

    async fn renew(&self) -> Result<(), StoreError> {
        let held: Vec<i64> = lock(&self.shared.held).iter().copied().collect();
        let due = self.now() + millis(LEASE);
        for ids in held.chunks(CHUNK) {
            let sql = format!(
                "UPDATE inbox SET due = $1 WHERE state = 'waiting' AND claimed_by = $2 AND update_id IN ({})",
                numbered(3, ids.len())
            );
            self.database
                .run(|pool| {
                    let mut update = sqlx::query(AssertSqlSafe(sql)).bind(due).bind(self.replica);
                    for id in ids {
                        update = update.bind(*id);
                    }
                    update.execute(pool)
                })
                .await?;
        }
        Ok(())
    }

    async fn waiting_rows(&self) -> Result<Vec<ChatKey>, StoreError> {
        let rows = self
            .database
            .run(|pool| {
                sqlx::query(
                    "SELECT chat FROM inbox AS first
                     WHERE state = 'waiting' AND due <= $1
                       AND NOT EXISTS (SELECT 1 FROM inbox AS earlier
                                       WHERE earlier.chat = first.chat AND earlier.state = 'waiting'
                                         AND earlier.update_id < first.update_id)
                     ORDER BY update_id LIMIT $2",
                )
                .bind(self.now())
                .bind(MAX_CHATS)
                .fetch_all(pool)
            })
            .await?;
        let chat = |row: &AnyRow| Ok(ChatKey::from_bytes(&row.try_get::<Vec<u8>, _>(0)?));
        rows.iter()
            .filter_map(|row| chat(row).transpose())
            .collect()
    }

    async fn mark_poisoned(&self, update_id: i64) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET state = 'poisoned', chat = $1, sealed = $1, claimed_by = 0
                     WHERE update_id = $2 AND state = 'waiting'",
                )
                .bind(Vec::<u8>::new())
                .bind(update_id)
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    async fn mark_unreadable(&self, update_id: i64) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET state = 'unreadable', claimed_by = 0
                     WHERE update_id = $1 AND state = 'waiting'",
                )
                .bind(update_id)
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Unix milliseconds.
    fn now(&self) -> i64 {
        let since = (self.clock)()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        millis(since)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}

/// `$3, $4, …`, `count` of them.
fn numbered(from: usize, count: usize) -> String {
    let numbers: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
    numbers.join(", ")
}
