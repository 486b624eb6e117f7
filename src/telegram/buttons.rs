//! Pressed buttons: the callback is answered at once, the message is edited in place.

use super::api::CallError;
use super::context::{Key, Turn, Vote};
use super::handlers::{Said, entry_said, topics_said};
use super::incoming::{Callback, Message};
use super::metrics::Trouble;
use super::payload::Payload;
use super::referral::leads_to_therapist;
use super::{App, keyboard, render};
use crate::engine::Engine;
use crate::faq::{Entry, EntryId};
use crate::redact::Redacted;
use crate::replies::fill;
use crate::store::Event;
use teloxide::types::InlineKeyboardMarkup;

/// Most other questions that are offered after an answer that did not help.
const MAX_OTHERS: usize = 3;

/// What a button leads to.
enum Effect {
    /// The message becomes this.
    Show(Said),
    /// Only the buttons change.
    Buttons(Buttons),
    /// Nothing changes.
    Stay,
}

/// Other buttons under a message.
struct Buttons {
    markup: InlineKeyboardMarkup,
    /// Whether the way to the therapist is to be among them.
    contact: bool,
    /// What was voted.
    vote: Vote,
    /// What is counted once they are there.
    event: Option<Event>,
}

/// A note on the button: its words, and whether they must be closed.
type Note<'s> = Option<(&'s str, bool)>;

impl App {
    /// Handles a pressed button.
    ///
    /// # Errors
    /// When the message could not be changed.
    pub(super) async fn on_callback(&self, callback: Callback) -> Result<(), CallError> {
        let engine = self.engine();
        let (effect, note) = self.press(&engine, &callback);
        let answer = self.sender.answer_callback(&callback.id, note);
        let (result, ()) = tokio::join!(self.take_effect(&engine, &callback, effect), answer);
        result
    }

    async fn take_effect(
        &self,
        engine: &Engine,
        callback: &Callback,
        effect: Effect,
    ) -> Result<(), CallError> {
        let Some(message) = &callback.message else {
            return Ok(());
        };
        let chat = message.chat.id;
        match effect {
            Effect::Stay => {}
            Effect::Buttons(buttons) => {
                let mut markup = Some(buttons.markup);
                if buttons.contact {
                    self.add_contact(engine, &mut markup, chat).await;
                }
                self.sender
                    .edit_keyboard(chat, message.message_id, markup.unwrap_or_default())
                    .await?;
                let number = message.message_id;
                self.context.with(turn(callback, message).key, |memory| {
                    memory.voted(number, buttons.vote);
                });
                if let Some(event) = buttons.event {
                    self.store.tally.record(event);
                }
            }
            Effect::Show(mut said) => {
                self.complete(engine, &mut said, turn(callback, message))
                    .await;
                let shown = self
                    .replace(
                        chat,
                        &[message.message_id],
                        &said.text,
                        said.keyboard.as_ref(),
                    )
                    .await?;
                self.note(turn(callback, message), shown, &said);
            }
        }
        Ok(())
    }

