//! What the store holds, for people to read: `backtalk unanswered`, `backtalk stats` and `/stats`. Needs no token, since
//! nothing that it reads is sealed, and never changes the database.

use sqlx::Row as _;

use super::database::Database;
use super::{Day, Settings, StoreError};

/// Reads counts and unanswered questions.
pub struct Report {
    database: Database,
}

/// A question that was not answered, in redacted words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The words.
    pub words: String,
    /// How often they were asked.
    pub count: i64,
    /// The day they were first asked, `YYYY-MM-DD`.
    pub first_day: String,
    /// The day they were last asked, `YYYY-MM-DD`.
    pub last_day: String,
}

/// How often an entry was shown and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryCounts {
    /// The entry's id; it may be gone from the FAQ by now.
    pub entry: String,
    /// Times shown.
    pub shown: i64,
    /// Times found helpful.
    pub helpful: i64,
    /// Times found not helpful.
    pub not_helpful: i64,
}

/// What came of a therapist's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkCounts {
    /// The therapist's code; they may have left the list by now.
    pub code: String,
    /// Chats that came by it.
    pub chats: i64,
    /// Questions that were asked in such chats.
    pub questions: i64,
}

impl Report {
    /// Reads what a store that is open already has written.
    pub(super) fn of(database: Database) -> Self {
        Self { database }
    }

    /// Opens a store that is there already.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or it is of another version.
    pub async fn open(settings: &Settings) -> Result<Self, StoreError> {
        Ok(Self {
            database: Database::existing(settings).await?,
        })
    }

    /// Every unanswered question, most asked first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unanswered(&self) -> Result<Vec<Unanswered>, StoreError> {
        let rows = self
            .database
            .run(|pool| {
                sqlx::query(
                    "SELECT words, count, first_day, last_day FROM unanswered ORDER BY count DESC, words",
                )
                .fetch_all(pool)
            })
            .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(Unanswered {
                words: row.try_get(0)?,
                count: row.try_get(1)?,
                first_day: row.try_get(2)?,
                last_day: row.try_get(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What was counted for each entry since a day, most shown first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn entries(&self, since: Day) -> Result<Vec<EntryCounts>, StoreError> {
        let rows = self
            .database
            .run(|pool| {
                // PostgreSQL's sum of BIGINT is NUMERIC, hence the casts.
                sqlx::query(
                    "SELECT entry, CAST(sum(shown) AS BIGINT) AS shown, CAST(sum(helpful) AS BIGINT),
                            CAST(sum(not_helpful) AS BIGINT)
                     FROM entry_day WHERE day >= $1 GROUP BY entry ORDER BY 2 DESC, entry",
                )
                .bind(since.to_string())
                .fetch_all(pool)
            })
            .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(EntryCounts {
                entry: row.try_get(0)?,
                shown: row.try_get(1)?,
                helpful: row.try_get(2)?,
                not_helpful: row.try_get(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// How often each decision was taken since a day, most frequent first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decisions(&self, since: Day) -> Result<Vec<(String, i64)>, StoreError> {
        self.database
            .run(|pool| {
                sqlx::query_as(
                    "SELECT decision, CAST(sum(count) AS BIGINT) FROM decision_day
                     WHERE day >= $1 GROUP BY decision ORDER BY 2 DESC, decision",
                )
                .bind(since.to_string())
                .fetch_all(pool)
            })
            .await
    }

    /// How many questions were asked on each day since one, in order; days without any are left out. Small talk is no
    /// question, nor is a crash.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn questions(&self, since: Day) -> Result<Vec<(String, i64)>, StoreError> {
        self.database
            .run(|pool| {
                sqlx::query_as(
                    "SELECT day, CAST(sum(count) AS BIGINT) FROM decision_day
                     WHERE day >= $1 AND decision IN ('answer', 'suggest', 'abstain', 'red-flag')
                     GROUP BY day ORDER BY day",
                )
                .bind(since.to_string())
                .fetch_all(pool)
            })
            .await
    }

    /// What came of each therapist's link since a day, most asked first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn links(&self, since: Day) -> Result<Vec<LinkCounts>, StoreError> {
        let rows = self
            .database
            .run(|pool| {
                sqlx::query(
                    "SELECT code, CAST(sum(chats) AS BIGINT), CAST(sum(questions) AS BIGINT) FROM link_day
                     WHERE day >= $1 GROUP BY code ORDER BY 3 DESC, 2 DESC, code",
                )
                .bind(since.to_string())
                .fetch_all(pool)
            })
            .await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(LinkCounts {
                code: row.try_get(0)?,
                chats: row.try_get(1)?,
                questions: row.try_get(2)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// How many chats came by each therapist's code, most first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn referrals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.database
            .run(|pool| {
                sqlx::query_as(
                    "SELECT code, count(*) FROM referral GROUP BY code ORDER BY 2 DESC, code",
                )
                .fetch_all(pool)
            })
            .await
    }
}
