//! Messages: read what is asked, let the engine answer, say it.
//!
//! Knows which messages are for the bot and how its answers hang together in a chat. No scoring, no markup.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::api::CallError;
use super::commands::{self, Command, Parsed};
use super::context::{Key, Shown, Turn};
use super::counter::Event;
use super::flood::Admission;
use super::incoming::{ChatKind, Message};
use super::metrics::Trouble;
use super::pieces::{self, Choice, Held};
use super::render::{self, Text};
use super::send::Outgoing;
use super::upload::File;
use super::{App, keyboard};
use crate::decision::Reason;
use crate::engine::Engine;
use crate::faq::{EntryId, EntryIndex, Faq};
use crate::redact::Redacted;
use crate::reply::{Advice, Content, Reply};
use teloxide::types::InlineKeyboardMarkup;

/// What a message amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked<'m> {
    /// Not for the bot.
    Nothing,
    /// Words to be answered.
    Words(&'m str),
    /// The bot is spoken to without a word: a voice message, a sticker, a bare mention.
    NoWords,
    /// A command with what follows it.
    Command(Command, &'m str),
    /// Has the form of a command, but is none; the whole text.
    Unknown(&'m str),
}

impl<'m> Asked<'m> {
    /// What may hold a red flag.
    fn words(self) -> &'m str {
        match self {
            Self::Words(words) | Self::Command(Command::Ask, words) => words,
            Self::Command(Command::Start, payload) if !payload.contains(char::is_whitespace) => "",
            Self::Command(_, words) | Self::Unknown(words) => words,
            Self::Nothing | Self::NoWords => "",
        }
    }
}

/// Something to be said, and what is to be remembered and counted once it was.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) text: Text,
    pub(super) keyboard: Option<InlineKeyboardMarkup>,
    /// Shown above the text.
    pub(super) picture: Option<File>,
    /// Files that follow it, with words of their own.
    pub(super) documents: Vec<(File, Text)>,
    /// The urgent-care card: always a message of its own, visibly in answer to the words that it is about.
    pub(super) urgent: bool,
    /// Entries shown.
    pub(super) shown: Vec<EntryId>,
    pub(super) decision: Option<&'static str>,
    /// Whether the person is no further than before.
    pub(super) missed: bool,
    /// Whether the therapist is who can help now.
    pub(super) contact: bool,
    /// The question, as far as it may be kept.
    pub(super) words: Option<Redacted>,
    /// Whether it is one for the list of what the FAQ does not cover.
    pub(super) unanswered: bool,
    /// The code of the link that the chat came by.
    pub(super) by: Option<String>,
}

impl App {
    /// Handles a message. What is returned waits for its next piece.
    ///
    /// # Errors
    /// When the reply could not be delivered.
    pub(super) async fn on_message(
        self: &Arc<Self>,
        message: Message,
        held: Option<Held>,
    ) -> Result<Option<Held>, CallError> {
        let engine = self.engine();
        let asked = self.read(&message);
        if asked == Asked::Nothing {
            // Nothing that a person said comes between two pieces.
            return Ok(held);
        }
        if !self.is_admitted(&engine, &message, asked).await? {
            self.release_held(held).await?;
            return Ok(None);
        }
        let typing = self.sender.typing(message.chat.id);
        let mut words = match asked {
            Asked::Words(words) if may_be_a_piece(&message) => words.to_owned(),
            _ => {
                self.release_held(held).await?;
                return self.reply(&engine, &message, asked).await.map(|()| None);
            }
        };
        let mut pieces = 1;
        if let Some(held) = held {
            let whole = held.joined(&words);
            let respond =
                |words: &str| pieces::Kind::of(&self.respond_to(&engine, words, &message));
            match pieces::choose(respond(&words), respond(&whole)) {
                Choice::Alone => {}
                Choice::Whole => {
                    pieces = held.pieces + 1;
                    words = whole;
                }
                Choice::Apart => self.release_held(Some(held)).await?,
            }
        }
        let reply = self.respond_to(&engine, &words, &message);
        if pieces::Kind::of(&reply) == pieces::Kind::Missed && pieces < pieces::MAX {
            return Ok(Some(Held {
                message,
                words,
                pieces,
                _typing: typing,
            }));
        }
        let turn = Turn::of(&message);
        let mut said = self.said(&engine, &reply, &words, turn);
        self.complete(&engine, &mut said, turn).await;
        self.say(&message, said).await.map(|()| None)
    }

