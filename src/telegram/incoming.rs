//! What the bot reads of an update.
//!
//! Only the fields that are used, so that a new Bot API version with new fields, kinds or enum values cannot make a
//! question unreadable: teloxide's complete types refuse an update as a whole when one field is unknown to them.
//! Channel posts and other kinds that nobody asks through are not read at all.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;

/// The kinds of update that are asked for.
pub const KINDS: [teloxide::types::AllowedUpdate; 4] = {
    use teloxide::types::AllowedUpdate::{CallbackQuery, EditedMessage, InlineQuery, Message};
    [Message, EditedMessage, CallbackQuery, InlineQuery]
};

/// One update.
#[derive(Debug)]
pub struct Update {
    /// Telegram's number, ascending.
    pub id: i64,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Debug)]
pub enum Kind {
    /// Someone wrote.
    Message(Box<Message>),
    /// Someone changed what they had written.
    Edited(Box<Message>),
    /// Someone pressed a button.
    Callback(Box<Callback>),
    /// Someone is typing `@bot …` in any chat.
    Inline(InlineQuery),
    /// Nothing that the bot reacts to.
    Other,
}

impl Kind {
    /// Telegram's word for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Edited(_) => "edited_message",
            Self::Callback(_) => "callback_query",
            Self::Inline(_) => "inline_query",
            Self::Other => "other",
        }
    }
}

impl Update {
    /// Reads an update; `None` when it has not even a number.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let id = value.get("update_id")?.as_i64()?;
        let kind = read(value, "message")
            .map(Kind::Message)
            .or_else(|| read(value, "edited_message").map(Kind::Edited))
            .or_else(|| read(value, "callback_query").map(Kind::Callback))
            .or_else(|| read(value, "inline_query").map(Kind::Inline))
            .unwrap_or(Kind::Other);
        Some(Self { id, kind })
    }

    /// Whose turn it is: updates with one key are handled one after the other, in order.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match &self.kind {
            Kind::Message(message) | Kind::Edited(message) => Lane::Chat(message.chat.id),
            Kind::Callback(callback) => callback
                .message
                .as_ref()
                .map_or(Lane::Person(callback.from.id), |m| Lane::Chat(m.chat.id)),
            Kind::Inline(query) => Lane::Person(query.from.id),
            Kind::Other => Lane::Person(0),
        }
    }
}

/// A queue of updates that must stay in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Of a chat.
    Chat(i64),
    /// Of a person, outside any chat.
    Person(u64),
}

impl Lane {
    /// A number that no other lane has: a chat's own, and for people numbers far below those of groups. A person's chat
    /// with the bot has the same id as the person, and yet is another lane.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Chat(id) => id,
            Self::Person(id) => i64::MIN.saturating_add_unsigned(id),
        }
    }
}

fn read<'v, T: Deserialize<'v>>(value: &'v Value, kind: &str) -> Option<T> {
    let content = value.get(kind)?;
    T::deserialize(content)
        .inspect_err(|_| tracing::warn!(kind, "an update cannot be read"))
        .ok()
}

/// A message, as far as it is read.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// Its number in the chat.
    pub message_id: i32,
    /// Where it stands.
    pub chat: Chat,
    /// Who wrote it; absent for channels and anonymous admins.
    pub from: Option<User>,
    /// The bot through whose inline mode it was written.
    pub via_bot: Option<User>,
    /// Whether a channel's post was copied into its discussion group.
    #[serde(default)]
    pub is_automatic_forward: bool,
    /// Its text.
    pub text: Option<String>,
    /// The text under its photo, document and so on.
    pub caption: Option<String>,
    /// The poll it holds.
    pub poll: Option<Poll>,
    /// The album it belongs to.
    pub media_group_id: Option<String>,
    /// The message that it replies to.
    pub reply_to_message: Option<Box<Message>>,
    /// Its buttons.
    pub reply_markup: Option<Markup>,
    /// Names of all other fields, by which service messages are told from content.
    #[serde(flatten)]
    other: BTreeMap<String, IgnoredAny>,
}

