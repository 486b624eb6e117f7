//! What the bot keeps: the inbox, counts, redacted questions, and whose link a chat came by. The only module with SQL.
//!
//! SQLite by default, PostgreSQL when several replicas share the work; the queries are the same, the migrations differ.
//! No user id, chat id, name or readable message reaches the database: updates are sealed and chats are keyed hashes,
//! with keys drawn from the bot token; questions come as [`Redacted`](crate::redact::Redacted) words. One database
//! serves one bot, since update ids are only unique within one.
//!
//! An update's way through the [`Inbox`], which loses none of them:
//!
//! ```text
//! poll ─▶ store.inbox.put(batch) ─▶ acknowledge        one worker per chat of the batch:
//!                                                      while let Some(claim) = store.inbox.claim(chat) {
//! start ─▶ store.inbox.resume() ─┐                         handle(&claim.update) …
//! every TEND_EVERY ─▶ store.tend() ─▶ chats that wait      store.inbox.done(claim) or .failed(claim)
//!                                                      }
//! ```
//!
//! When the database cannot be reached the bot goes on: new updates and counts wait in memory, up to a bound, until
//! [`Store::tend`] finds it back.

mod accounts;
mod claims;
mod database;
mod day;
mod inbox;
mod keys;
mod referrals;
mod report;
mod spare;
mod tally;

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

pub use accounts::Accounts;
pub use claims::Claims;
pub use day::Day;
pub use inbox::{Claim, Depth, Failure, Inbox, Incoming, MAX_TRIES};
pub use keys::{ChatKey, webhook_secret};
pub use referrals::Referrals;
pub use report::{EntryCounts, LinkCounts, Report, Unanswered};
pub use tally::{Event, Tally};

use crate::config::{Secret, StoreConfig};
use database::Database;
use keys::Keys;

/// How often [`Store::tend`] wants to be called: well within a claim's lease, so that no claim runs out while its
/// update is being handled.
pub const TEND_EVERY: Duration = Duration::from_secs(5);

/// How often what is past its time is deleted.
const PURGE_EVERY: Duration = Duration::from_secs(60);

/// How long a therapist's code is remembered for a chat that no longer writes, in days.
const REFERRAL_DAYS: u32 = 365;

/// How long a therapist has to open the link that makes a chat theirs, in days.
const CLAIM_DAYS: u32 = 7;

/// Tells the time; another one in tests.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// How to open a store.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// How long an unanswered question is kept after it was last asked, in days.
    pub unanswered_days: u32,
    /// How long an operation may take before the store counts as down.
    pub patience: Duration,
    /// What time it is.
    pub clock: Clock,
}

impl Settings {
    /// What the configuration says, with two seconds of patience and the system's clock.
    #[must_use]
    pub fn new(config: &StoreConfig) -> Self {
        Self {
            url: config.url.expose().to_owned(),
            unanswered_days: config.unanswered_days,
            patience: Duration::from_secs(2),
            clock: Arc::new(SystemTime::now),
        }
    }
}

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is of no kind that is known. The address is not shown, since it can hold a password.
    #[error("DATABASE_URL must begin with sqlite:// or postgres://")]
    BadUrl,
    /// There is no such SQLite file, where only reading was asked for.
    #[error(
        "there is no database at {0}; the bot creates it when it first runs (DATABASE_URL says where)"
    )]
    Missing(String),
    /// The database cannot be opened, created or brought up to date.
    #[error("the database {place} cannot be opened: {why}")]
    Open {
        /// The database, without a password.
        place: String,
        /// What the database says.
        why: String,
    },
    /// The database has not the tables of this version.
    #[error(
        "the database {place} is of another version of backtalk (schema {found}, this one has {expected}); run the bot of this version on it once, or use the other program"
    )]
    Version {
        /// The database, without a password.
        place: String,
        /// The schema's number.
        found: i64,
        /// The number that this program has.
        expected: i64,
    },
    /// The database took longer than [`Settings::patience`].
    #[error("the database does not answer")]
    TimedOut,
    /// The database was down a moment ago and was not asked again.
    #[error("the database is not reachable")]
    Down,
    /// The database refused.
    #[error("the database failed: {0}")]
    Failed(#[from] sqlx::Error),
    /// Too much is waiting in memory for the database to come back.
    #[error("the database is not reachable, and no more can wait in memory")]
    Full,
    /// The operating system gives no random numbers to encrypt with.
    #[error("no random numbers to encrypt with")]
    NoRandomness,
}

