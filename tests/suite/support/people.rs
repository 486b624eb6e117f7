//! People who write to the bot: their updates look as Telegram's do, with every field of a real one.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use super::server::{BOT_ID, Call, Server, USERNAME};

// As long as real ones, so that no time stamp in a log looks like one.
static LAST_ID: AtomicI64 = AtomicI64::new(7_301_070_000);

fn fresh_id() -> i64 {
    LAST_ID.fetch_add(1, Ordering::Relaxed)
}

/// Someone in a chat.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    server: Server,
    /// The chat's id.
    pub(crate) chat: i64,
    /// The person's own.
    pub(crate) id: i64,
    /// Public name, without the `@`.
    pub(crate) username: String,
}

/// The text of a message, or the caption of a picture.
fn words(message: &Value) -> &str {
    let text = message["text"].as_str().or(message["caption"].as_str());
    text.unwrap_or_default()
}

/// A message of the bot.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The request with which it was sent or edited.
    pub(crate) call: Call,
    /// The message as the server has it.
    pub(crate) message: Value,
}

/// What pressing a button did.
#[derive(Debug)]
pub(crate) struct Pressed {
    /// The answer to the callback.
    pub(crate) answer: Call,
    chat: i64,
    since: usize,
    server: Server,
}

impl Pressed {
    /// The note on the button.
    pub(crate) fn note(&self) -> &str {
        self.answer.params["text"].as_str().unwrap_or_default()
    }

    /// What the message became.
    pub(crate) fn edit(&self) -> Reply {
        let call = self.server.wait(self.since, "edit", |call| {
            call.method.starts_with("editmessage") && call.params["chat_id"] == self.chat
        });
        Reply::of(call)
    }
}

impl Reply {
    /// The message that a request has sent or edited.
    pub(crate) fn of(call: Call) -> Self {
        let message = call
            .result
            .clone()
            .unwrap_or_else(|error| panic!("refused: {error} {call:?}"));
        Self { call, message }
    }

    /// As people see it.
    pub(crate) fn text(&self) -> &str {
        words(&self.message)
    }

    /// As it was sent.
    pub(crate) fn html(&self) -> &str {
        words(&self.call.params)
    }

    /// The address that the button with this label opens.
    pub(crate) fn opens(&self, label: &str) -> Option<String> {
        let rows = self.message["reply_markup"]["inline_keyboard"].as_array()?;
        let mut buttons = rows.iter().filter_map(Value::as_array).flatten();
        let button = buttons.find(|button| button["text"] == label)?;
        button["url"].as_str().map(str::to_owned)
    }

    /// Its number.
    pub(crate) fn id(&self) -> i64 {
        self.message["message_id"].as_i64().unwrap_or_default()
    }

    /// Labels and callback data of its buttons.
    pub(crate) fn buttons(&self) -> Vec<(String, String)> {
        let rows = self.message["reply_markup"]["inline_keyboard"].as_array();
        let all = rows
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten();
        all.map(|button| {
            let text = |field: &str| button[field].as_str().unwrap_or_default().to_owned();
            (text("text"), text("callback_data"))
        })
        .collect()
    }

    /// The label of the first button that sends this kind of data.
    pub(crate) fn has_button(&self, data: &str) -> bool {
        self.buttons().iter().any(|(_, d)| d.starts_with(data))
    }
}

impl Person {
    /// Someone who is alone with the bot.
    pub(crate) fn in_private(server: &Server) -> Self {
        let id = fresh_id();
        Self {
            server: server.clone(),
            chat: id,
            id,
            username: "ann_o".to_owned(),
        }
    }

    /// Someone in a new group.
    pub(crate) fn in_group(server: &Server) -> Self {
        let id = fresh_id();
        Self {
            server: server.clone(),
            chat: -1_001_000_000_000 - id,
            id,
            username: "ann_o".to_owned(),
        }
    }

    /// Who they are, as Telegram describes them.
    pub(crate) fn user(&self) -> Value {
        json!({"id": self.id, "is_bot": false, "first_name": "Ann <b>&", "last_name": "O'Neil", "username": self.username,
            "language_code": "en", "is_premium": true})
    }

    fn place(&self) -> Value {
        if self.chat < 0 {
            json!({"id": self.chat, "title": "Backs & <friends>", "type": "supergroup", "is_forum": false})
        } else {
            json!({"id": self.chat, "first_name": "Ann <b>&", "username": self.username, "type": "private"})
        }
    }

