//! Webhook mode: Telegram brings the updates, through a reverse proxy that ends TLS.
//!
//! Only a POST to the one path with the secret is let in. It is answered 200 once its update is in the inbox; until then
//! Telegram brings it again. What comes at the same time is kept in one transaction. Telegram is asked now and then
//! whether it still has our address, since a bot whose webhook is gone hears nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use subtle::ConstantTimeEq;
use teloxide::payloads::{GetWebhookInfo, SetWebhook, SetWebhookSetters};
use teloxide::types::InputFile;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::api::CallError;
use super::delivery::Full;
use super::metrics::{Metrics, Trouble};
use super::send::{self, Sender};
use super::status::{Intake, listen};
use super::{Incoming, START_LIMIT, StartError, Stop, incoming};
use crate::config::{ConfigError, Secret, Webhook};

/// Longest body that is read, in bytes: several times the longest update, which holds two texts of 4096 characters and
/// their entities.
const MAX_BODY: usize = 1 << 20;

/// How long a body may take to arrive.
const BODY_LIMIT: Duration = Duration::from_secs(10);

/// Most requests that wait to be kept; the others wait before they are read.
const MAX_WAITING: usize = 256;

/// Most updates that are kept in one transaction.
const MAX_BATCH: usize = 100;

/// How often Telegram is asked whether it still has our address.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How often in a row Telegram may refuse the address before we give up.
const MAX_REFUSALS: u32 = 5;

/// In what header Telegram repeats the secret: <https://core.telegram.org/bots/api#setwebhook>.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Takes updates in, those of connected accounts only if they are wanted, until Telegram refuses the address for good, or
/// the order to stop comes. What was let in by then is kept.
///
/// # Errors
/// When the address to listen on cannot be had, or Telegram does not take ours.
pub(super) async fn run(
    settings: &Webhook,
    secret: &Secret,
    business: bool,
    sender: &Sender,
    incoming: Arc<Incoming>,
    intake: &Intake,
    stop: &mut Stop,
) -> Result<(), StartError> {
    let registration = Registration::new(settings, secret, business)?;
    let listener = listen("WEBHOOK_LISTEN", settings.listen).await?;
    let (arrived, arrivals) = mpsc::channel(MAX_WAITING);
    let door = Door {
        path: registration.payload.url.path().to_owned(),
        secret: secret.clone(),
        arrived,
        metrics: sender.metrics().clone(),
    };
    let (close, closed) = oneshot::channel::<()>();
    let routes = Router::new().fallback(receive).with_state(Arc::new(door));
    let server = axum::serve(listener, routes).with_graceful_shutdown(async {
        let _ = closed.await;
    });
    let server = tokio::spawn(server.into_future());
    let keeper = tokio::spawn(keep(arrivals, incoming));
    let outcome = tokio::select! {
        end = registration.hold(sender, intake) => Err(end),
        () = stop.asked() => Ok(()),
    };
    intake.close();
    drop(close);
    let cut_off = server.abort_handle();
    if timeout(BODY_LIMIT, server).await.is_err() {
        cut_off.abort();
    }
    // Ends when the last request has.
    let _ = keeper.await;
    outcome
}

/// An update that was let in, and whom to tell that it is kept.
type Arrival = (Value, oneshot::Sender<Result<(), Full>>);

/// Keeps what arrives, all that came in the meantime at once.
async fn keep(mut arrivals: mpsc::Receiver<Arrival>, incoming: Arc<Incoming>) {
    let mut batch = Vec::new();
    while arrivals.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let (updates, waiting): (Vec<Value>, Vec<_>) = batch.drain(..).unzip();
        let kept = incoming.take(&updates).await;
        for told in waiting {
            let _ = told.send(kept);
        }
    }
}

/// Who is let in.
struct Door {
    path: String,
    secret: Secret,
    arrived: mpsc::Sender<Arrival>,
    metrics: Arc<Metrics>,
}

impl Door {
    /// Whether a request knows the secret. Takes as long for a guess that is nearly right as for any other.
    fn knows(&self, headers: &HeaderMap) -> bool {
        headers.get(SECRET_HEADER).is_some_and(|guess| {
            let secret = self.secret.expose().as_bytes();
            bool::from(guess.as_bytes().ct_eq(secret))
        })
    }

    async fn keep(&self, body: &Bytes) -> Response {
        let Ok(update) = serde_json::from_slice(body) else {
            self.metrics.trouble(Trouble::Unreadable);
            tracing::warn!("a request to the webhook is no update");
            return StatusCode::BAD_REQUEST.into_response();
        };
        let (tell, told) = oneshot::channel();
        // Nobody listens any more when the program ends.
        let _ = self.arrived.send((update, tell)).await;
        match told.await {
            Ok(Ok(())) => StatusCode::OK.into_response(),
            Ok(Err(Full)) | Err(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "1")],
            )
                .into_response(),
        }
    }
}

