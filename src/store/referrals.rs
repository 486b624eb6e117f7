//! Whose link a chat came by: a therapist's code under a keyed hash of the chat, which no one can turn back.

use std::sync::Arc;

use super::database::Database;
use super::keys::Keys;
use super::{Clock, Day, StoreError};

/// Which therapist's link a chat came by.
pub struct Referrals {
    database: Database,
    keys: Arc<Keys>,
    clock: Clock,
}

impl Referrals {
    pub(super) fn new(database: Database, keys: Arc<Keys>, clock: Clock) -> Self {
        Self {
            database,
            keys,
            clock,
        }
    }

    /// Remembers that a chat came by a therapist's code; the latest one counts. Returns whether that is new.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn remember(&self, chat: i64, code: &str) -> Result<bool, StoreError> {
        if self.code(chat).await?.as_deref() == Some(code) {
            return Ok(false);
        }
        let key = self.keys.referral(chat);
        self.database
            .run(|pool| {
                sqlx::query(
                    "INSERT INTO referral (chat, code, day) VALUES ($1, $2, $3)
                     ON CONFLICT (chat) DO UPDATE SET code = excluded.code, day = excluded.day",
                )
                .bind(key.as_bytes().to_vec())
                .bind(code.to_owned())
                .bind(self.today())
                .execute(pool)
            })
            .await
            .map(|_| true)
    }

    /// The code that a chat came by, if any. Asking keeps it for another year.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn code(&self, chat: i64) -> Result<Option<String>, StoreError> {
        let key = self.keys.referral(chat).as_bytes().to_vec();
        let found: Option<(String, String)> = self
            .database
            .run(|pool| {
                sqlx::query_as("SELECT code, day FROM referral WHERE chat = $1")
                    .bind(key.clone())
                    .fetch_optional(pool)
            })
            .await?;
        let Some((code, day)) = found else {
            return Ok(None);
        };
        let today = self.today();
        if day != today {
            self.database
                .run(|pool| {
                    sqlx::query("UPDATE referral SET day = $1 WHERE chat = $2")
                        .bind(today)
                        .bind(key)
                        .execute(pool)
                })
                .await?;
        }
        Ok(Some(code))
    }

    pub(super) async fn forget(&self, chat: i64) -> Result<(), StoreError> {
        let key = self.keys.referral(chat);
        self.database
            .run(|pool| {
                sqlx::query("DELETE FROM referral WHERE chat = $1")
                    .bind(key.as_bytes().to_vec())
                    .execute(pool)
            })
            .await
            .map(|_| ())
    }

    pub(super) async fn purge(&self, before: Day) -> Result<(), StoreError> {
        self.database
            .run(|pool| {
                sqlx::query("DELETE FROM referral WHERE day < $1")
                    .bind(before.to_string())
                    .execute(pool)
            })
            .await
            .map(|_| ())
    }

    fn today(&self) -> String {
        Day::of((self.clock)()).to_string()
    }
}
