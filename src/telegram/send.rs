//! Everything that goes to Telegram goes through here: one policy for limits, failures and refusals.
//!
//! A flood limit is obeyed for the chat it was spoken to (its lane waits here; no other does). Network and server
//! failures are retried with growing, scattered pauses. Markup that the server cannot read is sent again as plain text.
//! That the person has blocked the bot, or that an edit changes nothing, is no failure. Nothing waits for ever.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use teloxide::Bot;
use teloxide::payloads::{
    AnswerCallbackQuery, AnswerCallbackQuerySetters, DeleteMessage, EditMessageReplyMarkup,
    EditMessageReplyMarkupSetters, EditMessageText, EditMessageTextSetters, SendChatAction,
    SendMessage, SendMessageSetters, SetWebhook,
};
use teloxide::requests::Payload;
use teloxide::types::{
    BusinessConnectionId, CallbackQueryId, ChatAction, ChatId, InlineKeyboardMarkup,
    LinkPreviewOptions, MessageId, ParseMode, ReplyParameters,
};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::api::{self, CallError};
use super::metrics::{Metrics, Trouble};
use super::render::{Chunk, Text};

/// How long one request may take.
pub(super) const REQUEST_LIMIT: Duration = Duration::from_secs(15);

/// How long a request is retried before its update is put back. Longer than the flood limits that a polite bot meets.
const PATIENCE: Duration = Duration::from_secs(120);

/// Most requests on their way at once. What is on its way when the process is killed is sent again, so no more than is of
/// use: Telegram takes about thirty messages a second, and this gives as many even when each takes a second.
const MAX_IN_FLIGHT: usize = 32;

/// First and longest pause between tries.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));

/// When a reply that is still not there makes the bot show that it is typing.
const TYPING_AFTER: Duration = Duration::from_millis(300);

/// Sends requests.
#[derive(Debug, Clone)]
pub struct Sender {
    bot: Arc<Bot>,
    metrics: Arc<Metrics>,
    /// When Telegram last accepted a request that was worth retrying.
    accepted: Arc<Mutex<Instant>>,
    in_flight: Arc<Semaphore>,
}

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// Chat id.
    pub chat: i64,
    /// What it says; sent in several messages when it is too long for one.
    pub text: &'a Text,
    /// Buttons, under the last message.
    pub keyboard: Option<&'a InlineKeyboardMarkup>,
    /// The message that it answers visibly.
    pub reply_to: Option<i32>,
}

/// Shows "typing" when it lives for longer than 0.3 seconds.
#[derive(Debug)]
pub struct Typing(tokio::task::AbortHandle);

impl Drop for Typing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long a request has been tried.
pub(super) struct Patience<'m> {
    metrics: &'m Metrics,
    method: &'static str,
    start: Instant,
    tries: u32,
}

impl<'m> Patience<'m> {
    /// Begins with a request of this method.
    pub(super) fn new(method: &'static str, metrics: &'m Metrics) -> Self {
        Self {
            metrics,
            method,
            start: Instant::now(),
            tries: 0,
        }
    }

    /// What came of a try: a result, or `None` after a pause, when it is time for the next one.
    ///
    /// # Errors
    /// When the server refuses, or patience has run out.
    pub(super) async fn settle(
        &mut self,
        outcome: Result<Value, CallError>,
    ) -> Result<Option<Value>, CallError> {
        let (method, tries) = (self.method, self.tries);
        let error = match outcome {
            Ok(result) => return Ok(Some(result)),
            Err(error) => error,
        };
        let (pause, reason) = match &error {
            CallError::Flood(pause) => (*pause + scatter(BACKOFF.0), "flood"),
            CallError::Network(_) => (backoff(tries), "network"),
            CallError::Server(_) => (backoff(tries), "server"),
            // It was done. To do it again would only say everything twice.
            CallError::Garbled => {
                tracing::warn!(method, "an answer of the server cannot be read");
                return Ok(Some(Value::Null));
            }
            CallError::Migrated(_) | CallError::Refused { .. } => return Err(error),
        };
        if self.start.elapsed() + pause > PATIENCE {
            self.metrics.trouble(Trouble::GivenUp);
            tracing::error!(method, %error, tries, "a request was given up");
            return Err(error);
        }
        self.metrics.retry(reason);
        tracing::debug!(method, %error, tries, "a request is retried");
        self.tries += 1;
        sleep(pause).await;
        Ok(None)
    }
}