impl Message {
    /// The words in it, if any: text, caption or the question of a poll.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        let poll = self.poll.as_ref().map(|p| &p.question);
        let words = self.text.as_ref().or(self.caption.as_ref()).or(poll)?;
        Some(words)
    }

    /// Whether it reports an event in the chat rather than something that a person said.
    #[must_use]
    pub fn is_service(&self) -> bool {
        SERVICE.iter().any(|name| self.other.contains_key(*name))
    }

    /// Whether a button with this callback data is under it.
    #[must_use]
    pub fn has_button(&self, data: &str) -> bool {
        self.reply_markup.as_ref().is_some_and(|markup| {
            markup
                .inline_keyboard
                .iter()
                .flatten()
                .any(|button| button.callback_data.as_deref() == Some(data))
        })
    }
}

/// Fields that make a message a service message, as of Bot API 9.
const SERVICE: [&str; 43] = [
    "new_chat_members",
    "new_chat_member",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "connected_website",
    "write_access_allowed",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "paid_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_completed",
    "gift",
    "unique_gift",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "web_app_data",
    "chat_owner_left",
];

/// Where a message stands.
#[derive(Debug, Deserialize)]
pub struct Chat {
    /// Its number.
    pub id: i64,
    /// What it is.
    #[serde(rename = "type", default)]
    pub kind: ChatKind,
}

/// What a chat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatKind {
    /// One person and the bot.
    Private,
    /// Several people.
    Group,
    /// Several people, the newer kind.
    Supergroup,
    /// A channel, or something newer than this program.
    #[default]
    #[serde(other)]
    Other,
}

/// A person or a bot.
#[derive(Debug, Deserialize)]
pub struct User {
    /// Its number.
    pub id: u64,
    /// Whether it is a bot.
    #[serde(default)]
    pub is_bot: bool,
    /// The public name, without the `@`; by it therapists are recognised.
    pub username: Option<String>,
}

/// A poll, as far as it is read.
#[derive(Debug, Deserialize)]
pub struct Poll {
    /// Its question.
    pub question: String,
}

/// Buttons under a message.
#[derive(Debug, Deserialize)]
pub struct Markup {
    /// In rows.
    #[serde(default)]
    pub inline_keyboard: Vec<Vec<Button>>,
}

/// One button.
#[derive(Debug, Deserialize)]
pub struct Button {
    /// What it sends back.
    pub callback_data: Option<String>,
}

/// A pressed button.
#[derive(Debug, Deserialize)]
pub struct Callback {
    /// By which it is answered.
    pub id: String,
    /// Who pressed.
    pub from: User,
    /// The message under which the button is; absent for messages sent through inline mode.
    pub message: Option<Message>,
    /// What the button sends back.
    pub data: Option<String>,
}

/// Words after `@bot` in any chat.
#[derive(Debug, Deserialize)]
pub struct InlineQuery {
    /// By which it is answered.
    pub id: String,
    /// Who types.
    pub from: User,
    /// What was typed so far.
    pub query: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(extra: Value) -> Message {
        let mut value = json!({"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private", "first_name": "A"},
            "from": {"id": 7, "is_bot": false, "first_name": "A"}, "field_of_2030": {"deep": [1, null]}});
        let fields = extra.as_object().expect("an object").clone();
        value.as_object_mut().expect("an object").extend(fields);
        let update = Update::read(&json!({"update_id": 1, "message": value})).expect("readable");
        match update.kind {
            Kind::Message(message) => *message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn unknown_fields_and_kinds_do_no_harm() {
        assert_eq!(message(json!({"text": "hi"})).words(), Some("hi"));
        assert_eq!(
            message(json!({"photo": [], "caption": "ouch"})).words(),
            Some("ouch")
        );
        let unknown = Update::read(&json!({"update_id": 9, "telepathy": {"x": 1}}));
        assert!(matches!(
            unknown,
            Some(Update {
                id: 9,
                kind: Kind::Other
            })
        ));
        let broken = Update::read(&json!({"update_id": 9, "message": {"chat": true}}));
        assert!(matches!(
            broken,
            Some(Update {
                kind: Kind::Other,
                ..
            })
        ));
        assert!(Update::read(&json!({"no": "number"})).is_none());
    }

    #[test]
    fn service_messages_are_told_from_content() {
        assert!(message(json!({"pinned_message": {"message_id": 1}})).is_service());
        assert!(!message(json!({"sticker": {"emoji": "x"}})).is_service());
    }

    #[test]
    fn chats_of_a_new_kind_can_be_read() {
        let chat: Chat = serde_json::from_value(json!({"id": 1, "type": "hologram"})).expect("ok");
        assert_eq!(chat.kind, ChatKind::Other);
    }
}
