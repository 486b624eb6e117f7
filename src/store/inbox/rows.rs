//! The inbox's statements: one method for each question asked of the table, nothing else.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row as _};

use super::{Depth, millis};
use crate::store::StoreError;
use crate::store::database::{Database, Dialect, values};
use crate::store::keys::ChatKey;

/// How long a claim holds without being renewed: what a killed replica was doing waits this long for the others.
const LEASE: Duration = Duration::from_secs(30);
/// How long the number of a handled update is remembered. Telegram repeats a delivery within seconds; an hour also
/// covers a restart between the reply and its acknowledgement.
const REMEMBER_DONE: Duration = Duration::from_secs(60 * 60);
/// Most numbers in one statement.
const CHUNK: usize = 100;
/// Most updates in one statement. More than 8 KiB go to PostgreSQL in several writes, the last of which waits 40 ms for
/// TCP's delayed acknowledgement: a hundred updates took 45 ms at once and take 2 ms in tens.
const UPDATES: usize = 10;
/// Most chats named by one look for what is waiting.
const MAX_CHATS: i64 = 1000;

/// The table `inbox`. Moments are Unix milliseconds.
pub(super) struct Rows {
    database: Database,
    /// Who we are among the replicas, a random number.
    replica: i64,
}

/// An update that may be written to the database.
#[derive(Clone)]
pub(super) struct Sealed {
    pub(super) update_id: i64,
    pub(super) chat: ChatKey,
    pub(super) sealed: Vec<u8>,
}

/// A row that we hold now.
pub(super) struct Claimed {
    pub(super) update_id: i64,
    pub(super) sealed: Vec<u8>,
    pub(super) tries: u32,
    pub(super) day: String,
}

impl Rows {
    pub(super) fn new(database: Database, replica: i64) -> Self {
        Self { database, replica }
    }

    /// Inserts updates in one transaction, skipping those that are there; one that could not be read is replaced, since
    /// it comes again under a new token.
    pub(super) async fn insert(&self, rows: &[Sealed], day: &str) -> Result<(), StoreError> {
        let dialect = self.database.dialect;
        self.database
            .run(|pool| async move {
                let mut transaction = pool.begin().await?;
                if dialect == Dialect::Postgres {
                    // As safe as the server is set up to be: Telegram forgets what we have taken.
                    sqlx::query("SET LOCAL synchronous_commit TO DEFAULT")
                        .execute(&mut *transaction)
                        .await?;
                }
                for rows in rows.chunks(UPDATES) {
                    let sql = format!(
                        "INSERT INTO inbox (update_id, chat, sealed, day) VALUES {}
                         ON CONFLICT (update_id) DO UPDATE
                         SET chat = excluded.chat, sealed = excluded.sealed, day = excluded.day,
                             state = 'waiting', tries = 0, claimed_by = 0, due = 0
                         WHERE inbox.state = 'unreadable'",
                        values(rows.len(), 4)
                    );
                    let mut insert = sqlx::query(AssertSqlSafe(sql));
                    for row in rows {
                        insert = insert
                            .bind(row.update_id)
                            .bind(row.chat.as_bytes().to_vec())
                            .bind(row.sealed.clone())
                            .bind(day.to_owned());
                    }
                    insert.execute(&mut *transaction).await?;
                }
                transaction.commit().await
            })
            .await
    }

    /// Claims the chat's first waiting update with a higher number than `after`, unless it is held or not due. One that
    /// was tried before only when `suspects` are wanted.
    pub(super) async fn claim(
        &self,
        chat: ChatKey,
        after: i64,
        now: i64,
        suspects: bool,
    ) -> Result<Option<Claimed>, StoreError> {
        let most_tries = if suspects { i64::MAX } else { 0 };
        let rows = self
            .database
            .run(|pool| {
                // Two replicas that ask at once see the same first row; the second then finds it held and gets nothing.
                sqlx::query(
                    "UPDATE inbox SET claimed_by = $1, due = $2, tries = tries + 1
                     WHERE update_id = (SELECT min(update_id) FROM inbox
                                        WHERE chat = $3 AND state = 'waiting' AND update_id > $4)
                       AND state = 'waiting' AND due <= $5 AND tries <= $6
                     RETURNING update_id, sealed, tries, day",
                )
                .bind(self.replica)
                .bind(now + millis(LEASE))
                .bind(chat.as_bytes().to_vec())
                .bind(after)
                .bind(now)
                .bind(most_tries)
                .fetch_all(pool)
            })
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let tries: i64 = row.try_get(2)?;
        Ok(Some(Claimed {
            update_id: row.try_get(0)?,
            sealed: row.try_get(1)?,
            tries: u32::try_from(tries).unwrap_or(u32::MAX),
            day: row.try_get(3)?,
        }))
    }