    /// Answers what was held back when no further piece came.
    ///
    /// # Errors
    /// When the reply could not be delivered.
    pub(super) async fn release_held(&self, held: Option<Held>) -> Result<(), CallError> {
        let Some(held) = held else { return Ok(()) };
        let engine = self.engine();
        let reply = self.respond_to(&engine, &held.words, &held.message);
        let turn = Turn::of(&held.message);
        let mut said = self.said(&engine, &reply, &held.words, turn);
        self.complete(&engine, &mut said, turn).await;
        self.say(&held.message, said).await
    }

    /// Handles a message that was changed: its earlier reply is changed, too.
    ///
    /// # Errors
    /// When the reply could not be delivered.
    pub(super) async fn on_edited(
        &self,
        message: Message,
        held: Option<Held>,
    ) -> Result<(), CallError> {
        // What was held back is answered in its new form only.
        let other = held.filter(|held| held.message.message_id != message.message_id);
        self.release_held(other).await?;
        let asked = self.read(&message);
        if matches!(asked, Asked::Nothing | Asked::NoWords) {
            // A live location moves on by edits.
            return Ok(());
        }
        let engine = self.engine();
        if !self.is_admitted(&engine, &message, asked).await? {
            return Ok(());
        }
        let _typing = self.sender.typing(message.chat.id);
        let turn = Turn::of(&message);
        let earlier = self
            .context
            .with(turn.key, |memory| memory.replies_to(turn.message));
        let mut said = self.compose(&engine, &message, asked).await;
        self.complete(&engine, &mut said, turn).await;
        if earlier.messages.is_empty() {
            return self.say(&message, said).await;
        }
        if said.urgent {
            // A card must ring and show what it is about; an edit does neither.
            self.say(&message, said).await?;
            for id in earlier.messages {
                self.sender.delete(message.chat.id, id).await;
            }
            return Ok(());
        }
        let messages = if earlier.print == said.print() {
            earlier.messages
        } else {
            let keyboard = said.keyboard.as_ref();
            self.replace(message.chat.id, &earlier.messages, &said.text, keyboard)
                .await?
        };
        self.note(turn, messages, &said);
        Ok(())
    }

