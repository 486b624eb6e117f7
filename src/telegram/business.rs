//! Therapists' own accounts (Telegram Business): whoever connects the bot there has it answer in their chats.
//!
//! Those chats belong to two people, so the bot speaks only where it is sure: to a clear match, and to a red flag. It
//! says first that it is automatic, never answers the owner, keeps quiet for hours where the owner writes, and writes
//! only while the owner lets it and within a day of the message that it answers. What it does not answer is not counted.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use teloxide::payloads::{DeleteBusinessMessages, GetBusinessConnection};

use super::api::CallError;
use super::context::{Key, Turn};
use super::delivery::{Handled, Setback};
use super::handlers::Said;
use super::incoming::{ChatKind, Connection, Deleted, Lane, Message};
use super::pieces::Held;
use super::render;
use super::send::{self, Outgoing};
use super::{App, START_LIMIT};
use crate::replies::fill;
use crate::reply::Content;
use crate::store::StoreError;
use serde::Deserialize;

/// How long after someone's message Telegram lets a bot write for an account:
/// <https://core.telegram.org/bots/api#businessbotrights>.
const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to leave a database alone that cannot say whether to keep quiet.
const STORE_PAUSE: Duration = Duration::from_secs(2);

/// Why something could not be done now.
enum Failure {
    Call(CallError),
    Store(StoreError),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Who wrote a message in a chat of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The account's owner.
    Owner,
    /// Whom the owner talks with.
    Client,
    /// Nobody: a bot, or Telegram itself.
    Program,
}

impl Writer {
    fn of(message: &Message) -> Self {
        let Some(user) = &message.from else {
            return Self::Program;
        };
        let automatic = user.is_bot
            || message.sender_business_bot.is_some()
            || message.is_from_offline
            || message.is_service();
        if automatic || message.chat.kind != ChatKind::Private {
            Self::Program
        } else if i64::try_from(user.id) == Ok(message.chat.id) {
            Self::Client
        } else {
            Self::Owner
        }
    }
}

impl App {
    /// Handles that an account was connected, changed or disconnected.
    pub(super) async fn on_connection(&self, connection: Connection) -> Handled<Held> {
        self.settle(self.connected(&connection).await)
    }

    /// Handles a message in a chat of a connected account.
    pub(super) async fn on_business(&self, message: Message) -> Handled<Held> {
        self.settle(self.answer_for_owner(&message, None).await)
    }

    /// Handles a message there that was changed: an earlier answer is changed, too, if there is a new one.
    pub(super) async fn on_business_edited(&self, message: Message) -> Handled<Held> {
        let turn = turn(&message);
        let earlier = self
            .context
            .with(turn.key, |memory| memory.replies_to(turn.message).messages);
        self.settle(
            self.answer_for_owner(&message, earlier.first().copied())
                .await,
        )
    }

    /// Handles that messages there were deleted: whoever takes a question back does not want its answer to stay.
    pub(super) async fn on_business_deleted(&self, deleted: Deleted) -> Handled<Held> {
        let person = u64::try_from(deleted.chat.id).unwrap_or_default();
        let key = key(deleted.chat.id, person);
        let replies = |number: &i32| self.context.with(key, |m| m.replies_to(*number).messages);
        let ids: Vec<i32> = deleted.message_ids.iter().flat_map(replies).collect();
        if !ids.is_empty() {
            let ids = ids.into_iter().map(teloxide::types::MessageId);
            let account = send::connection(&deleted.business_connection_id);
            let payload = DeleteBusinessMessages::new(account, ids);
            // The owner may not have given this right.
            if let Err(error) = self.sender.call(&payload).await {
                tracing::debug!(%error, "an answer to a deleted question was not deleted");
            }
        }
        Handled::Done
    }

    fn settle(&self, result: Result<(), Failure>) -> Handled<Held> {
        match result {
            Ok(()) => Handled::Done,
            Err(Failure::Call(error)) => self.handled(Err(error)),
            // Unsure whether to keep quiet, the bot waits.
            Err(Failure::Store(error)) => {
                tracing::warn!(%error, "a chat of a connected account waits for the database");
                Handled::Later(Setback::Outage(STORE_PAUSE))
            }
        }
    }

    async fn connected(&self, connection: &Connection) -> Result<(), Failure> {
        let Some(business) = self.business else {
            return Ok(());
        };
        let may_reply = connection.may_reply();
        let owner = connection.user_chat_id;
        self.store
            .accounts
            .note(&connection.id, owner, may_reply)
            .await?;
        tracing::info!(may_reply, "an account's connection has changed");
        if !connection.is_enabled {
            return Ok(());
        }
        let engine = self.engine();
        let sentences = &engine.faq().replies.sentences;
        let hours = business.pause_hours.to_string();
        let said = match (may_reply, business.pause_hours) {
            (false, _) => sentences.business_no_right.clone(),
            (true, 0) => sentences.business_connected.clone(),
            (true, _) => format!(
                "{}\n\n{}",
                sentences.business_connected,
                fill(&sentences.business_pause, &[("hours", &hours)])
            ),
        };
        let text = render::sentence(&said);
        let message = Outgoing {
            chat: owner,
            text: &text,
            keyboard: None,
            reply_to: None,
        };
        Ok(self.sender.message(&message).await.map(drop)?)
    }