    fn press<'e>(&self, engine: &'e Engine, callback: &Callback) -> (Effect, Note<'e>) {
        let faq = engine.faq();
        let sentences = &faq.replies.sentences;
        let stale = (Effect::Stay, Some((sentences.stale_button.as_str(), true)));
        let data = callback.data.as_deref().unwrap_or_default();
        let (Some(message), Some(payload)) = (&callback.message, Payload::decode(data)) else {
            return stale;
        };
        if !self.flood.press(turn(callback, message).key) {
            self.metrics.trouble(Trouble::Flood);
            return (Effect::Stay, Some((sentences.flood.as_str(), false)));
        }
        let entry = |id: &EntryId| faq.entry(id.as_str());
        match payload {
            Payload::Topics => (Effect::Show(topics_said(faq)), None),
            Payload::Group { group, page } => match keyboard::group(&group, page, faq) {
                Some(buttons) => (Effect::Show(group_said(engine, &group, buttons)), None),
                None => stale,
            },
            Payload::Entry(id) => match faq.position(id.as_str()) {
                Some(entry) => (Effect::Show(entry_said(engine, entry)), None),
                None => stale,
            },
            Payload::Helpful(_) | Payload::NotHelpful(_)
                if !self.is_first(callback, message, Vote::Answer) =>
            {
                stale
            }
            Payload::NoneOfThese(_) if !self.is_first(callback, message, Vote::Others) => stale,
            Payload::Helpful(id) => match entry(&id) {
                Some(entry) => {
                    let buttons = Buttons {
                        markup: keyboard::answer(&[entry], true, faq),
                        contact: leads_to_therapist(std::slice::from_ref(&id)),
                        vote: Vote::Answer,
                        event: Some(Event::Helpful(id)),
                    };
                    let note = Some((sentences.helpful.as_str(), false));
                    (Effect::Buttons(buttons), note)
                }
                None => stale,
            },
            Payload::NotHelpful(id) => match entry(&id) {
                Some(entry) => {
                    let buttons = Buttons {
                        markup: keyboard::instead(&id, &nearest(engine, entry), faq),
                        contact: leads_to_therapist(std::slice::from_ref(&id)),
                        vote: Vote::Answer,
                        event: Some(Event::NotHelpful(id)),
                    };
                    let note = Some((sentences.not_helpful.as_str(), false));
                    (Effect::Buttons(buttons), note)
                }
                None => stale,
            },
            Payload::NoneOfThese(_) => {
                let buttons = Buttons {
                    markup: keyboard::topics(faq),
                    contact: true,
                    vote: Vote::Others,
                    event: self.asked(callback, message).map(Event::Unanswered),
                };
                (Effect::Buttons(buttons), Some((&sentences.noted, true)))
            }
            Payload::Numbers => (Effect::Stay, Some((&sentences.emergency_numbers, true))),
            Payload::NotMe => self.not_me(engine, callback, message),
        }
    }

    /// The question that the card was about, answered with the sign named as denied.
    fn not_me<'e>(
        &self,
        engine: &'e Engine,
        callback: &Callback,
        card: &Message,
    ) -> (Effect, Note<'e>) {
        let sentences = &engine.faq().replies.sentences;
        let Some(words) = card
            .reply_to_message
            .as_ref()
            .and_then(|m| self.question(m))
        else {
            return (Effect::Stay, Some((&sentences.not_me_lost, true)));
        };
        let turn = turn(callback, card);
        let reply = engine.respond_denied(words, self.previous(engine, turn.key));
        (Effect::Show(self.said(engine, &reply, words, turn)), None)
    }

    /// Whether a vote counts: the message still asks for it, and it is no double tap.
    fn is_first(&self, callback: &Callback, message: &Message, vote: Vote) -> bool {
        let asked = callback
            .data
            .as_deref()
            .is_some_and(|data| message.has_button(data));
        asked
            && !self.context.with(turn(callback, message).key, |memory| {
                memory.has_voted(message.message_id, vote)
            })
    }

    /// The question that a message of the bot answers: quoted in it, or remembered. What is neither is not known, and
    /// nothing is kept of it.
    fn asked(&self, callback: &Callback, message: &Message) -> Option<Redacted> {
        let quoted = message.reply_to_message.as_ref();
        let quoted = quoted.and_then(|question| self.question(question));
        quoted.map(|words| self.counter.redact(words)).or_else(|| {
            self.context.with(turn(callback, message).key, |memory| {
                memory.question_of(message.message_id)
            })
        })
    }
}

fn turn(callback: &Callback, message: &Message) -> Turn {
    Turn {
        key: Key {
            chat: message.chat.id,
            person: callback.from.id,
        },
        message: message.message_id,
    }
}

fn group_said(engine: &Engine, group: &EntryId, buttons: InlineKeyboardMarkup) -> Said {
    let faq = engine.faq();
    let group = faq.groups.iter().find(|g| g.id == group.as_str());
    let title = group.map(|g| format!("**{} {}**", g.emoji, g.title).replace("** ", "**"));
    let text = fill(
        &faq.replies.sentences.topic,
        &[("group", &title.unwrap_or_default())],
    );
    Said {
        text: render::sentence(&text),
        keyboard: Some(buttons),
        ..Said::default()
    }
}

/// The questions nearest to one that was not meant.
fn nearest<'e>(engine: &'e Engine, entry: &Entry) -> Vec<&'e Entry> {
    let faq = engine.faq();
    let reply = engine.respond(&entry.question, None);
    let ranked = reply.candidates.iter().map(|c| &faq[c.entry]);
    let related = entry.related.iter().filter_map(|id| faq.entry(id.as_str()));
    let mut others: Vec<&Entry> = Vec::new();
    for other in ranked.chain(related) {
        if other.id != entry.id && others.iter().all(|o| o.id != other.id) {
            others.push(other);
        }
    }
    others.truncate(MAX_OTHERS);
    others
}
