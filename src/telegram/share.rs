//! `/share`: the link with words to go with it and the QR code as a picture; for a therapist their own, with a card and
//! a poster to print.

use super::handlers::Said;
use super::incoming::{ChatKind, Message};
use super::upload::{File, FileKind};
use super::{App, keyboard, payload, render};
use crate::engine::Engine;
use crate::replies::{Sentences, fill};
use crate::share::{Format, Invitation, Sheet};
use crate::therapists::{Therapist, Therapists};

impl App {
    /// What is said to `/share`.
    pub(super) async fn share(&self, engine: &Engine, message: &Message) -> Said {
        let faq = engine.faq();
        let sentences = &faq.replies.sentences;
        let therapists = self.therapists();
        let own = self.writer(&therapists, message).await;
        let code = own.map(|therapist| therapist.code().as_str());
        let link = payload::deep_link(&self.me.username, code);
        let invitation = match own {
            Some(therapist) => Invitation::to_therapist(&link, therapist, sentences),
            None => Invitation::to_bot(&link, sentences),
        };
        let text = match own {
            Some(therapist) => {
                let values = [("name", therapist.name()), ("link", &link)];
                fill(&sentences.share_own, &values)
            }
            None => fill(&sentences.share, &[("link", &link)]),
        };
        Said {
            text: render::sentence(&text),
            keyboard: keyboard::share(&link, faq),
            documents: match (own, &invitation) {
                (Some(therapist), Some(invitation)) => sheets(therapist, invitation, sentences),
                _ => Vec::new(),
            },
            picture: invitation.as_ref().map(picture),
            ..Said::default()
        }
    }

    /// The therapist who writes, if it is one: by username, or since the chat was claimed.
    async fn writer<'t>(
        &self,
        therapists: &'t Therapists,
        message: &Message,
    ) -> Option<&'t Therapist> {
        // A group is no place for somebody's printing.
        if therapists.is_empty() || message.chat.kind != ChatKind::Private {
            return None;
        }
        let username = message.from.as_ref()?.username.as_deref();
        if let Some(therapist) = username.and_then(|name| therapists.by_username(name)) {
            return Some(therapist);
        }
        let code = self.store.claims.code(message.chat.id).await.ok()??;
        therapists.by_code(&code)
    }
}

fn picture(invitation: &Invitation) -> File {
    File {
        kind: FileKind::Photo,
        name: "backtalk.png".to_owned(),
        bytes: invitation.picture(),
    }
}

/// A card and a poster to print, with what to say about each.
fn sheets(
    therapist: &Therapist,
    invitation: &Invitation,
    sentences: &Sentences,
) -> Vec<(File, render::Text)> {
    let sheets = [
        (Sheet::Card, "card", &sentences.share_card),
        (Sheet::Poster, "poster", &sentences.share_poster),
    ];
    let file = |(sheet, what, caption): (Sheet, &str, &String)| {
        let file = File {
            kind: FileKind::Document,
            name: format!("backtalk-{what}-{}.pdf", therapist.code()),
            bytes: invitation.print(sheet, Format::Pdf),
        };
        (file, render::sentence(caption))
    };
    sheets.into_iter().map(file).collect()
}