    /// A message with this content, as Telegram describes it.
    pub(crate) fn message(&self, content: &Value) -> Value {
        let mut message = json!({"from": self.user(), "chat": self.place(), "date": 1_800_000_000,
            "has_protected_content": false, "field_of_2031": {"nested": [1, 2]}});
        let fields = content.as_object().expect("an object").clone();
        message.as_object_mut().expect("an object").extend(fields);
        if let Some(text) = content["text"]
            .as_str()
            .filter(|text| text.starts_with('/'))
        {
            let length = text.split_whitespace().next().unwrap_or_default().len();
            message["entities"] = json!([{"offset": 0, "length": length, "type": "bot_command"}]);
        }
        self.server.store(self.chat, message)
    }

    /// Sends any message without waiting; returns where to look for the reply.
    pub(crate) fn sends(&self, content: &Value) -> usize {
        let message = self.message(content);
        self.server.push("message", message)
    }

    /// The bot's next message in this chat.
    pub(crate) fn hears(&self, since: usize) -> Reply {
        let call = self.server.wait(since, "reply", |call| {
            ["sendmessage", "sendphoto"].contains(&call.method.as_str())
                && call.params["chat_id"] == self.chat
                && call.result.is_ok()
        });
        Reply::of(call)
    }

    /// Sends a message of any kind and hears the reply.
    pub(crate) fn shows(&self, content: &Value) -> Reply {
        self.hears(self.sends(content))
    }

    /// Writes a text and hears the reply.
    pub(crate) fn says(&self, text: &str) -> Reply {
        self.shows(&json!({"text": text}))
    }

    /// Changes a text and hears how the reply changes.
    pub(crate) fn edits(&self, id: i64, text: &str) -> Call {
        let mut message = self
            .server
            .message(self.chat, id)
            .expect("the message is there");
        message["text"] = json!(text);
        message["edit_date"] = json!(1_800_000_100);
        let since = self.server.push("edited_message", message);
        self.server.wait(since, "reaction to the edit", |call| {
            ["sendmessage", "editmessagetext"].contains(&call.method.as_str())
                && call.params["chat_id"] == self.chat
        })
    }

    /// Presses the button with this label.
    pub(crate) fn presses(&self, reply: &Reply, label: &str) -> Pressed {
        let buttons = reply.buttons();
        let (_, data) = buttons
            .iter()
            .find(|(text, _)| text == label)
            .unwrap_or_else(|| panic!("no button {label:?} in {buttons:?}"));
        self.forges(reply, data)
    }

    /// Presses a button with any data under a message.
    pub(crate) fn forges(&self, reply: &Reply, data: &str) -> Pressed {
        let message = self
            .server
            .message(self.chat, reply.id())
            .expect("the message is there");
        self.calls_back(json!({"message": message, "data": data}))
    }

    /// Sends a callback of any form.
    pub(crate) fn calls_back(&self, fields: Value) -> Pressed {
        let id = format!("cb{}", fresh_id());
        let mut callback =
            json!({"id": id, "from": self.user(), "chat_instance": "-3141592653589793"});
        let fields = fields.as_object().expect("an object").clone();
        callback.as_object_mut().expect("an object").extend(fields);
        let since = self.server.push("callback_query", callback);
        let answer = self.server.wait(since, "answer to the callback", |call| {
            call.method == "answercallbackquery" && call.params["callback_query_id"] == id.as_str()
        });
        Pressed {
            answer,
            chat: self.chat,
            since,
            server: self.server.clone(),
        }
    }

    /// Types after the bot's name in another chat; the results that are offered.
    pub(crate) fn types(&self, query: &str) -> Vec<Value> {
        let id = format!("iq{}", fresh_id());
        let query = json!({"id": id, "from": self.user(), "query": query, "offset": "", "chat_type": "sender"});
        let since = self.server.push("inline_query", query);
        let call = self.server.wait(since, "inline results", |call| {
            call.method == "answerinlinequery" && call.params["inline_query_id"] == id.as_str()
        });
        call.result.expect("the results are accepted");
        call.params["results"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Checks that the bot says nothing to an update of any kind: the next thing that it says answers a command which
    /// comes after it, since one chat's updates are handled in order.
    pub(crate) fn is_ignored(&self, kind: &str, content: Value) {
        let since = self.server.push(kind, content.clone());
        self.sends(&json!({"text": format!("/about@{USERNAME}")}));
        let reply = self.hears(since);
        assert!(
            reply.text().starts_with("Backtalk answers"),
            "{content} was answered: {}",
            reply.text()
        );
    }

    /// What a message of the bot says now.
    pub(crate) fn message_now(&self, reply: &Reply) -> String {
        let message = self
            .server
            .message(self.chat, reply.id())
            .expect("still there");
        message["text"].as_str().unwrap_or_default().to_owned()
    }

    /// A message of the bot's, as the target of a reply.
    pub(crate) fn of_the_bot(&self) -> Value {
        json!({"message_id": 1, "date": 1_800_000_000, "chat": self.place(), "text": "…",
            "from": {"id": BOT_ID, "is_bot": true, "first_name": "Backtalk", "username": USERNAME}})
    }
}