    /// Puts a text in the place of earlier messages of the bot: edits what is there, takes back what is too many, sends
    /// what is missing or cannot be edited. Returns the numbers of the messages that hold it now.
    pub(super) async fn replace(
        &self,
        chat: i64,
        earlier: &[i32],
        text: &Text,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Result<Vec<i32>, CallError> {
        let chunks = text.chunks();
        if let ([chunk], [first, rest @ ..]) = (&chunks[..], earlier)
            && self.sender.edit(chat, *first, chunk, keyboard).await?
        {
            for id in rest {
                self.sender.delete(chat, *id).await;
            }
            return Ok(vec![*first]);
        }
        let sent = self
            .sender
            .message(&Outgoing {
                chat,
                text,
                keyboard,
                reply_to: None,
            })
            .await?;
        for id in earlier {
            self.sender.delete(chat, *id).await;
        }
        Ok(sent)
    }

    async fn reply(
        &self,
        engine: &Engine,
        message: &Message,
        asked: Asked<'_>,
    ) -> Result<(), CallError> {
        if asked == Asked::NoWords && self.album_was_answered(message) {
            return Ok(());
        }
        let mut said = self.compose(engine, message, asked).await;
        self.complete(engine, &mut said, Turn::of(message)).await;
        self.say(message, said).await
    }

    /// Whether a message is answered; in a flood most are not, and its sender is told so.
    async fn is_admitted(
        &self,
        engine: &Engine,
        message: &Message,
        asked: Asked<'_>,
    ) -> Result<bool, CallError> {
        let red_flag = || match self.respond_to(engine, asked.words(), message).content {
            Content::RedFlag(red_flag) => Some(red_flag.concept.id.to_string()),
            _ => None,
        };
        match self.flood.message(Turn::of(message).key, red_flag) {
            Admission::Answer => return Ok(true),
            Admission::Note => {
                tracing::warn!("a flood in one chat: not everything is answered");
                let note = Said::sentence(&engine.faq().replies.sentences.flood);
                self.say(message, note).await?;
            }
            Admission::Silence => {}
        }
        self.metrics.trouble(Trouble::Flood);
        Ok(false)
    }

    /// Whether the message is a further picture of an album that has been answered: one note is enough.
    fn album_was_answered(&self, message: &Message) -> bool {
        let Some(album) = &message.media_group_id else {
            return false;
        };
        self.context.with(Turn::of(message).key, |memory| {
            let answered = memory.album.as_ref() == Some(album);
            memory.album = Some(album.clone());
            answered
        })
    }

    /// What to say to what was asked. A red flag in any words wins over everything, also over a command.
    async fn compose(&self, engine: &Engine, message: &Message, asked: Asked<'_>) -> Said {
        let sentences = &engine.faq().replies.sentences;
        let turn = Turn::of(message);
        let words = asked.words();
        let reply = (!words.is_empty()).then(|| self.respond_to(engine, words, message));
        if let Some(reply) = reply
            .as_ref()
            .filter(|r| matches!(r.content, Content::RedFlag(_)))
        {
            return self.said(engine, reply, words, turn);
        }
        match (asked, reply) {
            (Asked::Words(_) | Asked::Command(Command::Ask, _), Some(reply)) => {
                self.said(engine, &reply, words, turn)
            }
            (Asked::Command(Command::Ask, _), None) => Said::sentence(&sentences.ask_usage),
            (Asked::Command(command, arguments), _) => {
                self.command(engine, message, command, arguments).await
            }
            (Asked::Unknown(_), _) => Said::sentence(&sentences.unknown_command),
            (Asked::NoWords | Asked::Nothing | Asked::Words(_), _) => {
                let is_text = message.text.is_some();
                let mut said = Said::sentence(if is_text {
                    &sentences.empty
                } else {
                    &sentences.not_text
                });
                said.missed = true;
                // To ask a second time for words is no help.
                if self.missed_before(turn) {
                    said.keyboard = Some(keyboard::groups(engine.faq()));
                    said.contact = true;
                }
                said
            }
        }
    }

    async fn command(
        &self,
        engine: &Engine,
        message: &Message,
        command: Command,
        arguments: &str,
    ) -> Said {
        let faq = engine.faq();
        let sentences = &faq.replies.sentences;
        match command {
            Command::Start => self.start(engine, message, arguments).await,
            Command::Topics => topics_said(faq),
            // It sends people to their therapist for everything else.
            Command::Help => Said {
                keyboard: Some(keyboard::topics(faq)),
                contact: true,
                ..Said::sentence(&sentences.help)
            },
            Command::Share => self.share(engine, message).await,
            Command::Forget => self.forget(engine, Turn::of(message)).await,
            Command::Sources => {
                let mut text = render::sentence(&sentences.sources);
                for document in &faq.documents {
                    let address = document.address.iter().map(|a| format!("\n{a}"));
                    let line = format!("• {document}{}", address.collect::<String>());
                    text.paragraph(render::literal(&line));
                }
                Said {
                    text,
                    ..Said::default()
                }
            }
            Command::Doctor => Said::sentence(&sentences.doctor),
            Command::Privacy => Said::sentence(&sentences.privacy),
            Command::About => Said::sentence(&sentences.about),
            Command::Ask => Said::sentence(&sentences.ask_usage),
            Command::Stats => self.stats(engine, arguments).await,
        }
    }

    /// The engine's reply to some words in a chat.
    fn respond_to<'e>(&self, engine: &'e Engine, words: &str, message: &Message) -> Reply<'e> {
        let previous = self.previous(engine, Turn::of(message).key);
        self.respond(engine, words, previous)
    }

    /// The entry that a person read last, if this FAQ has it.
    pub(super) fn previous(&self, engine: &Engine, key: Key) -> Option<EntryIndex> {
        let last = self.context.with(key, |memory| memory.last.clone())?;
        engine.faq().position(last.as_str())
    }

    /// A reply in this channel's form. After a second miss in a row the topics take the place of "please rephrase".
    pub(super) fn said(&self, engine: &Engine, reply: &Reply<'_>, words: &str, turn: Turn) -> Said {
        let faq = engine.faq();
        let mut said = Said {
            text: render::reply(reply, faq),
            decision: Some(reply.decision()),
            words: Some(self.counter.redact(words)),
            ..Said::default()
        };
        match &reply.content {
            Content::RedFlag(_) => {
                said.keyboard = Some(keyboard::card(faq));
                said.urgent = true;
            }
            Content::Answer(advice) => {
                said.keyboard = Some(keyboard::answer(advice.entries(), false, faq));
                said.shown = advice.entries().iter().map(|e| e.id.clone()).collect();
            }
            Content::Suggest(offer) => {
                said.keyboard = Some(keyboard::suggest(&offer.entries, faq));
            }
            Content::Abstain(notes) => {
                let has_words = reply.reason != Reason::NoWords;
                said.missed = true;
                said.contact = has_words;
                said.unanswered = has_words;
                if self.missed_before(turn) {
                    said.text = render::noted(notes, &faq.replies.sentences.abstain_again, faq);
                    said.keyboard = Some(keyboard::groups(faq));
                    said.contact = true;
                } else if has_words {
                    said.keyboard = Some(keyboard::topics(faq));
                }
            }
            Content::OtherLanguage { .. } => {
                said.missed = true;
                said.contact = true;
                said.keyboard = Some(if self.missed_before(turn) {
                    keyboard::groups(faq)
                } else {
                    keyboard::topics(faq)
                });
            }
            Content::SmallTalk(_) => {}
        }
        said
    }

    /// Sends what is to be said in answer to a message.
    async fn say(&self, message: &Message, said: Said) -> Result<(), CallError> {
        let quotes = said.urgent || message.chat.kind != ChatKind::Private;
        let outgoing = Outgoing {
            chat: message.chat.id,
            text: &said.text,
            keyboard: said.keyboard.as_ref(),
            reply_to: quotes.then_some(message.message_id),
        };
        let sent = match &said.picture {
            Some(picture) => self.sender.file(picture, &outgoing).await?,
            None => self.sender.message(&outgoing).await?,
        };
        self.note(Turn::of(message), sent, &said);
        for (document, caption) in &said.documents {
            let outgoing = Outgoing {
                text: caption,
                keyboard: None,
                reply_to: None,
                ..outgoing
            };
            // To try again would say everything twice.
            if let Err(error) = self.sender.file(document, &outgoing).await {
                tracing::error!(%error, "a document was not delivered");
            }
        }
        Ok(())
    }

    /// Whether the message before this one left the person no further than before.
    fn missed_before(&self, turn: Turn) -> bool {
        self.context
            .with(turn.key, |memory| memory.missed_before(turn.message))
    }

    /// Remembers and counts what was said, once it was accepted: what is tried again would count twice.
    pub(super) fn note(&self, turn: Turn, messages: Vec<i32>, said: &Said) {
        self.context.with(turn.key, |memory| {
            let shown = Shown {
                messages,
                print: said.print(),
                words: said.words.clone(),
            };
            memory.replied(turn.message, shown);
            memory.understood(turn.message, !said.missed);
            if let Some(last) = said.shown.last() {
                memory.last = Some(last.clone());
            }
        });
        if let Some(decision) = said.decision {
            self.counter.count(Event::Decision(decision));
        }
        for id in &said.shown {
            self.counter.count(Event::Shown(id));
        }
        if let Some(words) = said.words.as_ref().filter(|_| said.unanswered) {
            self.counter.count(Event::Unanswered(words));
        }
        if let Some(code) = &said.by {
            self.counter.count(Event::AskedBy(code));
        }
        tracing::debug!(decision = said.decision, entries = ?said.shown, "answered");
    }

    /// What a message asks of the bot. In groups only commands, mentions and replies to the bot do.
    fn read<'m>(&self, message: &'m Message) -> Asked<'m> {
        let from_bot = message.from.as_ref().is_some_and(|user| user.is_bot);
        if from_bot
            || message.via_bot.is_some()
            || message.is_automatic_forward
            || message.is_service()
        {
            return Asked::Nothing;
        }
        let private = match message.chat.kind {
            ChatKind::Private => true,
            ChatKind::Group | ChatKind::Supergroup => false,
            ChatKind::Other => return Asked::Nothing,
        };
        let words = message.words().unwrap_or_default();
        let writer = message.from.as_ref();
        let operator = private && writer.is_some_and(|user| self.operators.contains(&user.id));
        match commands::parse(words, &self.me.username, operator) {
            Parsed::Known(Command::Ask, "") => {
                Asked::Command(Command::Ask, replied_words(message, self.me.id))
            }
            Parsed::Known(command, arguments) => Asked::Command(command, arguments),
            Parsed::Unknown { named } if private || named => Asked::Unknown(words),
            Parsed::OtherBot if private => Asked::Unknown(words),
            Parsed::Unknown { .. } | Parsed::OtherBot => Asked::Nothing,
            Parsed::Text => self.read_text(message, words, private),
        }
    }

    fn read_text<'m>(&self, message: &'m Message, words: &'m str, private: bool) -> Asked<'m> {
        let mention = mention(words, &self.me.username);
        let to_us = message
            .reply_to_message
            .as_ref()
            .is_some_and(|m| m.from.as_ref().is_some_and(|user| user.id == self.me.id));
        let words = match mention {
            Some((before, after)) if before.trim().is_empty() => after,
            Some((before, after)) if after.trim().is_empty() => before,
            Some(_) => words,
            None if private || to_us => words,
            None => return Asked::Nothing,
        };
        let words = words.trim().trim_start_matches([',', ':']).trim();
        if !words.is_empty() {
            return Asked::Words(words);
        }
        // "@bot" in reply to someone's question means that question.
        match replied_words(message, self.me.id) {
            words if mention.is_some() && !words.is_empty() => Asked::Words(words),
            _ => Asked::NoWords,
        }
    }

    /// The words that a message asked with: what an urgent-care card answers.
    pub(super) fn question<'m>(&self, message: &'m Message) -> Option<&'m str> {
        match self.read(message) {
            Asked::Words(words) | Asked::Command(_, words) | Asked::Unknown(words) => Some(words),
            Asked::Nothing | Asked::NoWords => None,
        }
        .filter(|words| !words.is_empty())
    }
}

