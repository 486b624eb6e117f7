//! From the stream of updates to handlers: each lane (a chat, or a person outside any) in order, lanes side by side.
//!
//! A slow, flooding or failing lane delays no other: it has a queue of its own, and taking updates in never waits.
//! A handler that panics or hangs is cut off, counted and apologised for. Knows nothing of what is said.
//!
//! [`Inbox`] is the seam to what survives a crash: an update is kept there before Telegram is told to forget it, and
//! settled when its reply was accepted.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::timeout;

use super::incoming::{Lane, Update};

/// Most updates handled at once; bounds memory and open connections in a flood.
const MAX_AT_ONCE: usize = 256;

/// Most updates of one lane that wait. No person types as fast; a script that does is cut off here.
const MAX_WAITING: usize = 1000;

/// How long one update may take: longer than the sender's patience, so that only a hanging handler is cut off.
const HANDLER_LIMIT: Duration = Duration::from_secs(180);

/// What keeps updates from the moment they are taken in until they are settled.
pub trait Inbox: Send + Sync + 'static {
    /// Keeps a batch. When this returns, Telegram may be told to forget it. Returns what is to be handled: an update
    /// that comes a second time is not.
    fn keep(&self, batch: Vec<Value>) -> impl Future<Output = Vec<Value>> + Send;
    /// Lets go of an update: handled, or not worth another try.
    fn settle(&self, update: i64) -> impl Future<Output = ()> + Send;
    /// Notes that an update could not be answered now; it is handled again at a later start.
    fn defer(&self, update: i64) -> impl Future<Output = ()> + Send;
}

/// Keeps nothing: what is in hand when the process dies is lost.
#[derive(Debug, Default)]
pub struct NoInbox;

impl Inbox for NoInbox {
    async fn keep(&self, batch: Vec<Value>) -> Vec<Value> {
        batch
    }
    async fn settle(&self, _: i64) {}
    async fn defer(&self, _: i64) {}
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
    Later,
}

/// Brings updates to a handler.
#[derive(Debug)]
pub struct Delivery<H, I> {
    shared: Arc<Shared<H, I>>,
}

#[derive(Debug)]
struct Shared<H, I> {
    handler: H,
    inbox: I,
    lanes: Mutex<HashMap<Lane, Queue>>,
    permits: Semaphore,
    idle: Notify,
    stopping: watch::Sender<bool>,
}

/// A lane's waiting updates. Its presence in the map means that a worker is on it.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Update>,
    arrived: Arc<Notify>,
}

impl<H: Handler, I: Inbox> Delivery<H, I> {
    /// Delivers to this handler.
    #[must_use]
    pub fn new(handler: H, inbox: I) -> Self {
        Self {
            shared: Arc::new(Shared {
                handler,
                inbox,
                lanes: Mutex::default(),
                permits: Semaphore::new(MAX_AT_ONCE),
                idle: Notify::new(),
                stopping: watch::Sender::new(false),
            }),
        }
    }

    /// Takes a batch in. Returns as soon as it is kept; handling goes on by itself.
    pub async fn take(&self, batch: Vec<Value>) {
        for value in self.shared.inbox.keep(batch).await {
            match Update::read(&value) {
                Some(update) => self.queue(update).await,
                None => tracing::warn!("an update without a number"),
            }
        }
    }

    async fn queue(&self, update: Update) {
        let lane = update.lane();
        let dropped = {
            let mut lanes = self.shared.lanes();
            if let Some(queue) = lanes.get_mut(&lane) {
                if queue.waiting.len() < MAX_WAITING {
                    queue.waiting.push_back(update);
                    queue.arrived.notify_one();
                    None
                } else {
                    Some(update.id)
                }
            } else {
                let mut queue = Queue::default();
                queue.waiting.push_back(update);
                let arrived = queue.arrived.clone();
                lanes.insert(lane, queue);
                tokio::spawn(work(self.shared.clone(), lane, arrived));
                None
            }
        };
        if let Some(id) = dropped {
            tracing::warn!("a flood in one chat: an update was dropped");
            self.shared.inbox.settle(id).await;
        }
    }

    /// Ends every wait, then gives the updates in hand some time to be answered. Returns whether all were.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.shared.stopping.send_replace(true);
        let empty = async {
            loop {
                let idle = self.shared.idle.notified();
                if self.shared.lanes().is_empty() {
                    return;
                }
                idle.await;
            }
        };
        timeout(limit, empty).await.is_ok()
    }
}

impl<H, I> Shared<H, I> {
    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, Queue>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lane's next update, or the end of its worker.
    fn next(&self, lane: Lane, may_end: bool) -> Option<Update> {
        let mut lanes = self.lanes();
        let next = lanes.get_mut(&lane)?.waiting.pop_front();
        if next.is_none() && may_end {
            lanes.remove(&lane);
            if lanes.is_empty() {
                self.idle.notify_waiters();
            }
        }
        next
    }
}

/// Handles a lane's updates until there are no more.
async fn work<H: Handler, I: Inbox>(shared: Arc<Shared<H, I>>, lane: Lane, arrived: Arc<Notify>) {
    let mut stopping = shared.stopping.subscribe();
    let mut held: Option<H::Held> = None;
    let mut open: Vec<i64> = Vec::new(); // held back, to be settled with the last piece
    loop {
        let mut next = shared.next(lane, held.is_none());
        if next.is_none() && held.is_some() {
            tokio::select! {
                () = arrived.notified() => {}
                () = tokio::time::sleep(H::WAIT) => {}
                _ = stopping.wait_for(|stop| *stop) => {}
            }
            next = shared.next(lane, false);
        }
        let handler = &shared.handler;
        let handled = match (next, held.take()) {
            (None, None) => return,
            (None, Some(waited)) => run(&shared, lane, handler.release(waited)).await,
            (Some(update), waited) => {
                open.push(update.id);
                run(&shared, lane, handler.handle(update, waited)).await
            }
        };
        match handled {
            Handled::Held(waiting) => held = Some(waiting),
            Handled::Done => {
                for id in open.drain(..) {
                    shared.inbox.settle(id).await;
                }
            }
            Handled::Later => {
                for id in open.drain(..) {
                    shared.inbox.defer(id).await;
                }
            }
        }
    }
}