impl Sender {
    /// Sends with this bot's token.
    #[must_use]
    pub fn new(bot: Bot, metrics: Arc<Metrics>) -> Self {
        Self {
            bot: Arc::new(bot),
            metrics,
            accepted: Arc::new(Mutex::new(Instant::now())),
            in_flight: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
        }
    }

    /// Whether anything was accepted while a request that was just given up was tried. If so, what failed may be at
    /// fault itself; if not, nobody can be reached.
    pub(super) fn reaches_others(&self) -> bool {
        let accepted = *self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.elapsed() < PATIENCE / 2
    }

    /// Where requests are counted and timed.
    pub(super) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// One try, for callers with a policy of their own.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn once<P>(&self, payload: &P, limit: Duration) -> Result<Value, CallError>
    where
        P: Payload + Serialize + Sync,
    {
        api::call(&self.bot, payload, limit).await
    }

    /// One try to register a webhook with a certificate.
    ///
    /// # Errors
    /// See [`CallError`].
    pub(super) async fn register(&self, payload: SetWebhook) -> Result<(), CallError> {
        api::register(&self.bot, payload).await
    }

    /// The bot whose token is used.
    pub(super) fn bot(&self) -> &Bot {
        &self.bot
    }

    /// As many tries as patience allows.
    ///
    /// # Errors
    /// When the server refuses, or patience has run out.
    pub async fn call<P>(&self, payload: &P) -> Result<Value, CallError>
    where
        P: Payload + Serialize + Sync,
    {
        let mut patience = Patience::new(P::NAME, &self.metrics);
        loop {
            let outcome = self.in_turn(payload).await;
            if outcome.is_ok() {
                let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
                *accepted = Instant::now();
            }
            if let Some(result) = patience.settle(outcome).await? {
                return Ok(result);
            }
        }
    }

    /// One try, timed, when there is room for one more.
    async fn in_turn<P>(&self, payload: &P) -> Result<Value, CallError>
    where
        P: Payload + Serialize + Sync,
    {
        // Never closed; pauses between tries hold up nobody.
        let _room = self.in_flight.acquire().await;
        let start = Instant::now();
        let outcome = self.once(payload, REQUEST_LIMIT).await;
        self.metrics.sent(start.elapsed());
        outcome
    }

    /// Sends a message, in pieces if it is long. Returns the numbers of what was sent: none when the person does not
    /// want to hear from the bot any more.
    ///
    /// # Errors
    /// When patience has run out or the server refuses for a reason that we do not know.
    pub async fn message(&self, message: &Outgoing<'_>) -> Result<Vec<i32>, CallError> {
        self.message_for(None, message).await
    }

    /// The same in a chat of a connected account, in its owner's name.
    ///
    /// # Errors
    /// As [`Sender::message`].
    pub async fn message_for(
        &self,
        account: Option<&str>,
        message: &Outgoing<'_>,
    ) -> Result<Vec<i32>, CallError> {
        let chunks = message.text.chunks();
        let mut sent = Vec::with_capacity(chunks.len());
        for (i, chunk) in chunks.iter().enumerate() {
            let mut payload = SendMessage::new(ChatId(message.chat), &chunk.html)
                .parse_mode(ParseMode::Html)
                .link_preview_options(no_preview());
            payload.business_connection_id = account.map(connection);
            if let Some(id) = message.reply_to.filter(|_| i == 0) {
                payload = payload.reply_parameters(
                    ReplyParameters::new(MessageId(id)).allow_sending_without_reply(),
                );
            }
            if let Some(keyboard) = message.keyboard.filter(|_| i + 1 == chunks.len()) {
                payload = payload.reply_markup(keyboard.clone());
            }
            match quiet(self.send(payload, chunk).await)? {
                Some(result) => sent.extend(message_id(&result)),
                None => break,
            }
        }
        Ok(sent)
    }

