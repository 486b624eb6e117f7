//! Replies as plain text: for the terminal, for `ask` and as Telegram's fallback when markup is refused.

use crate::faq::{Entry, Faq, Markdown};
use crate::replies::{Sentences, fill};
use crate::reply::{Content, Notes, Reply};

/// The whole reply as plain text, paragraphs parted by empty lines.
#[must_use]
pub fn render(reply: &Reply<'_>, faq: &Faq) -> String {
    let sentences = &faq.replies.sentences;
    let mut parts: Vec<String> = Vec::new();
    match &reply.content {
        Content::RedFlag(concept) => parts.push(concept.card.plain()),
        Content::SmallTalk(text) => parts.push(text.plain()),
        Content::Abstain(notes) => {
            push_notes(&mut parts, notes, sentences);
            parts.push(sentence(&sentences.abstain));
        }
        Content::Suggest(offer) => {
            push_notes(&mut parts, &offer.notes, sentences);
            parts.push(sentence(&sentences.suggest));
            let questions = offer
                .entries
                .iter()
                .enumerate()
                .map(|(i, e)| format!("{}. {}", i + 1, e.question));
            parts.push(questions.collect::<Vec<_>>().join("\n"));
        }
        Content::Answer(advice) => {
            push_notes(&mut parts, advice.notes(), sentences);
            for entry in advice.entries() {
                parts.push(entry.question.clone());
                parts.push(entry.answer.plain());
                if let Some(evidence) = &entry.evidence {
                    parts.push(format!(
                        "{}: {}",
                        sentence(&sentences.research),
                        evidence.note
                    ));
                }
            }
            if advice.more_asked() {
                parts.push(sentence(&sentences.more_asked));
            }
            parts.push(advice.doctor().as_str().to_owned());
            parts.extend(sources(advice.entries(), faq));
        }
    }
    parts.join("\n\n")
}

/// A sentence of the bot without its markup.
#[must_use]
pub fn sentence(text: &str) -> String {
    Markdown::parse(text).map_or_else(|_| text.to_owned(), |m| m.plain())
}

/// The line that names signs which the writer said are not there.
#[must_use]
pub fn denied_line(notes: &Notes<'_>, sentences: &Sentences) -> Option<String> {
    let (last, first) = notes.denied.split_last()?;
    let signs = if first.is_empty() {
        last.clone()
    } else {
        format!("{} or {last}", first.join(", "))
    };
    Some(fill(&sentences.denied, &[("signs", &signs)]))
}

/// Where the answers come from and when they were last reviewed, each source once; empty when the FAQ names none.
#[must_use]
pub fn sources(entries: &[&Entry], faq: &Faq) -> Option<String> {
    let sentences = &faq.replies.sentences;
    let mut lines: Vec<String> = Vec::new();
    let mut add = |line: String| {
        if !lines.contains(&line) {
            lines.push(line);
        }
    };
    for entry in entries {
        for source in entry.sources.iter().filter_map(|id| faq.source(id)) {
            add(fill(&sentences.source, &[("source", &source.to_string())]));
        }
        for reference in entry
            .evidence
            .iter()
            .flat_map(|e| &e.references)
            .filter_map(|id| faq.source(id))
        {
            add(format!("{}: {reference}", sentences.research));
        }
    }
    // Several answers may have been reviewed on different days: the oldest is the honest one.
    if let Some(oldest) = entries.iter().filter_map(|e| e.reviewed.as_deref()).min() {
        add(fill(&sentences.reviewed, &[("date", oldest)]));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn push_notes(parts: &mut Vec<String>, notes: &Notes<'_>, sentences: &Sentences) {
    parts.extend(notes.caution.map(|concept| concept.card.plain()));
    parts.extend(denied_line(notes, sentences));
}
