//! From the stream of updates to handlers: each lane (a chat, or a person outside any) in order, lanes side by side.
//!
//! An update is kept in the [`Inbox`] before Telegram is told to forget it. A worker for each lane then pulls: it claims
//! the lane's next update, has it handled, and settles it once the reply was accepted. What nobody settled is claimed
//! again later, by this process or the next.
//!
//! A slow, flooding or failing lane delays no other, and taking updates in never waits for a handler. A handler that
//! panics or hangs is cut off, counted and apologised for. Knows nothing of what is said, nor of how it is kept.

use std::collections::HashMap;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, timeout};

use super::incoming::{Lane, Update};
use super::metrics::{Metrics, Trouble};

/// Most updates handled at once; bounds memory and open connections in a flood.
const MAX_AT_ONCE: usize = 256;

/// Most updates of one lane that wait. No person types as fast; a script that does is cut off here.
const MAX_WAITING: usize = 1000;

/// How long one update may take: longer than the sender's patience, so that only a hanging handler is cut off.
const HANDLER_LIMIT: Duration = Duration::from_secs(180);

/// An update on its way into the inbox.
#[derive(Debug)]
pub struct Parcel {
    /// Telegram's number of it.
    pub id: i64,
    /// Whose turn it is.
    pub lane: Lane,
    /// What kind of update it is, in Telegram's words.
    pub kind: &'static str,
    /// The update as JSON.
    pub update: Vec<u8>,
}

/// The inbox has no room; the batch must stay with Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What keeps updates from the moment they are taken in until they are settled.
pub trait Inbox: Send + Sync + 'static {
    /// By which the inbox knows a lane.
    type Key: Debug + Copy + Eq + Hash + Send + Sync;
    /// The right to handle one update.
    type Claim: Debug + Send + Sync;

    /// By which a lane is known.
    fn key(&self, lane: Lane) -> Self::Key;
    /// Keeps a batch. When this succeeds, Telegram may be told to forget it.
    fn put(&self, batch: &[Parcel]) -> impl Future<Output = Result<(), Full>> + Send;
    /// Claims the lane's next update, or the one that follows an update in hand. `None` when nothing can be claimed now.
    fn claim(
        &self,
        key: Self::Key,
        after: Option<&Self::Claim>,
    ) -> impl Future<Output = Option<Self::Claim>> + Send;
    /// The claimed update as JSON.
    fn update(claim: &Self::Claim) -> &[u8];
    /// Notes that an update was not the death of the process: what comes from here on is waiting for others.
    fn survived(&self, claim: &mut Self::Claim) -> impl Future<Output = ()> + Send;
    /// Lets go of an update: handled, or not worth another try.
    fn done(&self, claim: Self::Claim) -> impl Future<Output = ()> + Send;
    /// Gives an update back that could not be answered now. Returns after what time it can be claimed again, if ever.
    fn failed(
        &self,
        claim: Self::Claim,
        setback: Setback,
    ) -> impl Future<Output = Option<Duration>> + Send;
}

/// What is done with updates.
pub trait Handler: Send + Sync + 'static {
    /// What waits for the lane's next update.
    type Held: Send;
    /// How long it waits.
    const WAIT: Duration;

    /// Handles an update, with what waited for it. What is returned waits for the next.
    fn handle(
        &self,
        update: Update,
        held: Option<Self::Held>,
    ) -> impl Future<Output = Handled<Self::Held>> + Send;
    /// Ends the wait.
    fn release(&self, held: Self::Held) -> impl Future<Output = Handled<Self::Held>> + Send;
    /// Says sorry in a lane whose handler panicked or hung.
    fn apologise(&self, lane: Lane) -> impl Future<Output = ()> + Send;
}

/// How handling ended.
#[derive(Debug)]
pub enum Handled<H> {
    /// Answered, or nothing to answer.
    Done,
    /// To be read with the next update.
    Held(H),
    /// Not answered; worth another try later.
    Later(Setback),
}

