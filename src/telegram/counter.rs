//! What the channel reports to the store and the metrics, so that it can be counted. Nothing that names a person gets past
//! here: of an utterance only its redacted words do.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::metrics::Metrics;
use crate::faq::{EntryId, Faq};
use crate::redact::{Redacted, Redactor};
use crate::store::{self, Store};

/// Under what name a crash is counted, among the decisions.
const CRASHED: &str = "crashed";

/// Something worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// An utterance was decided on, by the decision's name.
    Decision(&'static str),
    /// An entry's answer was shown.
    Shown(&'a EntryId),
    /// A reader found it helpful.
    Helpful(&'a EntryId),
    /// A reader did not.
    NotHelpful(&'a EntryId),
    /// No entry covers this utterance.
    Unanswered(&'a Redacted),
    /// A chat came by the link with this code.
    CameBy(&'a str),
    /// A question was asked in a chat that came by it.
    AskedBy(&'a str),
    /// A handler panicked or took too long.
    Crashed,
}

/// Counts events, without waiting for the database.
pub struct Counter {
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    redactor: RwLock<Arc<Redactor>>,
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counter")
    }
}

impl Counter {
    /// Counts in this store; a FAQ's words are those that may be kept of a question.
    #[must_use]
    pub fn new(store: Arc<Store>, metrics: Arc<Metrics>, faq: &Faq) -> Self {
        Self {
            store,
            metrics,
            redactor: RwLock::new(Arc::new(Redactor::learn(faq))),
        }
    }

    /// Goes on with another FAQ's words.
    pub fn learn(&self, faq: &Faq) {
        let redactor = Arc::new(Redactor::learn(faq));
        *self
            .redactor
            .write()
            .unwrap_or_else(PoisonError::into_inner) = redactor;
    }

    /// What may be kept of an utterance.
    #[must_use]
    pub fn redact(&self, utterance: &str) -> Redacted {
        let redactor = self.redactor.read().unwrap_or_else(PoisonError::into_inner);
        redactor.clone().redact(utterance)
    }

    /// Counts one.
    pub fn count(&self, event: Event<'_>) {
        if let Event::Decision(decision) = event {
            self.metrics.decision(decision);
        }
        self.store.tally.record(match event {
            Event::Decision(decision) => store::Event::Decided(decision),
            Event::Shown(id) => store::Event::Shown(id.clone()),
            Event::Helpful(id) => store::Event::Helpful(id.clone()),
            Event::NotHelpful(id) => store::Event::NotHelpful(id.clone()),
            Event::Unanswered(words) => store::Event::Unanswered(words.clone()),
            Event::CameBy(code) => store::Event::CameBy(code.to_owned()),
            Event::AskedBy(code) => store::Event::AskedBy(code.to_owned()),
            Event::Crashed => store::Event::Decided(CRASHED),
        });
    }
}
