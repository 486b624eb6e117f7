//! Files that go to Telegram: pictures and documents, with the same patience as messages.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use teloxide::types::InlineKeyboardMarkup;

use super::api::{self, CallError};
use super::render::Text;
use super::send::{Outgoing, Patience, REQUEST_LIMIT, Sender, message_id, quiet};

/// A file to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// How it is shown.
    pub kind: FileKind,
    /// Its name, with an extension.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How a file is shown in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// As a picture.
    Photo,
    /// As a file to save or print.
    Document,
}

impl FileKind {
    fn method(self) -> &'static str {
        match self {
            Self::Photo => "SendPhoto",
            Self::Document => "SendDocument",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Document => "document",
        }
    }
}

impl Sender {
    /// Sends a file with a message as its caption: of a text that is too long for a message, the first piece. Returns
    /// the numbers of what was sent, as [`Sender::message`] does; where files are refused, the message goes alone.
    ///
    /// # Errors
    /// When patience has run out or the server refuses the message, too.
    pub async fn file(&self, file: &File, message: &Outgoing<'_>) -> Result<Vec<i32>, CallError> {
        match quiet(self.upload(file, &fields(message)).await) {
            Ok(Some(result)) => Ok(message_id(&result).into_iter().collect()),
            // A group may allow texts, but no files.
            Ok(None) | Err(CallError::Refused { .. } | CallError::Migrated(_)) => {
                self.message(message).await
            }
            Err(error) => Err(error),
        }
    }

    async fn upload(
        &self,
        file: &File,
        fields: &[(&'static str, String)],
    ) -> Result<Value, CallError> {
        let method = file.kind.method();
        let mut patience = Patience::new(method, self.metrics());
        loop {
            let outcome = api::upload(self.bot(), method, form(file, fields), REQUEST_LIMIT).await;
            if let Some(result) = patience.settle(outcome).await? {
                return Ok(result);
            }
        }
    }
}

/// The parameters beside the file.
fn fields(message: &Outgoing<'_>) -> Vec<(&'static str, String)> {
    let mut fields = vec![("chat_id", message.chat.to_string())];
    if let Some(caption) = caption(message.text) {
        fields.push(("caption", caption));
        fields.push(("parse_mode", "HTML".to_owned()));
    }
    if let Some(markup) = message
        .keyboard
        .and_then(|k: &InlineKeyboardMarkup| serde_json::to_string(k).ok())
    {
        fields.push(("reply_markup", markup));
    }
    if let Some(id) = message.reply_to {
        let reply: Value = json!({"message_id": id, "allow_sending_without_reply": true});
        fields.push(("reply_parameters", reply.to_string()));
    }
    fields
}

fn caption(text: &Text) -> Option<String> {
    text.chunks().into_iter().next().map(|chunk| chunk.html)
}

fn form(file: &File, fields: &[(&'static str, String)]) -> Form {
    let part = Part::bytes(file.bytes.clone()).file_name(file.name.clone());
    let form = Form::new().part(file.kind.field(), part);
    fields
        .iter()
        .fold(form, |form, (name, value)| form.text(*name, value.clone()))
}