/// Why an update could not be answered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setback {
    /// Telegram or the way there failed: tried again after this pause at the earliest, for as long as it is young.
    Outage(Duration),
    /// Others are answered, it is not: tried a few times, then set aside.
    Own,
}

/// Brings updates to a handler.
#[derive(Debug)]
pub struct Delivery<H, I: Inbox> {
    shared: Arc<Shared<H, I>>,
}

#[derive(Debug)]
struct Shared<H, I: Inbox> {
    handler: H,
    inbox: I,
    metrics: Arc<Metrics>,
    /// The lanes with a worker on them.
    busy: Mutex<HashMap<I::Key, Busy>>,
    permits: Semaphore,
    idle: Notify,
    stage: watch::Sender<Stage>,
}

/// A lane with a worker on it.
#[derive(Debug, Default)]
struct Busy {
    /// How many updates were kept and not claimed yet, as far as this process knows.
    waiting: usize,
    /// Whether something was kept since the worker last looked.
    woken: bool,
    arrived: Arc<Notify>,
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Not begun.
    Running,
    /// Nothing waits for further updates; what is kept is still handled.
    Draining,
    /// Nothing more is claimed.
    Closing,
}

impl<H: Handler, I: Inbox> Delivery<H, I> {
    /// Delivers to this handler what this inbox keeps.
    #[must_use]
    pub fn new(handler: H, inbox: I, metrics: Arc<Metrics>) -> Self {
        Self {
            shared: Arc::new(Shared {
                handler,
                inbox,
                metrics,
                busy: Mutex::default(),
                permits: Semaphore::new(MAX_AT_ONCE),
                idle: Notify::new(),
                stage: watch::Sender::new(Stage::Running),
            }),
        }
    }

    /// Takes a batch in. Returns as soon as it is kept; handling goes on by itself.
    ///
    /// # Errors
    /// When it cannot be kept; Telegram must not be told to forget it then.
    pub async fn take(&self, batch: &[Value]) -> Result<(), Full> {
        let parcels = self.shared.within_bounds(batch.iter().filter_map(parcel));
        let metrics = &self.shared.metrics;
        if let Err(full) = self.shared.inbox.put(&parcels).await {
            metrics.trouble(Trouble::NotKept);
            return Err(full);
        }
        for parcel in &parcels {
            metrics.update(parcel.kind);
            self.start(self.shared.inbox.key(parcel.lane), 1);
        }
        Ok(())
    }

    /// Sees to lanes that have something to claim: what an earlier run left behind, or what is due again.
    pub fn wake(&self, keys: impl IntoIterator<Item = I::Key>) {
        for key in keys {
            self.start(key, 0);
        }
    }

    fn start(&self, key: I::Key, arrived: usize) {
        let mut busy = self.shared.busy();
        if let Some(lane) = busy.get_mut(&key) {
            lane.waiting += arrived;
            lane.woken = true;
            lane.arrived.notify_one();
            return;
        }
        let lane = Busy {
            waiting: arrived,
            ..Busy::default()
        };
        tokio::spawn(work(self.shared.clone(), key, lane.arrived.clone()));
        busy.insert(key, lane);
    }

    /// Ends every wait and gives what is kept this long to be answered; then claims nothing more, and gives what is in
    /// hand as long again. Returns whether everything was answered; what was not is still in the inbox.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.shared.stage.send_replace(Stage::Draining);
        if timeout(limit, self.shared.idle()).await.is_ok() {
            return true;
        }
        self.shared.stage.send_replace(Stage::Closing);
        let _ = timeout(limit, self.shared.idle()).await;
        false
    }
}

impl<H, I: Inbox> Shared<H, I> {
    fn busy(&self) -> MutexGuard<'_, HashMap<I::Key, Busy>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves out what is too much for one lane.
    fn within_bounds(&self, parcels: impl Iterator<Item = Parcel>) -> Vec<Parcel> {
        let mut waiting: HashMap<I::Key, usize> = HashMap::new();
        let busy = self.busy();
        let fits = |parcel: &Parcel| {
            let key = self.inbox.key(parcel.lane);
            let known = || busy.get(&key).map_or(0, |lane| lane.waiting);
            let count = waiting.entry(key).or_insert_with(known);
            *count += 1;
            *count <= MAX_WAITING
        };
        let (kept, dropped): (Vec<_>, Vec<_>) = parcels.partition(fits);
        if !dropped.is_empty() {
            let count = dropped.len();
            tracing::warn!(count, "a flood in one chat: updates were dropped");
            for _ in dropped {
                self.metrics.trouble(Trouble::Dropped);
            }
        }
        kept
    }

