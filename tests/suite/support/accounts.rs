//! People who have connected the bot to their own account (Telegram Business), and what is written in their chats.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::people::{Person, Reply};
use super::server::{Call, Server};

/// An account with its owner.
#[derive(Debug)]
pub(crate) struct Account {
    server: Server,
    /// Telegram's name for the connection.
    pub(crate) id: String,
    /// Whose it is, alone with the bot.
    pub(crate) owner: Person,
}

/// A moment so many hours ago, as Telegram writes it.
pub(crate) fn hours_ago(hours: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("after 1970").as_secs() - hours * 3600
}

impl Account {
    /// An account that is not connected yet.
    pub(crate) fn new(server: &Server) -> Self {
        let owner = Person::in_private(server);
        Self {
            server: server.clone(),
            id: format!("bc_{}_Zx9", owner.chat),
            owner,
        }
    }

    /// The connection with these rights, as Telegram describes it.
    pub(crate) fn connection(&self, enabled: bool, rights: &Value) -> Value {
        json!({"id": self.id, "user": self.owner.user(), "user_chat_id": self.owner.chat, "date": 1_800_000_000,
            "rights": rights, "is_enabled": enabled, "field_of_2031": {"x": [null]}})
    }

    /// Connects, changes or ends the connection, and tells the bot so. Returns how many requests there were before.
    pub(crate) fn connects(&self, enabled: bool, rights: &Value) -> usize {
        let connection = self.connection(enabled, rights);
        self.server.connect(&connection);
        self.server.push("business_connection", connection)
    }

    /// A connected account that lets the bot reply.
    pub(crate) fn connected(server: &Server) -> Self {
        let account = Self::new(server);
        let since = account.connects(true, &json!({"can_reply": true, "can_read_messages": true}));
        account.owner.hears(since);
        account
    }

    /// A message in the chat with a client, by one of the two.
    pub(crate) fn message(&self, client: &Person, by: &Person, content: &Value) -> Value {
        let mut fields =
            json!({"business_connection_id": self.id, "from": by.user(), "date": hours_ago(0)});
        let more = content.as_object().expect("an object").clone();
        fields.as_object_mut().expect("an object").extend(more);
        client.message(&fields)
    }

    /// Has a client write any message.
    pub(crate) fn gets(&self, client: &Person, content: &Value) -> usize {
        let message = self.message(client, client, content);
        self.server.push("business_message", message)
    }

    /// Has the owner write to a client.
    pub(crate) fn writes(&self, client: &Person, content: &Value) -> usize {
        let message = self.message(client, &self.owner, content);
        self.server.push("business_message", message)
    }

    /// What the bot says next in the owner's name to a client.
    pub(crate) fn says(&self, client: &Person, since: usize) -> Reply {
        let call = self.server.wait(since, "reply for the owner", |call| {
            call.method == "sendmessage"
                && call.params["business_connection_id"] == self.id.as_str()
                && call.params["chat_id"] == client.chat
                && call.result.is_ok()
        });
        Reply::of(call)
    }

    /// What the bot has done for this account.
    pub(crate) fn calls(&self, since: usize) -> Vec<Call> {
        self.server.calls(since, |call| {
            call.params["business_connection_id"] == self.id.as_str()
        })
    }
}
