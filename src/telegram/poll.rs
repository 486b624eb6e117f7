//! Long polling: updates are fetched, kept, and acknowledged with the next fetch.

use std::time::Duration;

use serde_json::Value;
use teloxide::payloads::{DeleteWebhook, GetUpdates, GetUpdatesSetters};

use super::api::CallError;
use super::delivery::Full;
use super::metrics::Trouble;
use super::send::{self, Sender};
use super::status::Intake;
use super::{Incoming, START_LIMIT, StartError, Stop, incoming};

/// How long one poll waits for updates. Below the minute after which proxies cut idle connections.
const POLL: Duration = Duration::from_secs(30);

/// What the network may add to it.
const POLL_MARGIN: Duration = Duration::from_secs(10);

/// How long a batch is left with Telegram for which there is no room.
const FULL_PAUSE: Duration = Duration::from_secs(1);

/// How often in a row the server may refuse the token before we give up. Servers have been seen to refuse a good one
/// once.
const MAX_REFUSALS: u32 = 12;

/// The long poll and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Poll {
    /// Whether updates of connected accounts are fetched, too.
    business: bool,
    offset: i64,
    failures: u32,
    refusals: u32,
}

impl Poll {
    /// A poll that has fetched nothing yet.
    pub(super) fn new(business: bool) -> Self {
        Self {
            business,
            ..Self::default()
        }
    }

    /// Polls until the token is refused for good, or the order to stop comes. Only the waiting is broken off: a batch
    /// that has come is kept and begun with.
    pub(super) async fn run(
        &mut self,
        sender: &Sender,
        incoming: &Incoming,
        intake: &Intake,
        stop: &mut Stop,
    ) -> Result<(), StartError> {
        loop {
            let batch = tokio::select! {
                batch = self.next(sender) => batch?,
                () = stop.asked() => return Ok(()),
            };
            intake.heard();
            let last = batch
                .iter()
                .filter_map(|update| update.get("update_id")?.as_i64())
                .max();
            match (incoming.take(&batch).await, last) {
                (Ok(()), Some(last)) => self.offset = last + 1,
                (Ok(()), None) => {}
                (Err(Full), _) => tokio::time::sleep(FULL_PAUSE).await,
            }
        }
    }

    /// The next batch.
    async fn next(&mut self, sender: &Sender) -> Result<Vec<Value>, StartError> {
        loop {
            let payload = self.payload(100, POLL);
            let error = match sender.once(&payload, POLL + POLL_MARGIN).await {
                Ok(Value::Array(updates)) => {
                    (self.failures, self.refusals) = (0, 0);
                    return Ok(updates);
                }
                Ok(_) => CallError::Garbled,
                Err(error) => error,
            };
            if let Some(end) = self.failed(sender, error).await {
                return Err(end);
            }
        }
    }

    async fn failed(&mut self, sender: &Sender, error: CallError) -> Option<StartError> {
        sender.metrics().trouble(Trouble::Poll);
        match error.code() {
            Some(409) if error.says("webhook") => {
                tracing::warn!("a webhook is set; removed, since this bot polls");
                let _ = sender.once(&DeleteWebhook::new(), START_LIMIT).await;
            }
            // During a rolling restart it passes; else both go on taking turns, and nobody's question is left.
            Some(409) => {
                tracing::error!("another program polls with the same token; stop one of them")
            }
            Some(401 | 404) => {
                self.refusals += 1;
                if self.refusals >= MAX_REFUSALS {
                    return Some(StartError::TokenRefused);
                }
            }
            _ => {}
        }
        let pause = match &error {
            CallError::Flood(pause) => *pause,
            _ => send::backoff(self.failures),
        };
        tracing::warn!(%error, "no updates for now");
        self.failures += 1;
        tokio::time::sleep(pause).await;
        None
    }

    /// Tells Telegram what was taken in last, so that a restart does not get it again.
    pub(super) async fn acknowledge(&self, sender: &Sender) {
        if self.offset > 0 {
            let _ = sender
                .once(&self.payload(1, Duration::ZERO), Duration::from_secs(3))
                .await;
        }
    }

    fn payload(&self, limit: u8, wait: Duration) -> GetUpdates {
        GetUpdates::new()
            // Telegram's numbers fit; its own type in teloxide is narrower than ours.
            .offset(i32::try_from(self.offset).unwrap_or_default())
            .limit(limit)
            .timeout(u32::try_from(wait.as_secs()).unwrap_or_default())
            .allowed_updates(incoming::kinds(self.business))
    }
}
