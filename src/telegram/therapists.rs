//! Therapists who change while the bot runs: the file is looked at every few seconds, and read when it is another.

use std::sync::Arc;
use std::time::Duration;

use super::App;
use crate::therapists::Watched;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Keeps the therapists current, for ever. A file with faults is refused, and the old list stays.
pub(super) async fn follow(app: Arc<App>, mut file: Watched) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !file.has_changed() {
            continue;
        }
        match file.read(app.engine().faq()) {
            Ok(()) => {
                app.replace_therapists(file.list.clone());
                tracing::info!(
                    therapists = file.list.len(),
                    "the changed therapists are in use"
                );
            }
            Err(faults) => {
                for fault in &faults.0 {
                    tracing::error!("{fault}");
                }
                tracing::error!("the changed therapists have faults; the old ones stay");
            }
        }
    }
}