    /// Waits until no lane is busy.
    async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.busy().is_empty() {
                return;
            }
            idle.await;
        }
    }

    /// Claims what is next in a lane.
    async fn claim(&self, key: I::Key, after: Option<&I::Claim>) -> Option<I::Claim> {
        if let Some(lane) = self.busy().get_mut(&key) {
            lane.woken = false;
        }
        if *self.stage.borrow() == Stage::Closing {
            return None;
        }
        let claim = self.inbox.claim(key, after).await?;
        if let Some(lane) = self.busy().get_mut(&key) {
            lane.waiting = lane.waiting.saturating_sub(1);
        }
        Some(claim)
    }

    /// Ends the work on a lane, unless something has come in the meantime.
    fn leave(&self, key: I::Key) -> bool {
        let mut busy = self.busy();
        let closing = *self.stage.borrow() == Stage::Closing;
        if !closing && busy.get(&key).is_some_and(|lane| lane.woken) {
            return false;
        }
        busy.remove(&key);
        if busy.is_empty() {
            self.idle.notify_waiters();
        }
        true
    }

    /// Waits, until the end begins at the longest.
    async fn pause(&self, until: Instant) {
        let mut stage = self.stage.subscribe();
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            _ = stage.wait_for(|stage| *stage > Stage::Running) => {}
        }
    }
}

impl<H: Handler, I: Inbox> Shared<H, I> {
    /// Runs a handler within the limits. A crash counts as handled: the same update would only crash again.
    async fn run(
        &self,
        lane: Lane,
        handling: impl Future<Output = Handled<H::Held>>,
    ) -> Handled<H::Held> {
        match timeout(HANDLER_LIMIT, AssertUnwindSafe(handling).catch_unwind()).await {
            Ok(Ok(handled)) => return handled,
            Ok(Err(_)) => {
                self.metrics.panic();
                tracing::error!("a handler panicked");
            }
            Err(_) => {
                self.metrics.trouble(Trouble::TimedOut);
                tracing::error!("a handler took too long");
            }
        }
        let sorry = AssertUnwindSafe(self.handler.apologise(lane)).catch_unwind();
        let _ = timeout(HANDLER_LIMIT, sorry).await;
        Handled::Done
    }
}

/// Handles a lane's updates until there are no more.
async fn work<H: Handler, I: Inbox>(shared: Arc<Shared<H, I>>, key: I::Key, arrived: Arc<Notify>) {
    let mut worker = Worker {
        shared,
        key,
        arrived,
        waiting: None,
        open: Vec::new(),
    };
    loop {
        let outcome = if let Some(outcome) = worker.handle_next().await {
            outcome
        } else if let Some(waiting) = worker.waiting.take() {
            match worker.wait(waiting).await {
                Some(outcome) => outcome,
                None => continue,
            }
        } else if worker.shared.leave(key) {
            return;
        } else {
            continue;
        };
        worker.conclude(outcome).await;
    }
}

/// The work on one lane.
struct Worker<H: Handler, I: Inbox> {
    shared: Arc<Shared<H, I>>,
    key: I::Key,
    arrived: Arc<Notify>,
    waiting: Option<Waiting<H::Held>>,
    /// Updates in hand: what is held back is settled with its last piece.
    open: Vec<I::Claim>,
}

/// What waits in a lane for its next update.
struct Waiting<T> {
    held: T,
    lane: Lane,
    until: Instant,
}

type Outcome<H> = (Lane, Handled<<H as Handler>::Held>);

