//! What is counted and timed for operators, in the form that Prometheus reads. No label can hold a word, a name or a
//! number of a person: all of them are this program's own words.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::store::{Depth, Health};

/// Upper ends of the classes of time to decide on a reply, in seconds: well under a millisecond is usual.
const RESPOND: [f64; 9] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0];

/// Upper ends of the classes of time that one request to Telegram takes, in seconds; 15 is when it is given up.
const SEND: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0];

/// What goes wrong, and is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Updates could not be fetched.
    Poll,
    /// Telegram refused a request for a reason that we do not expect.
    Refused,
    /// A request was given up after all its retries.
    GivenUp,
    /// Handling an update took too long and was cut off.
    TimedOut,
    /// An update was dropped, since its chat had too many waiting.
    Dropped,
    /// A message or button was not answered, since its sender had sent too many.
    Flood,
    /// A batch could not be kept and was left with Telegram.
    NotKept,
    /// Somebody knocked at the webhook without its secret.
    Unauthorized,
    /// A request to the webhook that is no update.
    Unreadable,
    /// Changed content was refused for its faults.
    Content,
}

impl Trouble {
    fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
            Self::TimedOut => "timed_out",
            Self::Dropped => "dropped",
            Self::Flood => "flood",
            Self::NotKept => "not_kept",
            Self::Unauthorized => "unauthorized",
            Self::Unreadable => "unreadable",
            Self::Content => "content",
        }
    }
}

/// A count for each value of one label.
type Counts = Family<[(&'static str, &'static str); 1], Counter>;

/// Counts and times since the start.
pub struct Metrics {
    registry: Registry,
    updates: Counts,
    decisions: Counts,
    retries: Counts,
    errors: Counts,
    panics: Counter,
    respond: Histogram,
    send: Histogram,
    inbox: Family<[(&'static str, &'static str); 1], Gauge>,
    store_up: Gauge,
    in_memory: Family<[(&'static str, &'static str); 1], Gauge>,
    counts_lost: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("backtalk"),
            updates: Counts::default(),
            decisions: Counts::default(),
            retries: Counts::default(),
            errors: Counts::default(),
            panics: Counter::default(),
            respond: Histogram::new(RESPOND),
            send: Histogram::new(SEND),
            inbox: Family::default(),
            store_up: Gauge::default(),
            in_memory: Family::default(),
            counts_lost: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("updates", "Updates taken in, by kind", self.updates.clone());
        to.register(
            "decisions",
            "What was decided on utterances",
            self.decisions.clone(),
        );
        to.register(
            "retries",
            "Requests to Telegram that were repeated, by reason",
            self.retries.clone(),
        );
        to.register("errors", "What went wrong, by kind", self.errors.clone());
        to.register("panics", "Handlers that panicked", self.panics.clone());
        to.register(
            "respond_seconds",
            "Time to decide on a reply",
            self.respond.clone(),
        );
        to.register(
            "send_seconds",
            "Time that one request to Telegram took",
            self.send.clone(),
        );
        to.register(
            "inbox_updates",
            "Updates in the store, by state; waiting ones are not yet answered",
            self.inbox.clone(),
        );
        to.register(
            "store_up",
            "Whether the database answered when it was last asked",
            self.store_up.clone(),
        );
        to.register(
            "in_memory",
            "What waits in memory for the database",
            self.in_memory.clone(),
        );
        to.register(
            "counts_lost",
            "Counts given up because too many waited for the database",
            self.counts_lost.clone(),
        );
    }

    /// An update was taken in.
    pub fn update(&self, kind: &'static str) {
        count(&self.updates, "kind", kind);
    }

    /// Something was decided.
    pub fn decision(&self, name: &'static str) {
        count(&self.decisions, "decision", name);
    }

    /// A request is repeated.
    pub fn retry(&self, reason: &'static str) {
        count(&self.retries, "reason", reason);
    }

    /// Something went wrong.
    pub fn trouble(&self, trouble: Trouble) {
        count(&self.errors, "kind", trouble.name());
    }

    /// A handler panicked.
    pub fn panic(&self) {
        self.panics.inc();
    }

    /// A reply was decided on in this time.
    pub fn responded(&self, time: Duration) {
        self.respond.observe(time.as_secs_f64());
    }

    /// A request took this time.
    pub fn sent(&self, time: Duration) {
        self.send.observe(time.as_secs_f64());
    }

    /// Everything as OpenMetrics text. Of an inbox that cannot be looked at nothing is said.
    #[must_use]
    pub fn text(&self, health: Health, depth: Option<Depth>) -> String {
        self.store_up.set(i64::from(health.reachable));
        let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        for (what, n) in [
            ("updates", health.updates_in_memory),
            ("counts", health.counts_in_memory),
        ] {
            self.in_memory.get_or_create(&[("what", what)]).set(size(n));
        }
        self.counts_lost
            .set(i64::try_from(health.counts_lost).unwrap_or(i64::MAX));
        self.inbox.clear();
        if let Some(depth) = depth {
            for (state, n) in [
                ("waiting", depth.waiting),
                ("poisoned", depth.poisoned),
                ("unreadable", depth.unreadable),
            ] {
                self.inbox.get_or_create(&[("state", state)]).set(n);
            }
        }
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}

fn count(counts: &Counts, label: &'static str, value: &'static str) {
    counts.get_or_create(&[(label, value)]).inc();
}
