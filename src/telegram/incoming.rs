//! What the bot reads of an update.
//!
//! Only the fields that are used, so that a new Bot API version with new fields, kinds or enum values cannot make a
//! question unreadable: teloxide's complete types refuse an update as a whole when one field is unknown to them.
//! Channel posts and other kinds that nobody asks through are not read at all.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::BTreeMap;
use teloxide::types::AllowedUpdate;

/// The kinds of update that are asked for; those of connected accounts only where the bot answers for them.
#[must_use]
pub fn kinds(business: bool) -> Vec<AllowedUpdate> {
    let mut kinds = vec![
        AllowedUpdate::Message,
        AllowedUpdate::EditedMessage,
        AllowedUpdate::CallbackQuery,
        AllowedUpdate::InlineQuery,
    ];
    if business {
        kinds.extend([
            AllowedUpdate::BusinessConnection,
            AllowedUpdate::BusinessMessage,
            AllowedUpdate::EditedBusinessMessage,
            AllowedUpdate::DeletedBusinessMessages,
        ]);
    }
    kinds
}

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
    /// Someone connected the bot to their account, changed what it may do there, or disconnected it.
    Connection(Connection),
    /// Someone wrote in a chat of a connected account: its owner, or whoever they talk with.
    Business(Box<Message>),
    /// Someone changed what they had written there.
    BusinessEdited(Box<Message>),
    /// Someone deleted what was written there.
    BusinessDeleted(Deleted),
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
            Self::Connection(_) => "business_connection",
            Self::Business(_) => "business_message",
            Self::BusinessEdited(_) => "edited_business_message",
            Self::BusinessDeleted(_) => "deleted_business_messages",
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
            .or_else(|| read(value, "business_connection").map(Kind::Connection))
            .or_else(|| read(value, "business_message").map(Kind::Business))
            .or_else(|| read(value, "edited_business_message").map(Kind::BusinessEdited))
            .or_else(|| read(value, "deleted_business_messages").map(Kind::BusinessDeleted))
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
            Kind::Connection(connection) => Lane::Person(connection.user.id),
            Kind::Business(message) | Kind::BusinessEdited(message) => {
                Lane::Business(message.chat.id)
            }
            Kind::BusinessDeleted(deleted) => Lane::Business(deleted.chat.id),
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
    /// Of the chats of connected accounts with a person, by the id of the person's own chat with the bot.
    Business(i64),
}

impl Lane {
    /// A number that no other lane has: a chat's own, for people numbers far below those of groups, and for chats of
    /// connected accounts numbers far above those of people. A person's chat with the bot has the same id as the person
    /// and as their chats with such accounts, and yet is another lane.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Chat(id) => id,
            Self::Person(id) => i64::MIN.saturating_add_unsigned(id),
            Self::Business(id) => i64::MAX.saturating_sub(id),
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
    /// When it was written, in Unix seconds; 0 where that is not to be had.
    #[serde(default)]
    pub date: i64,
    /// Where it stands.
    pub chat: Chat,
    /// The connected account in whose chat it stands.
    pub business_connection_id: Option<String>,
    /// The bot that wrote it for that account.
    pub sender_business_bot: Option<User>,
    /// Whether Telegram wrote it for that account: an away message, a greeting, a message that was scheduled.
    #[serde(default)]
    pub is_from_offline: bool,
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

/// An account that the bot is connected to.
#[derive(Debug, Deserialize)]
pub struct Connection {
    /// Telegram's name for it.
    pub id: String,
    /// The account's owner.
    pub user: User,
    /// The owner's private chat with the bot.
    pub user_chat_id: i64,
    /// Whether the connection stands.
    pub is_enabled: bool,
    /// What the bot may do there.
    rights: Option<Rights>,
    /// The one right that there was before Bot API 9.0.
    #[serde(default)]
    can_reply: bool,
}

impl Connection {
    /// Whether the owner wants the bot to reply in the account's chats.
    #[must_use]
    pub fn may_reply(&self) -> bool {
        let right = self.rights.as_ref().map_or(self.can_reply, |r| r.can_reply);
        self.is_enabled && right
    }
}

/// What the bot may do in the chats of an account, as far as it is read.
#[derive(Debug, Deserialize)]
struct Rights {
    #[serde(default)]
    can_reply: bool,
}

/// Messages that are gone from a chat of a connected account.
#[derive(Debug, Deserialize)]
pub struct Deleted {
    /// The account.
    pub business_connection_id: String,
    /// The chat.
    pub chat: Chat,
    /// Their numbers.
    pub message_ids: Vec<i32>,
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
    fn no_two_lanes_have_one_number() {
        let lanes = [
            Lane::Chat(7),
            Lane::Person(7),
            Lane::Business(7),
            Lane::Chat(-1_001_234_567_890),
        ];
        let numbers: std::collections::BTreeSet<i64> = lanes.iter().map(|l| l.number()).collect();
        assert_eq!(numbers.len(), lanes.len());
    }

    #[test]
    fn updates_of_connected_accounts_are_asked_for_only_on_request() {
        assert_eq!(kinds(false).len(), 4);
        assert!(kinds(true).contains(&AllowedUpdate::BusinessMessage));
    }

    #[test]
    fn the_right_to_reply_is_read_in_its_old_and_its_new_form() {
        let may_reply = |extra: Value| {
            let mut value = json!({"id": "c", "user": {"id": 7, "is_bot": false, "first_name": "A"},
                "user_chat_id": 7, "date": 1, "is_enabled": true});
            let fields = extra.as_object().expect("an object").clone();
            value.as_object_mut().expect("an object").extend(fields);
            serde_json::from_value::<Connection>(value)
                .expect("readable")
                .may_reply()
        };
        assert!(may_reply(
            json!({"rights": {"can_reply": true, "can_fly": true}})
        ));
        assert!(may_reply(json!({"can_reply": true})));
        assert!(!may_reply(json!({"rights": {"can_read_messages": true}})));
        assert!(!may_reply(
            json!({"rights": {"can_reply": true}, "is_enabled": false})
        ));
        assert!(!may_reply(json!({})));
    }

    #[test]
    fn chats_of_a_new_kind_can_be_read() {
        let chat: Chat = serde_json::from_value(json!({"id": 1, "type": "hologram"})).expect("ok");
        assert_eq!(chat.kind, ChatKind::Other);
    }
}