    /// Answers a message of a client, if there is something to be sure of and the owner wants it; in the place of an
    /// earlier answer if there is one.
    async fn answer_for_owner(
        &self,
        message: &Message,
        earlier: Option<i32>,
    ) -> Result<(), Failure> {
        let (Some(business), Some(account)) = (self.business, &message.business_connection_id)
        else {
            return Ok(());
        };
        match Writer::of(message) {
            Writer::Program => return Ok(()),
            Writer::Owner => {
                return self
                    .keep_quiet(account, message, business.pause_hours)
                    .await;
            }
            Writer::Client => {}
        }
        let written = written(message);
        let words = message.words().unwrap_or_default().trim();
        if words.is_empty() || message.via_bot.is_some() || is_over(written) {
            return Ok(());
        }
        let engine = self.engine();
        let turn = turn(message);
        let reply = self.respond(&engine, words, self.previous(&engine, turn.key));
        if !matches!(reply.content, Content::RedFlag(_) | Content::Answer(_)) {
            return Ok(());
        }
        if !self.may_reply(account).await?
            || self
                .store
                .accounts
                .is_paused(account, message.chat.id)
                .await?
        {
            return Ok(());
        }
        let mut said = Said {
            // Buttons belong to the bot's own chat; words of a conversation between others are not kept.
            keyboard: None,
            words: None,
            ..self.said(&engine, &reply, words, turn)
        };
        let mut text = render::sentence(&engine.faq().replies.sentences.business_notice);
        text.paragraph(said.text);
        said.text = text;
        let sent = self.say_for(account, message, &said, earlier).await?;
        self.note(turn, sent, &said);
        Ok(())
    }

    /// Says something in an owner's name. A card rings, so it never takes the place of an earlier answer.
    async fn say_for(
        &self,
        account: &str,
        message: &Message,
        said: &Said,
        earlier: Option<i32>,
    ) -> Result<Vec<i32>, CallError> {
        let chat = message.chat.id;
        if let (Some(earlier), [chunk], false) = (earlier, &said.text.chunks()[..], said.urgent)
            && self
                .sender
                .edit_for(Some(account), chat, earlier, chunk, None)
                .await?
        {
            return Ok(vec![earlier]);
        }
        let outgoing = Outgoing {
            chat,
            text: &said.text,
            keyboard: None,
            reply_to: Some(message.message_id),
        };
        self.sender.message_for(Some(account), &outgoing).await
    }

    /// Whether the owner of an account wants replies. What is not known is asked once: the account may have been
    /// connected before the bot was told to answer for it.
    async fn may_reply(&self, account: &str) -> Result<bool, Failure> {
        if let Some(known) = self.store.accounts.may_reply(account).await? {
            return Ok(known);
        }
        let payload = GetBusinessConnection::new(send::connection(account));
        let result = self.sender.once(&payload, START_LIMIT).await?;
        let Ok(connection) = Connection::deserialize(&result) else {
            return Ok(false);
        };
        let may_reply = connection.may_reply();
        self.store
            .accounts
            .note(account, connection.user_chat_id, may_reply)
            .await?;
        Ok(may_reply)
    }

    /// Keeps quiet in a chat in which the owner has written.
    async fn keep_quiet(
        &self,
        account: &str,
        message: &Message,
        hours: u32,
    ) -> Result<(), Failure> {
        let pause = Duration::from_secs(u64::from(hours) * 60 * 60);
        // A clock that is ahead of ours must not make it longer.
        let until = written(message).min(SystemTime::now()) + pause;
        if until > SystemTime::now() {
            let accounts = &self.store.accounts;
            accounts.pause(account, message.chat.id, until).await?;
        }
        Ok(())
    }
}

/// When a message was written.
fn written(message: &Message) -> SystemTime {
    let seconds = u64::try_from(message.date).unwrap_or_default();
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH)
}

/// Whether it is too late to answer what was written then.
fn is_over(written: SystemTime) -> bool {
    SystemTime::now()
        .duration_since(written)
        .is_ok_and(|since| since >= WINDOW)
}

/// A client in a chat of an account: somebody else than the same person alone with the bot.
pub(super) fn key(chat: i64, person: u64) -> Key {
    Key {
        chat: Lane::Business(chat).number(),
        person,
    }
}

fn turn(message: &Message) -> Turn {
    let person = message.from.as_ref().map_or(0, |user| user.id);
    Turn {
        key: key(message.chat.id, person),
        message: message.message_id,
    }
}
