//! How a therapist without a username is recognised: a link that the operator makes, good for one use, turns the chat in
//! which it is opened into theirs. Neither the link nor the chat is stored, only keyed hashes of them.

use std::sync::Arc;

use super::database::Database;
use super::keys::Keys;
use super::{Clock, Day, StoreError};

/// Random bytes of a link's secret: beyond guessing.
const SECRET_BYTES: usize = 16;

/// Links to be used once, and the chats that were claimed with them.
pub struct Claims {
    database: Database,
    keys: Arc<Keys>,
    clock: Clock,
}

impl Claims {
    pub(super) fn new(database: Database, keys: Arc<Keys>, clock: Clock) -> Self {
        Self {
            database,
            keys,
            clock,
        }
    }

    /// Makes a secret by which one chat can become that of the therapist with this code.
    ///
    /// # Errors
    /// When the database or the operating system's random numbers cannot be had.
    pub async fn make(&self, code: &str) -> Result<String, StoreError> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| StoreError::NoRandomness)?;
        let secret: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = self.keys.claim(&secret).as_bytes().to_vec();
        self.database
            .run(|pool| {
                sqlx::query("INSERT INTO claim (secret, code, day) VALUES ($1, $2, $3)")
                    .bind(key)
                    .bind(code.to_owned())
                    .bind(self.today())
                    .execute(pool)
            })
            .await?;
        Ok(secret)
    }

    /// Turns a chat into that of the therapist whom the secret is for, and uses the secret up. The therapist's code, or
    /// `None` when there is no such secret any more.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn redeem(&self, secret: &str, chat: i64) -> Result<Option<String>, StoreError> {
        let key = self.keys.claim(secret).as_bytes().to_vec();
        let found: Option<(String,)> = self
            .database
            .run(|pool| {
                sqlx::query_as("DELETE FROM claim WHERE secret = $1 RETURNING code")
                    .bind(key)
                    .fetch_optional(pool)
            })
            .await?;
        let Some((code,)) = found else {
            return Ok(None);
        };
        let chat = self.keys.therapist(chat).as_bytes().to_vec();
        self.database
            .run(|pool| {
                sqlx::query(
                    "INSERT INTO therapist (chat, code, day) VALUES ($1, $2, $3)
                     ON CONFLICT (chat) DO UPDATE SET code = excluded.code, day = excluded.day",
                )
                .bind(chat)
                .bind(code.clone())
                .bind(self.today())
                .execute(pool)
            })
            .await?;
        Ok(Some(code))
    }

    /// The code of the therapist whose chat it is, if it is one's. Asking keeps it for another year.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn code(&self, chat: i64) -> Result<Option<String>, StoreError> {
        let chat = self.keys.therapist(chat).as_bytes().to_vec();
        let found: Option<(String,)> = self
            .database
            .run(|pool| {
                sqlx::query_as("UPDATE therapist SET day = $1 WHERE chat = $2 RETURNING code")
                    .bind(self.today())
                    .bind(chat)
                    .fetch_optional(pool)
            })
            .await?;
        Ok(found.map(|(code,)| code))
    }

    pub(super) async fn forget(&self, chat: i64) -> Result<(), StoreError> {
        let chat = self.keys.therapist(chat).as_bytes().to_vec();
        self.database
            .run(|pool| {
                sqlx::query("DELETE FROM therapist WHERE chat = $1")
                    .bind(chat)
                    .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Deletes secrets made before one day and chats not of use since before another.
    pub(super) async fn purge(&self, made: Day, used: Day) -> Result<(), StoreError> {
        for (sql, before) in [
            ("DELETE FROM claim WHERE day < $1", made),
            ("DELETE FROM therapist WHERE day < $1", used),
        ] {
            self.database
                .run(|pool| sqlx::query(sql).bind(before.to_string()).execute(pool))
                .await?;
        }
        Ok(())
    }

    fn today(&self) -> String {
        Day::of((self.clock)()).to_string()
    }
}