impl Turn {
    /// Of whoever wrote a message.
    pub(super) fn of(message: &Message) -> Self {
        let person = message.from.as_ref().map_or(0, |user| user.id);
        Self {
            key: Key {
                chat: message.chat.id,
                person,
            },
            message: message.message_id,
        }
    }
}

impl Said {
    /// A hash of what is seen of it.
    fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.text, &self.keyboard).hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn sentence(source: &str) -> Self {
        Self {
            text: render::sentence(source),
            ..Self::default()
        }
    }
}

/// An entry's answer, as a button or a deep link opens it.
pub(super) fn entry_said(engine: &Engine, entry: EntryIndex) -> Said {
    let faq = engine.faq();
    let advice: Advice<'_> = engine.answer(entry);
    Said {
        text: render::advice(&advice, faq),
        keyboard: Some(keyboard::answer(advice.entries(), false, faq)),
        shown: vec![faq[entry].id.clone()],
        ..Said::default()
    }
}

/// The topic groups.
pub(super) fn topics_said(faq: &Faq) -> Said {
    Said {
        text: render::sentence(&faq.replies.sentences.topics),
        keyboard: Some(keyboard::groups(faq)),
        ..Said::default()
    }
}

/// Only what is typed in private comes in pieces: in a group each piece would have to name the bot.
fn may_be_a_piece(message: &Message) -> bool {
    message.chat.kind == ChatKind::Private && message.text.is_some()
}

