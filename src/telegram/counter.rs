//! Where the channel reports what it did, so that it can be counted. Nothing that names a person is reported.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use crate::faq::EntryId;

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
    /// No entry covers this utterance. To be redacted before it is written anywhere.
    Unanswered(&'a str),
    /// A handler panicked or took too long.
    Crashed,
}

/// Counts events. Called while an answer waits: it must not block.
pub trait Counter: Debug + Send + Sync {
    /// Counts one.
    fn count(&self, event: Event<'_>);
}

/// Counts in memory, without the utterances.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, u64>>);

impl Counter for Tally {
    fn count(&self, event: Event<'_>) {
        let name = match event {
            Event::Decision(decision) => format!("decision {decision}"),
            Event::Shown(id) => format!("shown {id}"),
            Event::Helpful(id) => format!("helpful {id}"),
            Event::NotHelpful(id) => format!("not helpful {id}"),
            Event::Unanswered(_) => "unanswered".to_owned(),
            Event::Crashed => "crashed".to_owned(),
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(name).or_default() += 1;
    }
}
