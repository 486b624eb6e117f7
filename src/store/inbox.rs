//! The inbox: updates between Telegram's delivery and our reply, so that no crash loses a question.
//!
//! One rule gives order and exclusion at once: *of each chat, only the first waiting update can be claimed, and only
//! while nobody holds it*. A claim is a lease that [`Store::tend`](super::Store::tend) renews; when a process dies its
//! leases run out and another takes over. An update that is done leaves its number for an hour, so that a second
//! delivery is recognised.
//!
//! What was in hand when a process died is a suspect: it may have been the cause. Suspects are begun one at a time, each
//! from before its try is counted until it is known to do no harm. So a second death can only be the fault of the one
//! that was being begun, and however often the process dies, those that only stood by are never set aside.

mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::OwnedMutexGuard;

use super::database::{Database, lock};
use super::keys::{ChatKey, Keys, Row};
use super::spare::{Spare, Waiting};
use super::{Clock, Day, StoreError};
use rows::{Rows, Sealed};

/// How often an update is tried before it is set aside. A try that ends with the process counts too.
pub const MAX_TRIES: u32 = 5;

/// How long what was set aside is kept, in days: long enough to be noticed.
const ASIDE_DAYS: u32 = 7;
/// How long an update is tried while Telegram cannot be reached, in days besides the one when it came: an answer is of
/// use as long as that, and Telegram itself keeps what it cannot bring for a day.
const YOUNG_DAYS: u32 = 1;
/// Wait before the second try; doubled for each one after that.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// An update as it comes in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Telegram's number of it.
    pub update_id: i64,
    /// The chat that it belongs to, or any number that stands for what else is kept in order.
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
    /// The day when it came.
    day: String,
    chat: ChatKey,
    hold: Hold,
    /// The turn of a suspect that is being begun.
    turn: Option<OwnedMutexGuard<()>>,
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
    rows: Rows,
    keys: Arc<Keys>,
    clock: Clock,
    shared: Arc<Shared>,
    /// Done but not yet written, still held; taken together by whoever holds `settling`.
    finished: Mutex<BTreeMap<i64, Hold>>,
    settling: tokio::sync::Mutex<()>,
    /// Chats whose first update has been tried before.
    suspects: Mutex<BTreeSet<ChatKey>>,
    turn: Arc<tokio::sync::Mutex<()>>,
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
        lock(&self.shared.spare).release(self.update_id);
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
            rows: Rows::new(database, i64::from_be_bytes(replica)),
            keys,
            clock,
            shared: Arc::default(),
            finished: Mutex::default(),
            settling: tokio::sync::Mutex::default(),
            suspects: Mutex::default(),
            turn: Arc::default(),
        })
    }

    /// By which a chat is known here.
    #[must_use]
    pub fn key(&self, chat: i64) -> ChatKey {
        self.keys.order(chat)
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
        self.claim_from(chat, i64::MIN).await
    }

    /// Claims the update that follows one in hand, so that both can be handled as one.
    ///
    /// # Errors
    /// As [`Inbox::claim`].
    pub async fn claim_after(&self, held: &Claim) -> Result<Option<Claim>, StoreError> {
        self.claim_from(held.chat, held.update_id).await
    }

    /// Notes that an update was not the death of the process, so that its try is no suspicion should the process be ended
    /// before the reply was accepted. The next suspect may begin. Costs a write only when there is an earlier suspicion.
    pub async fn survived(&self, claim: &mut Claim) {
        if claim.tries > 1 {
            // If it cannot be written, the suspicion stays: four more are needed.
            let _ = self.rows.set_tries(claim.update_id, claim.tries - 1).await;
        }
        claim.turn = None;
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
            tracing::error!(
                tries = MAX_TRIES,
                "an update failed every time and was set aside"
            );
            return self.set_aside(claim).await;
        }
        let pause = FIRST_PAUSE * 2u32.pow(claim.tries.saturating_sub(1));
        self.again(claim, pause, true).await
    }

    /// Gives an update back that could not be answered for no fault of its own, since Telegram was out of reach or asked
    /// to wait. The try does not count; it is tried again after the pause, for as long as it is young.
    ///
    /// # Errors
    /// As [`Inbox::failed`].
    pub async fn postpone(&self, claim: Claim, pause: Duration) -> Result<Failure, StoreError> {
        if claim.day < self.today().before(YOUNG_DAYS).to_string() {
            tracing::error!("an update could not be answered for a day and was set aside");
            return self.set_aside(claim).await;
        }
        self.again(claim, pause.max(FIRST_PAUSE), false).await
    }

    async fn again(
        &self,
        claim: Claim,
        pause: Duration,
        counts: bool,
    ) -> Result<Failure, StoreError> {
        let due = self.now() + millis(pause);
        if !lock(&self.shared.spare).put_back(claim.update_id, due, counts) {
            let tries = claim.tries - u32::from(!counts);
            if tries > 0 {
                lock(&self.suspects).insert(claim.chat);
            }
            self.rows.postpone(claim.update_id, due, tries).await?;
        }
        Ok(Failure::Again(pause))
    }

    async fn set_aside(&self, claim: Claim) -> Result<Failure, StoreError> {
        if !lock(&self.shared.spare).remove(claim.update_id) {
            self.rows.poison(claim.update_id).await?;
        }
        Ok(Failure::SetAside)
    }

    /// Takes up what an earlier run left, at start and before anything is polled: frees its claims, gives what could not
    /// be read another chance, and names the chats that wait.
    ///
    /// With PostgreSQL claims are left alone, since other replicas may hold them; a dead one's run out by themselves.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn resume(&self) -> Result<Vec<ChatKey>, StoreError> {
        self.rows.retry_unreadable().await?;
        self.rows.free().await?;
        let waiting = self.rows.waiting(self.now()).await?;
        Ok(self.note_suspects(waiting))
    }

    /// Chats with an update that can be claimed now, longest waiting first; only those in memory when the database is
    /// down.
    pub async fn waiting(&self) -> Vec<ChatKey> {
        let waiting = self.rows.waiting(self.now()).await.unwrap_or_default();
        let mut chats = self.note_suspects(waiting);
        let spare = lock(&self.shared.spare).waiting(self.now());
        chats.extend(spare);
        chats
    }

    /// How many updates there are, by what became of them.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn depth(&self) -> Result<Depth, StoreError> {
        let mut depth = self.rows.depth().await?;
        depth.waiting += i64::try_from(self.in_memory()).unwrap_or(i64::MAX);
        Ok(depth)
    }

    pub(super) fn in_memory(&self) -> usize {
        lock(&self.shared.spare).len()
    }

    /// Writes what is finished, renews the claims that are held, and moves idle updates from memory to the database.
    pub(super) async fn tend(&self) -> Result<(), StoreError> {
        self.settle().await?;
        let held: Vec<i64> = lock(&self.shared.held).iter().copied().collect();
        self.rows.renew(&held, self.now()).await?;
        let idle = lock(&self.shared.spare).take_idle();
        if let Err(error) = self.write(&idle).await {
            lock(&self.shared.spare).put(idle.into_iter());
            return Err(error);
        }
        Ok(())
    }

    /// Deletes the numbers of what was done an hour ago, and what was set aside a week ago.
    pub(super) async fn purge(&self) -> Result<(), StoreError> {
        let aside = self.today().before(ASIDE_DAYS).to_string();
        self.rows.purge(self.now(), &aside).await
    }

    /// Notes which of these chats begin with a suspect, by how often it was tried.
    fn note_suspects(&self, waiting: Vec<(ChatKey, u32)>) -> Vec<ChatKey> {
        let mut suspects = lock(&self.suspects);
        let note = |(chat, tries)| {
            if tries > 0 {
                suspects.insert(chat);
            }
            chat
        };
        waiting.into_iter().map(note).collect()
    }

    async fn claim_from(&self, chat: ChatKey, after: i64) -> Result<Option<Claim>, StoreError> {
        let is_suspect = lock(&self.suspects).contains(&chat);
        let mut turn = match is_suspect {
            true => Some(self.turn.clone().lock_owned().await),
            false => None,
        };
        loop {
            let row = match self
                .rows
                .claim(chat, after, self.now(), turn.is_some())
                .await
            {
                Ok(Some(row)) => row,
                Ok(None) => {
                    lock(&self.suspects).remove(&chat);
                    return Ok(self.claim_spare(chat, after));
                }
                Err(error) => return self.claim_spare(chat, after).map(Some).ok_or(error),
            };
            let update_id = row.update_id;
            if row.tries > MAX_TRIES {
                self.rows.poison(update_id).await?;
                tracing::error!(
                    tries = MAX_TRIES,
                    "an update ended the program every time and was set aside"
                );
                continue;
            }
            let Some(update) = self.keys.open(Row { update_id, chat }, &row.sealed) else {
                self.rows.set_unreadable(update_id).await?;
                tracing::error!("an update was sealed with another token and was set aside");
                continue;
            };
            return Ok(Some(Claim {
                update_id,
                update,
                tries: row.tries,
                day: row.day,
                chat,
                hold: Hold::new(update_id, &self.shared),
                // What follows a suspect in its chat may be tried for the first time.
                turn: turn.take().filter(|_| row.tries > 1),
            }));
        }
    }

    fn claim_spare(&self, chat: ChatKey, after: i64) -> Option<Claim> {
        let (update_id, waiting) = lock(&self.shared.spare).claim(chat, after, self.now())?;
        Some(Claim {
            update_id,
            update: waiting.update,
            tries: waiting.tries,
            day: self.today().to_string(),
            chat,
            hold: Hold::new(update_id, &self.shared),
            turn: None,
        })
    }

    async fn write(&self, batch: &BTreeMap<i64, Waiting>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let seal = |(&update_id, waiting): (&i64, &Waiting)| {
            let chat = waiting.chat;
            let sealed = self.keys.seal(Row { update_id, chat }, &waiting.update);
            Ok(Sealed {
                update_id,
                chat,
                sealed: sealed.ok_or(StoreError::NoRandomness)?,
            })
        };
        let rows: Vec<Sealed> = batch.iter().map(seal).collect::<Result<_, StoreError>>()?;
        self.rows.insert(&rows, &self.today().to_string()).await
    }

    /// Writes what is finished. Whoever comes while another is writing waits, and often finds it done.
    async fn settle(&self) -> Result<(), StoreError> {
        let _turn = self.settling.lock().await;
        let mut finished = std::mem::take(&mut *lock(&self.finished));
        if finished.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = finished.keys().copied().collect();
        let written = self.rows.finish(&ids, self.now()).await;
        if written.is_err() {
            lock(&self.finished).append(&mut finished);
        }
        written
    }

    fn today(&self) -> Day {
        Day::of((self.clock)())
    }

    /// Unix milliseconds.
    fn now(&self) -> i64 {
        let since = (self.clock)()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        millis(since)
    }
}

/// A duration in milliseconds, as the database has them.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}