/// What the bot keeps. One for the whole program, shared by reference.
pub struct Store {
    /// Updates between Telegram's delivery and our reply.
    pub inbox: Inbox,
    /// Counts and unanswered questions.
    pub tally: Tally,
    /// Which therapist's link a chat came by.
    pub referrals: Referrals,
    /// Which chats are therapists' own.
    pub claims: Claims,
    /// Whose accounts the bot answers for, and where it keeps quiet.
    pub accounts: Accounts,
    database: Database,
    clock: Clock,
    unanswered_days: u32,
    purged: Mutex<Option<SystemTime>>,
}

/// How the store is, for `/readyz` and the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Whether the database answered when it was last asked.
    pub reachable: bool,
    /// Updates that wait in memory because the database did not take them.
    pub updates_in_memory: usize,
    /// Distinct counts and questions not yet written.
    pub counts_in_memory: usize,
    /// Counts given up because too many were waiting.
    pub counts_lost: u64,
}

impl Store {
    /// Opens the store, creating the database (a SQLite file only its owner can read) and bringing its tables up to
    /// date. The keys come from the bot's token.
    ///
    /// # Errors
    /// When the address is none, or the database cannot be opened: a bot whose settings are wrong must not start.
    pub async fn open(settings: &Settings, token: &Secret) -> Result<Self, StoreError> {
        let database = Database::create(settings).await?;
        let keys = Arc::new(Keys::derive(token));
        let clock = settings.clock.clone();
        Ok(Self {
            inbox: Inbox::new(database.clone(), keys.clone(), clock.clone())?,
            tally: Tally::new(database.clone(), clock.clone()),
            referrals: Referrals::new(database.clone(), keys.clone(), clock.clone()),
            claims: Claims::new(database.clone(), keys.clone(), clock.clone()),
            accounts: Accounts::new(database.clone(), keys, clock.clone()),
            database,
            clock,
            unanswered_days: settings.unanswered_days,
            purged: Mutex::new(None),
        })
    }

    /// One round of upkeep, to be called every [`TEND_EVERY`]: keeps claims alive, writes what waited in memory,
    /// deletes what is past its time, and names chats that have updates to claim (a failed try that is due again, or
    /// what another replica left behind). What cannot be done now is left for the next round.
    pub async fn tend(&self) -> Vec<ChatKey> {
        let outcome = async {
            self.inbox.tend().await?;
            self.tally.flush().await?;
            if self.purge_is_due() {
                self.purge().await?;
            }
            Ok::<(), StoreError>(())
        };
        // The database says once in the log that it is down; there is nothing to add here.
        let _ = outcome.await;
        self.inbox.waiting().await
    }

    /// Deletes everything that recognises a chat.
    ///
    /// # Errors
    /// When the database cannot; nothing is deleted then, and the person must be told.
    pub async fn forget(&self, chat: i64) -> Result<(), StoreError> {
        self.referrals.forget(chat).await?;
        self.accounts.forget(chat).await?;
        self.claims.forget(chat).await
    }

    /// What was counted up to this moment, and today's date.
    pub async fn report(&self) -> (Report, Day) {
        // What cannot be written now is missing, and is there the next time.
        let _ = self.tally.flush().await;
        (Report::of(self.database.clone()), Day::of((self.clock)()))
    }

    /// How the store is. Asks nobody.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            reachable: self.database.is_up(),
            updates_in_memory: self.inbox.in_memory(),
            counts_in_memory: self.tally.in_memory(),
            counts_lost: self.tally.lost(),
        }
    }

    /// Writes what waits in memory and closes the database. What is still claimed is handled after the next start.
    ///
    /// # Errors
    /// When something could not be written.
    pub async fn close(&self) -> Result<(), StoreError> {
        let inbox = self.inbox.tend().await;
        let tally = self.tally.flush().await;
        self.database.close().await;
        inbox.and(tally)
    }

    fn purge_is_due(&self) -> bool {
        let now = (self.clock)();
        let mut purged = database::lock(&self.purged);
        let due = purged.is_none_or(|last| {
            now.duration_since(last)
                .is_ok_and(|since| since >= PURGE_EVERY)
        });
        if due {
            *purged = Some(now);
        }
        due
    }

    async fn purge(&self) -> Result<(), StoreError> {
        let today = Day::of((self.clock)());
        self.inbox.purge().await?;
        self.tally.purge(today.before(self.unanswered_days)).await?;
        let silent = today.before(REFERRAL_DAYS);
        self.referrals.purge(silent).await?;
        self.accounts.purge(silent).await?;
        self.claims.purge(today.before(CLAIM_DAYS), silent).await
    }
}
