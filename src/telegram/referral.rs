//! Whose link a chat came by: the greeting that says so, the button that reaches them, and how all of it is forgotten.
//!
//! A therapist adds one button under a reply, and words to the greeting; an answer, a card and the doctor line are made
//! elsewhere, without them.

use teloxide::types::InlineKeyboardMarkup;

use super::context::{Key, Turn};
use super::counter::Event;
use super::handlers::{Said, entry_said};
use super::incoming::{ChatKind, Message};
use super::{App, business, keyboard, render};
use crate::engine::Engine;
use crate::faq::EntryId;
use crate::replies::fill;
use crate::therapists::{CLAIM_PREFIX, Contact, Therapist};

/// Entries whose answer leads to the therapist.
const CONTACT_ENTRIES: [&str; 3] = ["book-appointment", "cost", "choose-therapist"];

/// The decision that is no question's.
const SMALL_TALK: &str = "small-talk";

/// Whose link a chat came by.
struct Link {
    code: String,
    contact: Contact,
}

impl App {
    /// What is said to `/start`, with the payload of a link if it came by one.
    pub(super) async fn start(&self, engine: &Engine, message: &Message, payload: &str) -> Said {
        let faq = engine.faq();
        let therapists = self.therapists();
        if let Some(secret) = payload.strip_prefix(CLAIM_PREFIX) {
            return self.claim(engine, message, secret).await;
        }
        let Some(therapist) = therapists.by_code(payload) else {
            return match faq.position(payload.trim()) {
                Some(entry) => entry_said(engine, entry),
                None => greeting(engine, None),
            };
        };
        // In a group it would say of everybody whose link one of them came by.
        if message.chat.kind == ChatKind::Private {
            let code = therapist.code().as_str();
            match self.store.referrals.remember(message.chat.id, code).await {
                Ok(true) => self.counter.count(Event::CameBy(code)),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "it was not kept whose link a chat came by");
                }
            }
        }
        greeting(engine, Some(therapist))
    }

    /// What is said to a therapist who opens the link that makes the chat theirs.
    async fn claim(&self, engine: &Engine, message: &Message, secret: &str) -> Said {
        let sentences = &engine.faq().replies.sentences;
        if message.chat.kind != ChatKind::Private {
            return Said::sentence(&sentences.claim_refused);
        }
        let claims = &self.store.claims;
        // An update that is handled twice has used its secret up.
        let code = match claims.redeem(secret, message.chat.id).await {
            Ok(None) => claims.code(message.chat.id).await,
            redeemed => redeemed,
        };
        match code {
            Ok(Some(code)) => match self.therapists().by_code(&code) {
                Some(own) => Said::sentence(&fill(&sentences.claimed, &[("name", own.name())])),
                None => Said::sentence(&sentences.claim_refused),
            },
            Ok(None) => Said::sentence(&sentences.claim_refused),
            Err(error) => {
                tracing::error!(%error, "a chat was not claimed");
                Said::sentence(&sentences.failure)
            }
        }
    }

    /// Puts the button that reaches the therapist below a reply's, if a chat came by someone's link.
    pub(super) async fn add_contact(
        &self,
        engine: &Engine,
        keyboard: &mut Option<InlineKeyboardMarkup>,
        chat: i64,
    ) {
        if let Some(link) = self.link(chat).await {
            put_contact(engine, keyboard, link.contact);
        }
    }

    /// Adds to a reply what depends on whose link its chat came by: the way to the therapist, where it leads there, and
    /// for whose link the question counts.
    pub(super) async fn complete(&self, engine: &Engine, said: &mut Said, turn: Turn) {
        let wants_contact = said.contact || leads_to_therapist(&said.shown);
        let is_question = said.decision.is_some_and(|d| d != SMALL_TALK);
        if !wants_contact && !is_question {
            return;
        }
        let Some(link) = self.link(turn.key.chat).await else {
            return;
        };
        if wants_contact {
            put_contact(engine, &mut said.keyboard, link.contact);
        }
        said.by = is_question.then_some(link.code);
    }

    /// Whose link a chat came by. A group comes by nobody's.
    async fn link(&self, chat: i64) -> Option<Link> {
        let therapists = self.therapists();
        if therapists.is_empty() || chat < 0 {
            return None;
        }
        // While the database is down replies go without the button.
        let code = self.store.referrals.code(chat).await.ok()??;
        let contact = therapists.by_code(&code)?.contact();
        Some(Link { code, contact })
    }

    /// Forgets whose link a chat came by, and what its last hour looked like.
    pub(super) async fn forget(&self, engine: &Engine, turn: Turn) -> Said {
        let sentences = &engine.faq().replies.sentences;
        self.context.forget(turn.key);
        let Key { chat, person } = turn.key;
        self.context.forget(business::key(chat, person));
        match self.store.forget(turn.key.chat).await {
            Ok(()) => Said::sentence(&sentences.forgotten),
            Err(error) => {
                tracing::error!(%error, "a chat was not forgotten");
                Said::sentence(&sentences.not_forgotten)
            }
        }
    }
}

/// Whether one of these entries' answers leads to the therapist.
pub(super) fn leads_to_therapist(shown: &[EntryId]) -> bool {
    shown
        .iter()
        .any(|id| CONTACT_ENTRIES.contains(&id.as_str()))
}

fn put_contact(engine: &Engine, keyboard: &mut Option<InlineKeyboardMarkup>, contact: Contact) {
    let sentences = &engine.faq().replies.sentences;
    let label = fill(&sentences.contact, &[("name", &contact.name)]);
    *keyboard = Some(keyboard::with_link(
        keyboard.take(),
        &label,
        contact.address,
    ));
}

/// The first words, which name whoever shared the bot.
fn greeting(engine: &Engine, therapist: Option<&Therapist>) -> Said {
    let faq = engine.faq();
    let sentences = &faq.replies.sentences;
    let mut text = render::Text::default();
    if let Some(therapist) = therapist {
        let values = [
            ("name", therapist.name()),
            ("qualifications", &therapist.qualifications()),
            ("city", therapist.city()),
            ("languages", &therapist.languages()),
        ];
        text.paragraph(render::sentence(&fill(&sentences.shared_by, &values)));
        if let Some(own) = therapist.greeting() {
            text.paragraph(render::literal(own));
        }
    }
    text.paragraph(render::sentence(&fill(
        &sentences.greeting,
        &[("title", &faq.title)],
    )));
    Said {
        text,
        keyboard: Some(keyboard::groups(faq)),
        ..Said::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::{Tree, load};

    #[test]
    fn the_entries_that_lead_to_the_therapist_are_there() {
        let faq = load::load(&Tree::built_in()).expect("no faults");
        for id in CONTACT_ENTRIES {
            assert!(faq.entry(id).is_some(), "{id}");
        }
    }
}
