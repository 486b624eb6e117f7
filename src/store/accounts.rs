//! Therapists' own accounts in whose chats the bot answers, and the chats there in which it keeps quiet for a while.
//! Neither an account nor a chat is stored, only keyed hashes of them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::database::Database;
use super::keys::Keys;
use super::{Clock, Day, StoreError};

/// Which connected accounts want answers, and where their owners have written themselves.
pub struct Accounts {
    database: Database,
    keys: Arc<Keys>,
    clock: Clock,
}

impl Accounts {
    pub(super) fn new(database: Database, keys: Arc<Keys>, clock: Clock) -> Self {
        Self {
            database,
            keys,
            clock,
        }
    }

    /// Notes whether the bot may reply for an account, known by Telegram's name for the connection and by its owner's
    /// chat with the bot.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn note(
        &self,
        connection: &str,
        owner: i64,
        may_reply: bool,
    ) -> Result<(), StoreError> {
        let connection = self.keys.connection(connection).as_bytes().to_vec();
        let owner = self.keys.owner(owner).as_bytes().to_vec();
        self.database
            .run(|pool| {
                sqlx::query(
                    "INSERT INTO account (connection, owner, may_reply, day) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (connection) DO UPDATE
                     SET owner = excluded.owner, may_reply = excluded.may_reply, day = excluded.day",
                )
                .bind(connection)
                .bind(owner)
                .bind(i64::from(may_reply))
                .bind(Day::of((self.clock)()).to_string())
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Whether the bot may reply for an account; `None` when it is not known. Asking keeps it for another year.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn may_reply(&self, connection: &str) -> Result<Option<bool>, StoreError> {
        let connection = self.keys.connection(connection).as_bytes().to_vec();
        let found: Option<(i64,)> = self
            .database
            .run(|pool| {
                sqlx::query_as(
                    "UPDATE account SET day = $1 WHERE connection = $2 RETURNING may_reply",
                )
                .bind(Day::of((self.clock)()).to_string())
                .bind(connection)
                .fetch_optional(pool)
            })
            .await?;
        Ok(found.map(|(may_reply,)| may_reply != 0))
    }

    /// Keeps quiet in a chat of an account until a moment, or until a later one if that was said before.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn pause(
        &self,
        connection: &str,
        chat: i64,
        until: SystemTime,
    ) -> Result<(), StoreError> {
        let connection = self.keys.connection(connection).as_bytes().to_vec();
        let chat = self.keys.pause(chat).as_bytes().to_vec();
        self.database
            .run(|pool| {
                sqlx::query(
                    "INSERT INTO pause (connection, chat, until) VALUES ($1, $2, $3)
                     ON CONFLICT (connection, chat) DO UPDATE
                     SET until = CASE WHEN pause.until > excluded.until THEN pause.until ELSE excluded.until END",
                )
                .bind(connection)
                .bind(chat)
                .bind(seconds(until))
                .execute(pool)
            })
            .await
            .map(|_| ())
    }

    /// Whether the bot keeps quiet in a chat of an account now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_paused(&self, connection: &str, chat: i64) -> Result<bool, StoreError> {
        let connection = self.keys.connection(connection).as_bytes().to_vec();
        let chat = self.keys.pause(chat).as_bytes().to_vec();
        let found: Option<(i64,)> = self
            .database
            .run(|pool| {
                sqlx::query_as("SELECT until FROM pause WHERE connection = $1 AND chat = $2")
                    .bind(connection)
                    .bind(chat)
                    .fetch_optional(pool)
            })
            .await?;
        Ok(found.is_some_and(|(until,)| until > seconds((self.clock)())))
    }

    /// Forgets a person: the accounts that are theirs, and where others' accounts keep quiet with them.
    pub(super) async fn forget(&self, chat: i64) -> Result<(), StoreError> {
        let owner = self.keys.owner(chat).as_bytes().to_vec();
        let chat = self.keys.pause(chat).as_bytes().to_vec();
        for (sql, key) in [
            (
                "DELETE FROM pause WHERE connection IN (SELECT connection FROM account WHERE owner = $1)",
                owner.clone(),
            ),
            ("DELETE FROM account WHERE owner = $1", owner),
            ("DELETE FROM pause WHERE chat = $1", chat),
        ] {
            self.database
                .run(|pool| sqlx::query(sql).bind(key).execute(pool))
                .await?;
        }
        Ok(())
    }

    /// Deletes pauses that are over, and accounts not of use since before a day.
    pub(super) async fn purge(&self, used: Day) -> Result<(), StoreError> {
        let now = seconds((self.clock)());
        self.database
            .run(|pool| {
                sqlx::query("DELETE FROM pause WHERE until <= $1")
                    .bind(now)
                    .execute(pool)
            })
            .await?;
        self.database
            .run(|pool| {
                sqlx::query("DELETE FROM account WHERE day < $1")
                    .bind(used.to_string())
                    .execute(pool)
            })
            .await
            .map(|_| ())
    }
}

/// Unix seconds; moments before 1970 count as its first.
fn seconds(moment: SystemTime) -> i64 {
    let since = moment
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    i64::try_from(since).unwrap_or(i64::MAX)
}
