//! One request to the Bot API: teloxide's payloads over teloxide's HTTP client, with our own reading of the answer.
//!
//! teloxide's own `send` is not used: after a 5xx it sleeps ten seconds inside the call, it limits a long poll to the
//! client's seventeen, and it loses the server's exact words. Retrying is `send`'s job.

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::multipart::Form;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use teloxide::payloads::SetWebhook;
use teloxide::requests::{MultipartRequest, Payload, Request};
use teloxide::{Bot, RequestError};

/// Why a request did not succeed. None of them holds the token or the request's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Too many requests: wait this long before the next one.
    #[error("flood limit, retry after {} s", .0.as_secs())]
    Flood(Duration),
    /// The group has become a supergroup with this chat id.
    #[error("the group was migrated")]
    Migrated(i64),
    /// The server cannot be reached or did not answer in time.
    #[error("network: {0}")]
    Network(String),
    /// The server failed, or answered with something that is not the Bot API.
    #[error("the server failed with status {0}")]
    Server(u16),
    /// The server took the request, but its answer cannot be read.
    #[error("the answer cannot be read")]
    Garbled,
    /// The server understood the request and refuses it.
    #[error("refused with {code}: {description}")]
    Refused {
        /// HTTP status.
        code: u16,
        /// The server's words.
        description: String,
    },
}

impl CallError {
    /// Whether the server refused with these words (in any case of letters: Telegram's vary).
    #[must_use]
    pub fn says(&self, words: &str) -> bool {
        matches!(self, Self::Refused { description, .. } if description.to_lowercase().contains(words))
    }

    /// The status of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Flood(_)
            | Self::Migrated(_)
            | Self::Network(_)
            | Self::Server(_)
            | Self::Garbled => None,
        }
    }
}

/// What the server sends for every request.
#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

/// Sends one request and waits for its result, at most `limit`.
///
/// # Errors
/// When the server refuses, fails or cannot be reached.
pub async fn call<P>(bot: &Bot, payload: &P, limit: Duration) -> Result<Value, CallError>
where
    P: Payload + Serialize + Sync,
{
    let body =
        serde_json::to_vec(payload).map_err(|error| CallError::Network(error.to_string()))?;
    // Some payloads of teloxide are named after their variant; the method is the name without it.
    let request = request(bot, P::NAME.trim_end_matches("Inline"), limit)
        .header("content-type", "application/json")
        .body(body);
    send(request).await
}

/// Sends one request that holds a file, and waits for its result, at most `limit`.
///
/// # Errors
/// When the server refuses, fails or cannot be reached.
pub async fn upload(
    bot: &Bot,
    method: &str,
    form: Form,
    limit: Duration,
) -> Result<Value, CallError> {
    send(request(bot, method, limit).multipart(form)).await
}

fn request(bot: &Bot, method: &str, limit: Duration) -> RequestBuilder {
    let base = bot.api_url();
    let base = base.as_str().trim_end_matches('/');
    bot.client()
        .post(format!("{base}/bot{}/{method}", bot.token()))
        .timeout(limit)
}

async fn send(request: RequestBuilder) -> Result<Value, CallError> {
    // The address holds the token: it is taken off the error before anyone can print it.
    let network = |kind: &str| CallError::Network(kind.to_owned());
    let response = request.send().await.map_err(|error| {
        network(match () {
            () if error.is_timeout() => "no answer in time",
            () if error.is_connect() => "cannot connect",
            () => "connection lost",
        })
    })?;
    let status = response.status().as_u16();
    let bytes = response
        .bytes()
        .await
        .map_err(|_| network("answer cut off"))?;
    read(status, &bytes)
}

/// Registers a webhook with the file of its certificate. teloxide's own way, which knows how to send files; what it
/// does badly after failures does no harm at start.
///
/// # Errors
/// When the server refuses, fails or cannot be reached.
pub async fn register(bot: &Bot, payload: SetWebhook) -> Result<(), CallError> {
    let outcome = MultipartRequest::new(bot.clone(), payload).send().await;
    outcome.map(drop).map_err(|error| match error {
        RequestError::Api(error) => CallError::Refused {
            code: 400,
            description: error.to_string(),
        },
        RequestError::RetryAfter(pause) => CallError::Flood(pause.duration()),
        RequestError::Io(error) => CallError::Network(format!("the certificate: {error}")),
        // These may show the request's address, and with it the token.
        RequestError::Network(_)
        | RequestError::InvalidJson { .. }
        | RequestError::MigrateToChatId(_) => CallError::Network("upload failed".to_owned()),
    })
}

fn read(status: u16, bytes: &[u8]) -> Result<Value, CallError> {
    let Ok(answer) = serde_json::from_slice::<Answer>(bytes) else {
        return Err(match status {
            200..300 => CallError::Garbled,
            status => CallError::Server(status),
        });
    };
    if answer.ok {
        return Ok(answer.result);
    }
    if let Some(seconds) = answer.parameters.retry_after {
        return Err(CallError::Flood(Duration::from_secs(seconds)));
    }
    if let Some(chat) = answer.parameters.migrate_to_chat_id {
        return Err(CallError::Migrated(chat));
    }
    Err(match status {
        429 => CallError::Flood(Duration::from_secs(1)),
        500.. => CallError::Server(status),
        code => CallError::Refused {
            code,
            description: answer.description,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_the_server_means_them() {
        let refused = |code, description: &str| CallError::Refused {
            code,
            description: description.to_owned(),
        };
        for (status, body, expected) in [
            (
                200,
                r#"{"ok":true,"result":7,"new":{}}"#,
                Ok(Value::from(7)),
            ),
            (
                429,
                r#"{"ok":false,"description":"Too Many Requests","parameters":{"retry_after":3}}"#,
                Err(CallError::Flood(Duration::from_secs(3))),
            ),
            (
                400,
                r#"{"ok":false,"description":"x","parameters":{"migrate_to_chat_id":-100}}"#,
                Err(CallError::Migrated(-100)),
            ),
            (502, "<html>Bad Gateway</html>", Err(CallError::Server(502))),
            (
                500,
                r#"{"ok":false,"description":"Internal Server Error"}"#,
                Err(CallError::Server(500)),
            ),
            (200, "", Err(CallError::Garbled)),
            (
                403,
                r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#,
                Err(refused(403, "Forbidden: bot was blocked by the user")),
            ),
        ] {
            assert_eq!(read(status, body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn refusals_are_recognised_in_any_case_of_letters() {
        let error = CallError::Refused {
            code: 400,
            description: "Bad Request: query is too old and query ID is invalid".to_owned(),
        };
        assert!(error.says("query id is invalid"));
        assert!(!error.says("message is not modified"));
    }
}
