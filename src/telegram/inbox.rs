//! The store's inbox as the delivery sees it: lanes by their numbers, failures reduced to what can be done about them.

use std::sync::Arc;
use std::time::Duration;

use super::delivery::{Full, Inbox, Parcel, Setback};
use super::incoming::Lane;
use crate::store::{ChatKey, Claim, Failure, Incoming, Store};

impl Inbox for Arc<Store> {
    type Key = ChatKey;
    type Claim = Claim;

    fn key(&self, lane: Lane) -> ChatKey {
        self.inbox.key(lane.number())
    }

    async fn put(&self, batch: &[Parcel]) -> Result<(), Full> {
        let incoming: Vec<Incoming<'_>> = batch
            .iter()
            .map(|parcel| Incoming {
                update_id: parcel.id,
                chat: parcel.lane.number(),
                update: &parcel.update,
            })
            .collect();
        match self.inbox.put(&incoming).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "updates cannot be kept and stay with Telegram");
                Err(Full)
            }
        }
    }

    async fn claim(&self, key: ChatKey, after: Option<&Claim>) -> Option<Claim> {
        let claimed = match after {
            Some(held) => self.inbox.claim_after(held).await,
            None => self.inbox.claim(key).await,
        };
        // The store says in the log that it is down, and names the chat again when it is back.
        claimed.unwrap_or_default()
    }

    fn update(claim: &Claim) -> &[u8] {
        &claim.update
    }

    async fn survived(&self, claim: &mut Claim) {
        self.inbox.survived(claim).await;
    }

    async fn done(&self, claim: Claim) {
        self.inbox.done(claim).await;
    }

    async fn failed(&self, claim: Claim, setback: Setback) -> Option<Duration> {
        let outcome = match setback {
            Setback::Own => self.inbox.failed(claim).await,
            Setback::Outage(pause) => self.inbox.postpone(claim, pause).await,
        };
        match outcome {
            Ok(Failure::Again(pause)) => Some(pause),
            Ok(Failure::SetAside) | Err(_) => None,
        }
    }
}