    async fn send(&self, mut payload: SendMessage, chunk: &Chunk) -> Result<Value, CallError> {
        loop {
            match self.call(&payload).await {
                Err(CallError::Migrated(chat)) if payload.chat_id != ChatId(chat).into() => {
                    payload.chat_id = ChatId(chat).into();
                }
                Err(error)
                    if payload.parse_mode.is_some() && error.says("can't parse entities") =>
                {
                    tracing::error!("Telegram cannot parse our markup; sent as plain text");
                    payload.parse_mode = None;
                    payload.text.clone_from(&chunk.plain);
                }
                Err(error) if refuses_link(&error, payload.reply_markup.is_some()) => {
                    payload.reply_markup = None;
                }
                result => return result,
            }
        }
    }

    /// Puts another text and other buttons in a message. False when it cannot be edited any more; nothing was sent
    /// then. Of a text that is too long for one message only the first piece is shown, so the caller sends the rest.
    ///
    /// # Errors
    /// When patience has run out or the server refuses for a reason that we do not know.
    pub async fn edit(
        &self,
        chat: i64,
        message: i32,
        chunk: &Chunk,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Result<bool, CallError> {
        self.edit_for(None, chat, message, chunk, keyboard).await
    }

    /// The same in a chat of a connected account.
    ///
    /// # Errors
    /// As [`Sender::edit`].
    pub async fn edit_for(
        &self,
        account: Option<&str>,
        chat: i64,
        message: i32,
        chunk: &Chunk,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Result<bool, CallError> {
        let mut payload = EditMessageText::new(ChatId(chat), MessageId(message), &chunk.html)
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview());
        payload.business_connection_id = account.map(connection);
        payload.reply_markup = keyboard.cloned();
        let mut result = self.call(&payload).await;
        if let Err(error) = &result
            && error.says("can't parse entities")
        {
            tracing::error!("Telegram cannot parse our markup; sent as plain text");
            payload.parse_mode = None;
            payload.text.clone_from(&chunk.plain);
            result = self.call(&payload).await;
        }
        if let Err(error) = &result
            && refuses_link(error, payload.reply_markup.is_some())
        {
            payload.reply_markup = None;
            result = self.call(&payload).await;
        }
        edited(result)
    }

    /// Puts other buttons under a message; false when it cannot be edited any more.
    ///
    /// # Errors
    /// As [`Sender::edit`].
    pub async fn edit_keyboard(
        &self,
        chat: i64,
        message: i32,
        keyboard: InlineKeyboardMarkup,
    ) -> Result<bool, CallError> {
        let payload =
            EditMessageReplyMarkup::new(ChatId(chat), MessageId(message)).reply_markup(keyboard);
        edited(self.call(&payload).await)
    }

    /// Takes a message back. That it cannot be is no failure.
    pub async fn delete(&self, chat: i64, message: i32) {
        let payload = DeleteMessage::new(ChatId(chat), MessageId(message));
        if let Err(error) = self.call(&payload).await {
            tracing::debug!(%error, "a message was not deleted");
        }
    }

    /// Ends the waiting circle on a button, with a note if there is one: shown in passing, or as an alert to be closed.
    /// That it is too late for that is no failure.
    pub async fn answer_callback(&self, id: &str, note: Option<(&str, bool)>) {
        let mut payload = AnswerCallbackQuery::new(CallbackQueryId(id.to_owned()));
        if let Some((text, alert)) = note {
            payload = payload
                .text(text.chars().take(MAX_NOTE_CHARS).collect::<String>())
                .show_alert(alert);
        }
        if let Err(error) = self.call(&payload).await
            && !error.says("query id is invalid")
        {
            tracing::warn!(%error, "a callback was not answered");
        }
    }

    /// Starts the clock after which a chat is shown that the bot is typing, until the guard is dropped.
    #[must_use]
    pub fn typing(&self, chat: i64) -> Typing {
        let sender = self.clone();
        let task = tokio::spawn(async move {
            sleep(TYPING_AFTER).await;
            let payload = SendChatAction::new(ChatId(chat), ChatAction::Typing);
            // A hint, not an answer: one try.
            let _ = sender.once(&payload, REQUEST_LIMIT).await;
        });
        Typing(task.abort_handle())
    }
}

/// Most characters of a note on a button: <https://core.telegram.org/bots/api#answercallbackquery>.
pub const MAX_NOTE_CHARS: usize = 200;

/// Telegram's name for the connection with an account.
pub(super) fn connection(id: &str) -> BusinessConnectionId {
    BusinessConnectionId(id.to_owned())
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

pub(super) fn message_id(result: &Value) -> Option<i32> {
    i32::try_from(result.get("message_id")?.as_i64()?).ok()
}

/// Whether it is the address of a button that the server does not take. A wrong link of a therapist must not cost anybody
/// their answer: it goes out without buttons.
fn refuses_link(error: &CallError, has_buttons: bool) -> bool {
    let about_link = [
        "button_url_invalid",
        "wrong http url",
        "url host is empty",
        "button_type_invalid",
    ];
    let refused = has_buttons && about_link.iter().any(|words| error.says(words));
    if refused {
        tracing::error!("Telegram does not take the address of a button; sent without buttons");
    }
    refused
}

/// Whether a message could be edited; that it already is as wanted counts.
fn edited(result: Result<Value, CallError>) -> Result<bool, CallError> {
    match result {
        Err(error) if error.says("message is not modified") => Ok(true),
        Err(error)
            if [
                "message to edit not found",
                "message can't be edited",
                // It is a picture with a caption.
                "there is no text in the message to edit",
                "message_id_invalid",
            ]
            .iter()
            .any(|words| error.says(words)) =>
        {
            Ok(false)
        }
        // Whoever blocked the bot does not want the new text as another message either.
        other => quiet(other).map(|_| true),
    }
}

/// Takes "the person does not want to hear from us" as an answer: `None`.
pub(super) fn quiet(result: Result<Value, CallError>) -> Result<Option<Value>, CallError> {
    match result {
        Err(error)
            if error.code() == Some(403)
                || error.says("chat not found")
                || error.says("not enough rights") =>
        {
            tracing::debug!("a chat cannot be written to");
            Ok(None)
        }
        other => other.map(Some),
    }
}

/// Pause before the next try: doubles from the first to the longest, scattered by half.
#[must_use]
pub fn backoff(tries: u32) -> Duration {
    let pause = BACKOFF.0.saturating_mul(1 << tries.min(16)).min(BACKOFF.1);
    pause / 2 + scatter(pause / 2)
}

/// A random part of a duration. The standard library's hash keys are random enough to keep retries apart.
fn scatter(most: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    most.mul_f64(f64::from(random as u32) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, description: &str) -> Result<Value, CallError> {
        Err(CallError::Refused {
            code,
            description: description.to_owned(),
        })
    }

    #[test]
    fn pauses_grow_and_stay_within_bounds() {
        for tries in 0..40 {
            let pause = backoff(tries);
            assert!(
                pause >= BACKOFF.0 / 2 && pause <= BACKOFF.1,
                "{tries}: {pause:?}"
            );
        }
        assert!(backoff(10) > backoff(0));
    }

    #[test]
    fn refusals_that_are_no_failures_are_quiet() {
        let blocked = refused(403, "Forbidden: bot was blocked by the user");
        assert_eq!(quiet(blocked), Ok(None));
        assert_eq!(
            edited(refused(400, "Bad Request: message is not modified: x")),
            Ok(true)
        );
        assert_eq!(
            edited(refused(400, "Bad Request: message to edit not found")),
            Ok(false)
        );
        assert!(edited(refused(400, "Bad Request: something else")).is_err());
    }
}