impl<H: Handler, I: Inbox> Worker<H, I> {
    /// Handles the next update, if one can be claimed.
    async fn handle_next(&mut self) -> Option<Outcome<H>> {
        let shared = self.shared.clone();
        // Before claiming, so that no more is in memory than can be handled.
        let _permit = shared.permits.acquire().await;
        loop {
            let claim = shared.claim(self.key, self.open.last()).await?;
            let Some(update) = read(I::update(&claim)) else {
                shared.inbox.done(claim).await;
                continue;
            };
            self.open.push(claim);
            let (lane, held) = (update.lane(), self.waiting.take().map(|w| w.held));
            let handling = shared.run(lane, shared.handler.handle(update, held));
            let mut handling = std::pin::pin!(handling);
            // Up to its first pause it is all our own doing: reading, deciding, composing. If it kills the process, then
            // here; after that only somebody else can, and the update is not to blame.
            let begun = poll_fn(|context| Poll::Ready(handling.as_mut().poll(context))).await;
            if let Some(claim) = self.open.last_mut() {
                shared.inbox.survived(claim).await;
            }
            let handled = match begun {
                Poll::Ready(handled) => handled,
                Poll::Pending => handling.await,
            };
            return Some((lane, handled));
        }
    }

    /// Waits for the lane's next update; `None` when there is one. Handles what waited when there is none.
    async fn wait(&mut self, waiting: Waiting<H::Held>) -> Option<Outcome<H>> {
        tokio::select! {
            () = self.arrived.notified() => {
                self.waiting = Some(waiting);
                return None;
            }
            () = self.shared.pause(waiting.until) => {}
        }
        let _permit = self.shared.permits.acquire().await;
        let handler = &self.shared.handler;
        let handled = self
            .shared
            .run(waiting.lane, handler.release(waiting.held))
            .await;
        Some((waiting.lane, handled))
    }

    async fn conclude(&mut self, (lane, handled): Outcome<H>) {
        let inbox = &self.shared.inbox;
        match handled {
            Handled::Held(held) => {
                let until = Instant::now() + H::WAIT;
                self.waiting = Some(Waiting { held, lane, until });
            }
            Handled::Done => {
                for claim in self.open.drain(..) {
                    inbox.done(claim).await;
                }
            }
            Handled::Later(setback) => {
                let mut pause = Duration::ZERO;
                for claim in self.open.drain(..) {
                    pause = pause.max(inbox.failed(claim, setback).await.unwrap_or_default());
                }
                // The lane's later updates wait with it.
                self.shared.pause(Instant::now() + pause).await;
            }
        }
    }
}

/// An update, ready to be kept.
fn parcel(value: &Value) -> Option<Parcel> {
    let Some(update) = Update::read(value) else {
        tracing::warn!("an update without a number");
        return None;
    };
    Some(Parcel {
        id: update.id,
        lane: update.lane(),
        kind: update.kind.name(),
        update: value.to_string().into_bytes(),
    })
}

