//! Where updates wait while the database is down: in memory, bounded, lost with the process.

use std::collections::BTreeMap;

use super::keys::ChatKey;

/// Most updates that wait in memory: minutes of a busy bot, some megabytes. Beyond it a batch is refused and so stays
/// with Telegram, which keeps it for a day.
const MAX_UPDATES: usize = 4096;

/// Updates by id, which is their order.
#[derive(Default)]
pub(super) struct Spare {
    updates: BTreeMap<i64, Waiting>,
}

#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) chat: ChatKey,
    pub(super) update: Vec<u8>,
    pub(super) tries: u32,
    /// Unix milliseconds before which it is not tried.
    pub(super) due: i64,
    pub(super) claimed: bool,
}

impl Spare {
    /// Takes a batch, or nothing of it when it does not fit. An update that is here already stays as it is.
    pub(super) fn put(&mut self, batch: impl ExactSizeIterator<Item = (i64, Waiting)>) -> bool {
        if self.updates.len() + batch.len() > MAX_UPDATES {
            return false;
        }
        for (id, waiting) in batch {
            self.updates.entry(id).or_insert(waiting);
        }
        true
    }

    /// The first update of a chat with a higher number than `after`, unless it is being handled or not due yet.
    pub(super) fn claim(&mut self, chat: ChatKey, after: i64, now: i64) -> Option<(i64, Waiting)> {
        let later = after.saturating_add(1)..;
        let mut updates = self.updates.range_mut(later);
        let (&id, first) = updates.find(|(_, waiting)| waiting.chat == chat)?;
        if first.claimed || first.due > now {
            return None;
        }
        first.claimed = true;
        first.tries += 1;
        Some((id, first.clone()))
    }

    /// Puts a claimed update back until it is due, and takes a try back that does not count; false when it is not here.
    pub(super) fn put_back(&mut self, id: i64, due: i64, counts: bool) -> bool {
        let Some(waiting) = self.updates.get_mut(&id) else {
            return false;
        };
        waiting.claimed = false;
        waiting.due = due;
        waiting.tries -= u32::from(!counts);
        true
    }

    /// Nobody handles an update any more.
    pub(super) fn release(&mut self, id: i64) {
        if let Some(waiting) = self.updates.get_mut(&id) {
            waiting.claimed = false;
        }
    }

    /// Removes an update; false when it is not here.
    pub(super) fn remove(&mut self, id: i64) -> bool {
        self.updates.remove(&id).is_some()
    }

    /// Takes out what nobody handles, to be written to the database. A chat with an update in hand keeps all of its
    /// own, so that their order holds.
    pub(super) fn take_idle(&mut self) -> BTreeMap<i64, Waiting> {
        let busy: Vec<ChatKey> = self
            .updates
            .values()
            .filter(|w| w.claimed)
            .map(|w| w.chat)
            .collect();
        let (idle, kept) = std::mem::take(&mut self.updates)
            .into_iter()
            .partition(|(_, waiting)| !busy.contains(&waiting.chat));
        self.updates = kept;
        idle
    }

    /// Chats whose first update can be claimed.
    pub(super) fn waiting(&self, now: i64) -> Vec<ChatKey> {
        let mut firsts: Vec<ChatKey> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for waiting in self.updates.values() {
            if seen.insert(waiting.chat) && !waiting.claimed && waiting.due <= now {
                firsts.push(waiting.chat);
            }
        }
        firsts
    }

    pub(super) fn len(&self) -> usize {
        self.updates.len()
    }
}