async fn receive(State(door): State<Arc<Door>>, request: Request) -> Response {
    if request.uri().path() != door.path {
        return StatusCode::NOT_FOUND.into_response();
    }
    if request.method() != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response();
    }
    if !door.knows(request.headers()) {
        door.metrics.trouble(Trouble::Unauthorized);
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match timeout(BODY_LIMIT, to_bytes(request.into_body(), MAX_BODY)).await {
        Ok(Ok(body)) => door.keep(&body).await,
        // Or the connection is gone, and with it whoever could read this.
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Our address, as Telegram is told.
struct Registration {
    payload: SetWebhook,
    certificate: Option<PathBuf>,
}

impl Registration {
    fn new(settings: &Webhook, secret: &Secret, business: bool) -> Result<Self, StartError> {
        let bad = || ConfigError::BadWebhookUrl(settings.url.clone());
        let payload = SetWebhook::new(settings.url.parse().map_err(|_| bad())?)
            .secret_token(secret.expose())
            .allowed_updates(incoming::kinds(business));
        Ok(Self {
            payload,
            certificate: settings.certificate.clone(),
        })
    }

    /// Sees to it that Telegram has our address. Ends only when it does not take it.
    async fn hold(&self, sender: &Sender, intake: &Intake) -> StartError {
        let (mut registered, mut failures, mut last_error) = (false, 0, 0);
        loop {
            let outcome = if registered {
                self.look(sender, &mut last_error).await
            } else {
                self.set(sender).await
            };
            let Err(error) = outcome else {
                intake.heard();
                (registered, failures) = (true, 0);
                sleep(LOOK_EVERY).await;
                continue;
            };
            tracing::warn!(%error, "Telegram does not confirm the webhook");
            failures += 1;
            match error {
                CallError::Refused { .. } if failures < MAX_REFUSALS => {}
                CallError::Refused {
                    code: 401 | 404, ..
                } => return StartError::TokenRefused,
                CallError::Refused { description, .. } if !registered => {
                    return StartError::WebhookRefused(description);
                }
                _ => {}
            }
            sleep(send::backoff(failures)).await;
        }
    }

    async fn set(&self, sender: &Sender) -> Result<(), CallError> {
        match &self.certificate {
            None => sender.once(&self.payload, START_LIMIT).await.map(drop),
            Some(file) => {
                let certificate = InputFile::file(file);
                sender
                    .register(self.payload.clone().certificate(certificate))
                    .await
            }
        }
    }

    /// Asks Telegram what it knows, and sets the webhook again if it is gone.
    async fn look(&self, sender: &Sender, last_error: &mut i64) -> Result<(), CallError> {
        let info = sender.once(&GetWebhookInfo::new(), START_LIMIT).await?;
        if info["url"] != self.payload.url.as_str() {
            tracing::warn!("the webhook was changed by another program; set again");
            return self.set(sender).await;
        }
        let failed = info["last_error_date"].as_i64().unwrap_or_default();
        if failed > *last_error {
            *last_error = failed;
            let why = info["last_error_message"].as_str().unwrap_or_default();
            tracing::warn!(why, "Telegram could not bring an update; it tries again");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    const SECRET: &str = "a-secret-of-the-tests";

    /// A door, and what comes through it.
    fn door() -> (Arc<Door>, mpsc::Receiver<Arrival>) {
        let (arrived, arrivals) = mpsc::channel(MAX_WAITING);
        let door = Door {
            path: "/hook".to_owned(),
            secret: Secret::new(SECRET),
            arrived,
            metrics: Arc::default(),
        };
        (Arc::new(door), arrivals)
    }

    fn request(method: &str, path: &str, secret: Option<&str>, body: &str) -> Request {
        let request = Request::builder().method(method).uri(path);
        let request = match secret {
            Some(secret) => request.header("X-Telegram-Bot-Api-Secret-Token", secret),
            None => request,
        };
        request
            .body(Body::from(body.to_owned()))
            .expect("a request")
    }

    #[tokio::test]
    async fn only_a_post_to_the_path_with_the_secret_is_let_in() {
        let (door, mut arrivals) = door();
        let long = format!("{SECRET}x");
        let big = format!("\"{}\"", "x".repeat(MAX_BODY));
        let update = r#"{"update_id": 1}"#;
        for (method, path, secret, body, status) in [
            ("POST", "/hook", None, update, 401),
            ("POST", "/hook", Some(""), update, 401),
            ("POST", "/hook", Some("a-secret-of-the-test!"), update, 401),
            ("POST", "/hook", Some("a-secret-of-the-test"), update, 401),
            ("POST", "/hook", Some(&long), update, 401),
            ("POST", "/", Some(SECRET), update, 404),
            ("POST", "/hook/", Some(SECRET), update, 404),
            ("GET", "/hook", Some(SECRET), "", 405),
            ("PUT", "/hook", Some(SECRET), update, 405),
            ("POST", "/hook", Some(SECRET), "{", 400),
            ("POST", "/hook", Some(SECRET), &big, 413),
        ] {
            let answer = receive(State(door.clone()), request(method, path, secret, body)).await;
            assert_eq!(answer.status(), status, "{method} {path} {secret:?}");
        }
        assert!(arrivals.try_recv().is_err(), "nobody came through");
    }

    #[tokio::test]
    async fn an_update_is_confirmed_only_once_it_is_kept() {
        for (kept, status) in [(Ok(()), 200), (Err(Full), 503)] {
            let (door, mut arrivals) = door();
            let request = request("POST", "/hook", Some(SECRET), r#"{"update_id": 7}"#);
            let answer = tokio::spawn(receive(State(door), request));
            let (update, tell) = arrivals.recv().await.expect("it came through");
            assert_eq!(update["update_id"], 7);
            tokio::task::yield_now().await;
            assert!(!answer.is_finished(), "not before it is kept");
            tell.send(kept).expect("somebody waits");
            assert_eq!(answer.await.expect("no panic").status(), status);
        }
    }

    #[tokio::test]
    async fn what_is_given_up_is_not_confirmed() {
        let (door, arrivals) = door();
        drop(arrivals);
        let request = request("POST", "/hook", Some(SECRET), r#"{"update_id": 7}"#);
        assert_eq!(receive(State(door), request).await.status(), 503);
    }
}