/// Runs a handler within the limits. A crash counts as handled: the same update would only crash again.
async fn run<H: Handler, I: Inbox>(
    shared: &Shared<H, I>,
    lane: Lane,
    handling: impl Future<Output = Handled<H::Held>>,
) -> Handled<H::Held> {
    let Ok(_permit) = shared.permits.acquire().await else {
        return Handled::Later; // never closed
    };
    match timeout(HANDLER_LIMIT, AssertUnwindSafe(handling).catch_unwind()).await {
        Ok(Ok(handled)) => return handled,
        Ok(Err(_)) => tracing::error!("a handler panicked"),
        Err(_) => tracing::error!("a handler took too long"),
    }
    let sorry = AssertUnwindSafe(shared.handler.apologise(lane)).catch_unwind();
    let _ = timeout(HANDLER_LIMIT, sorry).await;
    Handled::Done
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::time::{Instant, sleep};

    /// Notes what happens: "1:a" is lane 1 handling "a". Texts order it about.
    #[derive(Debug, Default)]
    struct Script {
        log: Arc<Mutex<Vec<String>>>,
    }

    impl Script {
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

    /// Notes which updates were settled.
    #[derive(Debug, Default)]
    struct Settled(Arc<Mutex<Vec<i64>>>);

    impl Inbox for Settled {
        async fn keep(&self, batch: Vec<Value>) -> Vec<Value> {
            batch
        }
        async fn settle(&self, update: i64) {
            self.0.lock().expect("not poisoned").push(update);
        }
        async fn defer(&self, _: i64) {}
    }

    fn update(id: i64, chat: i64, text: &str) -> Value {
        json!({"update_id": id, "message": {"message_id": id, "chat": {"id": chat, "type": "private"}, "text": text}})
    }

    struct Rig {
        delivery: Delivery<Script, Settled>,
        log: Arc<Mutex<Vec<String>>>,
        settled: Arc<Mutex<Vec<i64>>>,
    }

    impl Rig {
        fn new() -> Self {
            let (script, settled) = (Script::default(), Settled::default());
            let (log, ids) = (script.log.clone(), settled.0.clone());
            Self {
                delivery: Delivery::new(script, settled),
                log,
                settled: ids,
            }
        }

        async fn take(&self, texts: &[(i64, &str)]) {
            let updates = texts
                .iter()
                .zip(1..)
                .map(|((chat, text), id)| update(id, *chat, text));
            self.delivery.take(updates.collect()).await;
        }

        fn log(&self) -> Vec<String> {
            self.log.lock().expect("not poisoned").clone()
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
    async fn a_panic_or_a_hang_costs_one_update_and_is_apologised_for() {
        let rig = Rig::new();
        rig.take(&[(1, "panic"), (1, "b"), (2, "hang"), (2, "c")])
            .await;
        sleep(HANDLER_LIMIT + Duration::from_secs(1)).await;
        assert_eq!(rig.log(), ["sorry Chat(1)", "1:b", "sorry Chat(2)", "2:c"]);
        let mut settled = rig.settled.lock().expect("not poisoned").clone();
        settled.sort_unstable();
        assert_eq!(settled, [1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_waits_two_seconds_for_the_next_and_is_settled_with_it() {
        let rig = Rig::new();
        rig.take(&[(1, "hold")]).await;
        sleep(Duration::from_millis(1900)).await;
        assert_eq!(rig.log(), [""; 0]);
        assert!(rig.settled.lock().expect("not poisoned").is_empty());
        rig.delivery.take(vec![update(9, 1, "b")]).await;
        sleep(Duration::from_millis(10)).await;
        assert_eq!(rig.log(), ["1:hold+b"]);
        assert_eq!(*rig.settled.lock().expect("not poisoned"), [1, 9]);
        rig.delivery.take(vec![update(10, 1, "hold")]).await;
        sleep(Duration::from_millis(2100)).await;
        assert_eq!(rig.log()[1..], ["1:released hold"]);
    }

    #[tokio::test(start_paused = true)]
    async fn draining_ends_waits_at_once_and_gives_the_rest_its_time() {
        let rig = Rig::new();
        rig.take(&[(1, "hold"), (2, "slow"), (3, "hang")]).await;
        sleep(Duration::from_millis(1)).await;
        let start = Instant::now();
        assert!(!rig.delivery.drain(Duration::from_secs(20)).await);
        assert_eq!(start.elapsed().as_secs(), 20);
        assert_eq!(rig.log(), ["1:released hold", "2:slow"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_in_one_lane_is_bounded() {
        let rig = Rig::new();
        let flood: Vec<Value> = (0..3000).map(|id| update(id, 1, "slow")).collect();
        rig.delivery.take(flood).await;
        rig.delivery.take(vec![update(5000, 2, "c")]).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(rig.log(), ["2:c"]);
        let waiting = rig.delivery.shared.lanes()[&Lane::Chat(1)].waiting.len();
        assert!(waiting <= MAX_WAITING, "{waiting}");
    }
}