/// An update as it was kept.
fn read(update: &[u8]) -> Option<Update> {
    let update = serde_json::from_slice::<Value>(update)
        .ok()
        .and_then(|value| Update::read(&value));
    if update.is_none() {
        tracing::error!("an update cannot be read back");
    }
    update
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::time::sleep;

    /// Notes what happens: "1:a" is lane 1 handling "a". Texts order it about.
    #[derive(Debug, Default)]
    struct Script {
        log: Arc<Mutex<Vec<String>>>,
        failed: Mutex<BTreeSet<i64>>,
    }

    impl Script {
        /// Whether this is the first failure of a chat.
        fn fails_first(&self, chat: i64) -> bool {
            self.failed.lock().expect("not poisoned").insert(chat)
        }

        fn note(&self, what: String) {
            self.log.lock().expect("not poisoned").push(what);
        }
    }

    impl Handler for Script {
        type Held = (i64, String);
        const WAIT: Duration = Duration::from_secs(2);

        async fn handle(&self, update: Update, held: Option<Self::Held>) -> Handled<Self::Held> {
            let super::super::incoming::Kind::Message(message) = update.kind else {
                return Handled::Done;
            };
            let (chat, text) = (message.chat.id, message.text.unwrap_or_default());
            let text = held.map_or_else(|| text.clone(), |(_, before)| format!("{before}+{text}"));
            match text.as_str() {
                "slow" => sleep(Duration::from_secs(10)).await,
                "hang" => sleep(Duration::from_secs(100_000)).await,
                "panic" => panic!("on purpose"),
                "hold" => return Handled::Held((chat, text)),
                "flood" if self.fails_first(chat) => {
                    return Handled::Later(Setback::Outage(Duration::from_secs(600)));
                }
                "later" if self.fails_first(chat) => {
                    self.note(format!("{chat}:{text}"));
                    return Handled::Later(Setback::Own);
                }
                _ => {}
            }
            self.note(format!("{chat}:{text}"));
            Handled::Done
        }

        async fn release(&self, (chat, text): Self::Held) -> Handled<Self::Held> {
            self.note(format!("{chat}:released {text}"));
            Handled::Done
        }

        async fn apologise(&self, lane: Lane) {
            self.note(format!("sorry {lane:?}"));
        }
    }

    /// Keeps in memory what the real one keeps on disk.
    #[derive(Debug, Default)]
    struct Shelf {
        waiting: Mutex<BTreeMap<i64, (Lane, Vec<u8>)>>,
        claimed: Mutex<HashMap<Lane, BTreeSet<i64>>>,
        settled: Arc<Mutex<Vec<i64>>>,
        returned: Arc<Mutex<Vec<i64>>>,
        survived: Mutex<Vec<i64>>,
        full: AtomicBool,
    }

    #[derive(Debug)]
    struct Slip(i64, Lane, Vec<u8>);

    impl Inbox for Arc<Shelf> {
        type Key = Lane;
        type Claim = Slip;

        fn key(&self, lane: Lane) -> Lane {
            lane
        }

        async fn put(&self, batch: &[Parcel]) -> Result<(), Full> {
            if self.full.load(Ordering::Relaxed) {
                return Err(Full);
            }
            let kept = batch.iter().map(|p| (p.id, (p.lane, p.update.clone())));
            self.waiting.lock().expect("not poisoned").extend(kept);
            Ok(())
        }

        async fn claim(&self, key: Lane, after: Option<&Slip>) -> Option<Slip> {
            let mut claimed = self.claimed.lock().expect("not poisoned");
            let in_hand = claimed.entry(key).or_default();
            assert_eq!(
                in_hand.last().copied(),
                after.map(|slip| slip.0),
                "a lane has one worker"
            );
            let waiting = self.waiting.lock().expect("not poisoned");
            let (&id, (_, update)) = waiting
                .iter()
                .find(|(id, (lane, _))| *lane == key && !in_hand.contains(id))?;
            in_hand.insert(id);
            Some(Slip(id, key, update.clone()))
        }

        fn update(claim: &Slip) -> &[u8] {
            &claim.2
        }

        async fn survived(&self, claim: &mut Slip) {
            self.survived.lock().expect("not poisoned").push(claim.0);
        }

        async fn done(&self, Slip(id, lane, _): Slip) {
            self.waiting.lock().expect("not poisoned").remove(&id);
            self.claimed
                .lock()
                .expect("not poisoned")
                .entry(lane)
                .or_default()
                .remove(&id);
            self.settled.lock().expect("not poisoned").push(id);
        }

        async fn failed(&self, Slip(id, lane, _): Slip, setback: Setback) -> Option<Duration> {
            self.claimed
                .lock()
                .expect("not poisoned")
                .entry(lane)
                .or_default()
                .remove(&id);
            self.returned.lock().expect("not poisoned").push(id);
            Some(match setback {
                Setback::Own => Duration::from_secs(5),
                Setback::Outage(pause) => pause,
            })
        }
    }

    fn update(id: i64, chat: i64, text: &str) -> Value {
        json!({"update_id": id, "message": {"message_id": id, "chat": {"id": chat, "type": "private"}, "text": text}})
    }

    #[derive(Debug)]
    struct Rig {
        delivery: Delivery<Script, Arc<Shelf>>,
        log: Arc<Mutex<Vec<String>>>,
        shelf: Arc<Shelf>,
    }

    impl Rig {
        fn new() -> Self {
            Self::on(Arc::default())
        }

        /// A process that starts with what another left.
        fn on(shelf: Arc<Shelf>) -> Self {
            shelf.claimed.lock().expect("not poisoned").clear();
            let script = Script::default();
            Self {
                log: script.log.clone(),
                delivery: Delivery::new(script, shelf.clone(), Arc::default()),
                shelf,
            }
        }

        async fn take(&self, texts: &[(i64, &str)]) {
            let updates: Vec<Value> = texts
                .iter()
                .zip(1..)
                .map(|((chat, text), id)| update(id, *chat, text))
                .collect();
            self.delivery.take(&updates).await.expect("there is room");
        }

        fn log(&self) -> Vec<String> {
            self.log.lock().expect("not poisoned").clone()
        }

        fn settled(&self) -> Vec<i64> {
            self.shelf.settled.lock().expect("not poisoned").clone()
        }

        fn kept(&self) -> usize {
            self.shelf.waiting.lock().expect("not poisoned").len()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_keeps_its_order_and_delays_no_other() {
        let rig = Rig::new();
        rig.take(&[(1, "slow"), (1, "b"), (2, "c"), (2, "d")]).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(rig.log(), ["2:c", "2:d"]);
        sleep(Duration::from_secs(10)).await;
        assert_eq!(rig.log()[2..], ["1:slow", "1:b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_is_settled_only_after_its_reply() {
        let rig = Rig::new();
        rig.take(&[(1, "slow")]).await;
        sleep(Duration::from_secs(9)).await;
        assert_eq!((rig.settled().len(), rig.kept()), (0, 1));
        sleep(Duration::from_secs(2)).await;
        assert_eq!((rig.settled().len(), rig.kept()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_answered_is_tried_again_in_order() {
        let rig = Rig::new();
        rig.take(&[(1, "later"), (1, "b"), (2, "c")]).await;
        sleep(Duration::from_secs(4)).await;
        assert_eq!(rig.log(), ["1:later", "2:c"]);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(rig.log()[2..], ["1:later", "1:b"]);
        assert_eq!(rig.settled(), [3, 1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_or_is_held_back_is_known_to_be_no_danger() {
        let rig = Rig::new();
        rig.take(&[(1, "hang"), (2, "hold")]).await;
        sleep(Duration::from_secs(1)).await;
        let mut survived = rig.shelf.survived.lock().expect("not poisoned").clone();
        survived.sort_unstable();
        assert_eq!((survived, rig.settled().len()), (vec![1, 2], 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_flood_limit_is_waited_for_and_holds_up_nobody_else() {
        let rig = Rig::new();
        // More than are handled at once.
        let mut texts: Vec<_> = (1..2 * MAX_AT_ONCE as i64)
            .map(|chat| (chat, "flood"))
            .collect();
        texts.extend([(1, "b"), (0, "c")]);
        rig.take(&texts).await;
        sleep(Duration::from_secs(599)).await;
        assert_eq!(rig.log(), ["0:c"]);
        sleep(Duration::from_secs(2)).await;
        let log = rig.log();
        let ones: Vec<&String> = log.iter().filter(|line| line.starts_with("1:")).collect();
        assert_eq!(ones, ["1:flood", "1:b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_process_left_is_answered_by_the_next() {
        let rig = Rig::new();
        rig.take(&[(1, "hang"), (2, "c")]).await;
        sleep(Duration::from_secs(1)).await;
        let text = update(1, 1, "b").to_string().into_bytes();
        let next = Rig::on(rig.shelf.clone());
        let left = (Lane::Chat(1), text);
        next.shelf
            .waiting
            .lock()
            .expect("not poisoned")
            .insert(1, left);
        next.delivery.wake([Lane::Chat(1), Lane::Chat(2)]);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(next.log(), ["1:b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_without_room_is_refused_and_not_handled() {
        let rig = Rig::new();
        rig.shelf.full.store(true, Ordering::Relaxed);
        assert_eq!(rig.delivery.take(&[update(1, 1, "a")]).await, Err(Full));
        rig.shelf.full.store(false, Ordering::Relaxed);
        rig.take(&[(1, "a")]).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(rig.log(), ["1:a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_or_a_hang_costs_one_update_and_is_apologised_for() {
        let rig = Rig::new();
        rig.take(&[(1, "panic"), (1, "b"), (2, "hang"), (2, "c")])
            .await;
        sleep(HANDLER_LIMIT + Duration::from_secs(1)).await;
        assert_eq!(rig.log(), ["sorry Chat(1)", "1:b", "sorry Chat(2)", "2:c"]);
        let mut settled = rig.settled();
        settled.sort_unstable();
        assert_eq!(settled, [1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_that_cannot_be_read_back_holds_up_nothing() {
        let rig = Rig::new();
        let broken = (Lane::Chat(1), b"{".to_vec());
        rig.shelf
            .waiting
            .lock()
            .expect("not poisoned")
            .insert(0, broken);
        rig.take(&[(1, "b")]).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(
            (rig.log(), rig.settled()),
            (vec!["1:b".to_owned()], vec![0, 1])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_waits_two_seconds_for_the_next_and_is_settled_with_it() {
        let rig = Rig::new();
        rig.take(&[(1, "hold")]).await;
        sleep(Duration::from_millis(1900)).await;
        rig.delivery.wake([Lane::Chat(1)]); // does not end the wait: there is nothing to claim
        sleep(Duration::from_millis(50)).await;
        assert_eq!(rig.log(), [""; 0]);
        assert!(rig.settled().is_empty());
        let next = [update(9, 1, "b")];
        rig.delivery.take(&next).await.expect("there is room");
        sleep(Duration::from_millis(10)).await;
        assert_eq!(rig.log(), ["1:hold+b"]);
        assert_eq!(rig.settled(), [1, 9]);
        let next = [update(10, 1, "hold")];
        rig.delivery.take(&next).await.expect("there is room");
        sleep(Duration::from_millis(2100)).await;
        assert_eq!(rig.log()[1..], ["1:released hold"]);
        assert_eq!(rig.kept(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn draining_ends_waits_gives_the_rest_its_time_and_leaves_what_is_too_much() {
        let rig = Rig::new();
        let texts = [(1, "hold"), (2, "slow"), (2, "slow"), (2, "b"), (3, "hang")];
        rig.take(&texts).await;
        sleep(Duration::from_millis(1)).await;
        let start = Instant::now();
        assert!(!rig.delivery.drain(Duration::from_secs(15)).await);
        assert_eq!(start.elapsed().as_secs(), 30);
        // The second "slow" was in hand when nothing more was to be claimed.
        assert_eq!(rig.log(), ["1:released hold", "2:slow", "2:slow"]);
        assert_eq!(rig.kept(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn draining_ends_as_soon_as_everything_is_answered() {
        let rig = Rig::new();
        rig.take(&[(1, "slow"), (1, "later"), (2, "b")]).await;
        sleep(Duration::from_millis(1)).await;
        let start = Instant::now();
        assert!(rig.delivery.drain(Duration::from_secs(30)).await);
        assert!(start.elapsed() <= Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_in_one_lane_is_bounded() {
        let rig = Rig::new();
        let flood: Vec<Value> = (0..3000).map(|id| update(id, 1, "slow")).collect();
        for batch in flood.chunks(100) {
            rig.delivery.take(batch).await.expect("there is room");
        }
        let other = [update(5000, 2, "c")];
        rig.delivery.take(&other).await.expect("there is room");
        sleep(Duration::from_secs(1)).await;
        assert_eq!(rig.log(), ["2:c"]);
        // One is in hand.
        assert!(rig.kept() <= MAX_WAITING + 1, "{}", rig.kept());
    }
}
