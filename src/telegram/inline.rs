//! Inline mode: `@bot does massage hurt` in any chat.
//!
//! The words go through the same engine as a message does. What is inserted is a whole answer with its doctor line and
//! sources; an emergency leaves nothing to choose from but the card.

use teloxide::payloads::{AnswerInlineQuery, AnswerInlineQuerySetters};
use teloxide::types::{
    InlineQueryId, InlineQueryResult, InlineQueryResultArticle, InputMessageContent,
    InputMessageContentText, LinkPreviewOptions, ParseMode,
};

use super::App;
use super::api::CallError;
use super::incoming::InlineQuery;
use super::render::{self, Text};
use crate::engine::Engine;
use crate::faq::{EntryIndex, Faq};
use crate::reply::{Content, Notes, RedFlag};
use crate::text::normalize;

/// Most answers that are offered.
const MAX_RESULTS: usize = 10;

/// How long Telegram may show the results again without asking, in seconds: the content changes with a release.
const CACHE_SECONDS: u32 = 300;

/// A result is a choice among several, so less closeness is needed than to offer it in a chat.
const SHARE_OF_SUGGEST: f32 = 0.5;

/// Longest first line under a result's title, in characters; phones show about this much.
const MAX_DESCRIPTION_CHARS: usize = 120;

impl App {
    /// Handles an inline query.
    ///
    /// # Errors
    /// When the server refuses, other than because it is too late.
    pub(super) async fn on_inline(&self, query: InlineQuery) -> Result<(), CallError> {
        let engine = self.engine();
        let payload = AnswerInlineQuery::new(
            InlineQueryId(query.id),
            results(self, &engine, &query.query),
        )
        .cache_time(CACHE_SECONDS)
        .is_personal(false);
        match self.sender.call(&payload).await {
            Err(error) if error.says("query id is invalid") => Ok(()),
            result => result.map(drop),
        }
    }
}

/// What is offered for a query; the most asked for none.
fn results(app: &App, engine: &Engine, query: &str) -> Vec<InlineQueryResult> {
    let faq = engine.faq();
    if query.trim().is_empty() {
        return answers(engine, most_asked(faq), &Notes::default());
    }
    let reply = app.respond(engine, query, None);
    let said = render::reply(&reply, faq);
    let notes = match reply.content {
        Content::RedFlag(RedFlag { concept, .. }) => {
            let id = format!("card-{}", concept.id);
            return article(&id, &concept.title, &concept.card.plain(), &said)
                .into_iter()
                .collect();
        }
        Content::Answer(advice) => advice.notes().clone(),
        Content::Suggest(offer) => offer.notes,
        Content::Abstain(notes) | Content::OtherLanguage { notes, .. } => notes,
        Content::SmallTalk(_) => return answers(engine, most_asked(faq), &Notes::default()),
    };
    let answered = reply.answers.iter().map(|c| c.entry);
    let text = normalize(query);
    let ranking = engine.matcher().rank(&engine.matcher().read(&text));
    let least = faq.thresholds.suggest * SHARE_OF_SUGGEST;
    let near = ranking.best(MAX_RESULTS).into_iter();
    let near = near.filter(|c| c.score >= least);
    let mut entries: Vec<EntryIndex> = answered.collect();
    for candidate in near {
        if !entries.contains(&candidate.entry) {
            entries.push(candidate.entry);
        }
    }
    answers(engine, entries, &notes)
}

/// The first entry of each group: what the editors put on top.
fn most_asked(faq: &Faq) -> Vec<EntryIndex> {
    let first = |group| faq.entries_of(group).next();
    (0..faq.groups.len())
        .filter_map(|group| faq.position(first(group)?.id.as_str()))
        .collect()
}

fn answers(engine: &Engine, entries: Vec<EntryIndex>, notes: &Notes<'_>) -> Vec<InlineQueryResult> {
    let faq = engine.faq();
    entries
        .into_iter()
        .filter_map(|index| {
            let entry = &faq[index];
            let advice = engine.answer(index).with_notes(notes.clone());
            let text = render::advice(&advice, faq);
            // The id is the entry's: the same before and after a restart.
            article(
                entry.id.as_str(),
                &entry.question,
                &entry.answer.plain(),
                &text,
            )
        })
        .take(MAX_RESULTS)
        .collect()
}

/// One result. `None` when the text needs several messages: inserted without its end it would lack the doctor line.
fn article(id: &str, title: &str, plain: &str, text: &Text) -> Option<InlineQueryResult> {
    let chunks = text.chunks();
    let [chunk] = &chunks[..] else { return None };
    let content = InputMessageContentText::new(&chunk.html)
        .parse_mode(ParseMode::Html)
        .link_preview_options(LinkPreviewOptions {
            is_disabled: true,
            url: None,
            prefer_small_media: false,
            prefer_large_media: false,
            show_above_text: false,
        });
    let first_line = plain.lines().next().unwrap_or_default();
    let description: String = first_line.chars().take(MAX_DESCRIPTION_CHARS).collect();
    let article = InlineQueryResultArticle::new(id, title, InputMessageContent::Text(content))
        .description(description);
    Some(InlineQueryResult::Article(article))
}
