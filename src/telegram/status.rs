//! What operators and their machines ask: is it alive, is it ready, how is it doing. On an address of its own, which is
//! off unless it is set and is not meant for the outside.
//!
//! `/healthz` says that the process works at all; `/readyz` that it can take questions in and keep them; `/metrics` is
//! for Prometheus.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::StartError;
use super::metrics::Metrics;
use crate::store::Store;

/// How long ago Telegram may have been heard of last: three polls, or three looks at the webhook.
const FRESH: Duration = Duration::from_secs(90);

/// Whether updates come in.
#[derive(Debug, Default)]
pub(super) struct Intake(Mutex<Stage>);

#[derive(Debug, Default, Clone, Copy)]
enum Stage {
    #[default]
    Starting,
    /// Telegram was heard of at this moment.
    Open(Instant),
    Stopping,
}

impl Intake {
    /// Telegram answered a poll, or has our webhook.
    pub(super) fn heard(&self) {
        self.set(Stage::Open(Instant::now()));
    }

    /// No more updates are taken in.
    pub(super) fn close(&self) {
        self.set(Stage::Stopping);
    }

    fn set(&self, stage: Stage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    /// Why no updates come in; `None` when they do.
    fn trouble(&self) -> Option<String> {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Stage::Starting => Some("Telegram has not been reached yet".to_owned()),
            Stage::Stopping => Some("stopping".to_owned()),
            Stage::Open(heard) if heard.elapsed() > FRESH => {
                let seconds = heard.elapsed().as_secs();
                Some(format!("Telegram has not been reached for {seconds} s"))
            }
            Stage::Open(_) => None,
        }
    }
}

/// What is told.
pub(super) struct Status {
    pub(super) metrics: Arc<Metrics>,
    pub(super) intake: Arc<Intake>,
    pub(super) store: Arc<Store>,
}

impl Status {
    /// Serves until the program ends. Returns once the address is taken.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(super) async fn serve(self, address: SocketAddr) -> Result<(), StartError> {
        let listener = listen("METRICS_LISTEN", address).await?;
        let routes = Router::new()
            .route("/healthz", get(health))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(Arc::new(self));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(())
    }

    /// Why questions cannot be taken in and kept.
    fn troubles(&self) -> Vec<String> {
        let store = (!self.store.health().reachable).then(|| {
            "the database is not reachable; questions are answered from memory".to_owned()
        });
        self.intake.trouble().into_iter().chain(store).collect()
    }
}

/// Takes an address for the setting of this name, and says in the log which one it is.
pub(super) async fn listen(
    setting: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, StartError> {
    let fail = |why| StartError::Listen {
        setting,
        address,
        why,
    };
    let listener = TcpListener::bind(address).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    tracing::info!(setting, %address, "listening");
    Ok(listener)
}

/// The process works when this is answered at all; what it lacks is said, but restarting it would not help.
async fn health(State(status): State<Arc<Status>>) -> String {
    let mut lines = vec!["alive".to_owned()];
    lines.extend(status.troubles());
    lines.join("\n") + "\n"
}

async fn ready(State(status): State<Arc<Status>>) -> (StatusCode, String) {
    match status.troubles().as_slice() {
        [] => (StatusCode::OK, "ready\n".to_owned()),
        troubles => (StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n"),
    }
}

async fn metrics(State(status): State<Arc<Status>>) -> impl IntoResponse {
    let depth = status.store.inbox.depth().await.ok();
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    (
        [(header::CONTENT_TYPE, kind)],
        status.metrics.text(status.store.health(), depth),
    )
}