    /// Empties updates and keeps their numbers for an hour.
    pub(super) async fn finish(&self, ids: &[i64], now: i64) -> Result<(), StoreError> {
        for ids in ids.chunks(CHUNK) {
            let sql = format!(
                "UPDATE inbox SET state = 'done', chat = $1, sealed = $1, claimed_by = 0, due = $2
                 WHERE update_id IN ({})",
                numbered(3, ids.len())
            );
            self.database
                .run(|pool| {
                    let mut update = sqlx::query(AssertSqlSafe(sql))
                        .bind(Vec::<u8>::new())
                        .bind(now + millis(REMEMBER_DONE));
                    for id in ids {
                        update = update.bind(*id);
                    }
                    update.execute(pool)
                })
                .await?;
        }
        Ok(())
    }

    /// Gives a claim back, not to be claimed again before it is due. So many tries count.
    pub(super) async fn postpone(
        &self,
        update_id: i64,
        due: i64,
        tries: u32,
    ) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET due = $1, claimed_by = 0, tries = $4
                     WHERE update_id = $2 AND claimed_by = $3 AND state = 'waiting'",
                )
                .bind(due)
                .bind(update_id)
                .bind(self.replica)
                .bind(i64::from(tries))
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Sets how many tries of a claim of ours count.
    pub(super) async fn set_tries(&self, update_id: i64, tries: u32) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET tries = $1
                     WHERE update_id = $2 AND claimed_by = $3 AND state = 'waiting'",
                )
                .bind(i64::from(tries))
                .bind(update_id)
                .bind(self.replica)
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Renews our claims on these updates.
    pub(super) async fn renew(&self, ids: &[i64], now: i64) -> Result<(), StoreError> {
        for ids in ids.chunks(CHUNK) {
            let sql = format!(
                "UPDATE inbox SET due = $1 WHERE state = 'waiting' AND claimed_by = $2 AND update_id IN ({})",
                numbered(3, ids.len())
            );
            self.database
                .run(|pool| {
                    let mut update = sqlx::query(AssertSqlSafe(sql))
                        .bind(now + millis(LEASE))
                        .bind(self.replica);
                    for id in ids {
                        update = update.bind(*id);
                    }
                    update.execute(pool)
                })
                .await?;
        }
        Ok(())
    }

    /// Ends every claim when nobody else can hold one: SQLite has one process. With PostgreSQL a dead replica's claims
    /// run out by themselves.
    pub(super) async fn free(&self) -> Result<(), StoreError> {
        if self.database.dialect == Dialect::Postgres {
            return Ok(());
        }
        self.database
            .run(|pool| {
                sqlx::query("UPDATE inbox SET due = 0, claimed_by = 0 WHERE state = 'waiting'")
                    .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Lets what could not be read be tried again.
    pub(super) async fn retry_unreadable(&self) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "UPDATE inbox SET state = 'waiting', tries = 0, due = 0 WHERE state = 'unreadable'",
                )
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Sets an update aside for good, without its content.
    pub(super) async fn poison(&self, update_id: i64) -> Result<(), StoreError> {
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

    /// Sets an update aside that was sealed with another token, which may come back.
    pub(super) async fn set_unreadable(&self, update_id: i64) -> Result<(), StoreError> {
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

    /// Chats whose first waiting update can be claimed, longest waiting first, and how often that was tried.
    pub(super) async fn waiting(&self, now: i64) -> Result<Vec<(ChatKey, u32)>, StoreError> {
        let chats: Vec<(Vec<u8>, i64)> = self
            .database
            .run(|pool| {
                sqlx::query_as(
                    "SELECT chat, tries FROM inbox AS first
                     WHERE state = 'waiting' AND due <= $1
                       AND NOT EXISTS (SELECT 1 FROM inbox AS earlier
                                       WHERE earlier.chat = first.chat AND earlier.state = 'waiting'
                                         AND earlier.update_id < first.update_id)
                     ORDER BY update_id LIMIT $2",
                )
                .bind(now)
                .bind(MAX_CHATS)
                .fetch_all(pool)
            })
            .await?;
        Ok(chats
            .iter()
            .filter_map(|(chat, tries)| {
                let tries = u32::try_from(*tries).unwrap_or(u32::MAX);
                Some((ChatKey::from_bytes(chat)?, tries))
            })
            .collect())
    }

    pub(super) async fn depth(&self) -> Result<Depth, StoreError> {
        let states: Vec<(String, i64)> = self
            .database
            .run(|pool| {
                sqlx::query_as(
                    "SELECT state, count(*) FROM inbox WHERE state <> 'done' GROUP BY state",
                )
                .fetch_all(pool)
            })
            .await?;
        let mut depth = Depth::default();
        for (state, count) in states {
            match state.as_str() {
                "waiting" => depth.waiting = count,
                "poisoned" => depth.poisoned = count,
                _ => depth.unreadable = count,
            }
        }
        Ok(depth)
    }

    /// Deletes numbers of done updates whose time is over, and what was set aside before a day.
    pub(super) async fn purge(&self, now: i64, aside_before: &str) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query(
                    "DELETE FROM inbox
                     WHERE (state = 'done' AND due < $1)
                        OR (state IN ('poisoned', 'unreadable') AND day < $2)",
                )
                .bind(now)
                .bind(aside_before.to_owned())
                .execute(pool)
            })
            .await
            .map(|_| ())
    }
}

/// `$3, $4, …`, `count` of them.
fn numbered(from: usize, count: usize) -> String {
    let numbers: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
    numbers.join(", ")
}