/// The words of the message that this one replies to, unless they are the bot's own.
fn replied_words(message: &Message, me: u64) -> &str {
    message
        .reply_to_message
        .as_ref()
        .filter(|m| m.from.as_ref().is_none_or(|user| user.id != me))
        .and_then(|m| m.words())
        .unwrap_or_default()
        .trim()
}

/// What stands before and after `@username`, if that is in a text as a word of its own.
fn mention<'t>(text: &'t str, username: &str) -> Option<(&'t str, &'t str)> {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('@').find_map(|(at, _)| {
        let (before, rest) = (&text[..at], &text[at + 1..]);
        let name = rest.get(..username.len())?;
        let after = &rest[username.len()..];
        let whole = !before.ends_with(part_of_name) && !after.starts_with(part_of_name);
        (whole && name.eq_ignore_ascii_case(username)).then_some((before, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_whole_words() {
        for (text, expected) in [
            ("@our_bot does it hurt?", Some(("", " does it hurt?"))),
            ("does it hurt @OUR_BOT", Some(("does it hurt ", ""))),
            ("hey @our_bot, hi", Some(("hey ", ", hi"))),
            ("mail me@our_bot.org", None),
            ("@our_bots", None),
            ("@our", None),
            ("@ünï and @our_bot", Some(("@ünï and ", ""))),
            ("no", None),
        ] {
            assert_eq!(mention(text, "our_bot"), expected, "{text}");
        }
    }
}
