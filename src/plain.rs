//! Replies as plain text: for the terminal, for `ask` and as Telegram's fallback when markup is refused.

use crate::decision::Reason;
use crate::faq::{DoctorLine, Entry, Faq, Markdown};
use crate::replies::{Sentences, fill};
use crate::reply::{Advice, Content, Notes, Reply};
use crate::triage::Concept;

/// One part of a reply; the parts stand in the order in which they are read.
#[derive(Debug, Clone)]
pub enum Part<'f> {
    /// An urgent-care card, or the line of a caution.
    Card(&'f Concept),
    /// A sentence of the bot itself.
    Say(Markdown),
    /// Questions to choose from, numbered from 1.
    Choices(Vec<String>),
    /// The question that the next part answers.
    Question(&'f str),
    /// The answer.
    Answer(&'f Markdown),
    /// What research says about the answer, with its heading.
    Research(String),
    /// Who is to be seen first.
    Doctor(&'f DoctorLine),
    /// Where the answers come from, a source a line.
    Sources(String),
}

impl Part<'_> {
    /// The part without markup.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Card(concept) => concept.card.plain(),
            Self::Say(text) => text.plain(),
            Self::Choices(choices) => {
                let lines = choices.iter().enumerate();
                let lines = lines.map(|(i, choice)| format!("{}. {choice}", i + 1));
                lines.collect::<Vec<_>>().join("\n")
            }
            Self::Question(question) => (*question).to_owned(),
            Self::Answer(answer) => answer.plain(),
            Self::Research(text) | Self::Sources(text) => text.clone(),
            Self::Doctor(line) => line.as_str().to_owned(),
        }
    }
}

/// The whole reply as plain text, paragraphs parted by empty lines.
#[must_use]
pub fn render(reply: &Reply<'_>, faq: &Faq) -> String {
    let parts: Vec<String> = parts(reply, faq).iter().map(Part::plain).collect();
    parts.join("\n\n")
}

/// The parts of a reply.
#[must_use]
pub fn parts<'f>(reply: &Reply<'f>, faq: &'f Faq) -> Vec<Part<'f>> {
    let sentences = &faq.replies.sentences;
    match &reply.content {
        // Their own language first: it is the one that a frightened person reads.
        Content::RedFlag(red_flag) => {
            let also = red_flag.also.cloned().map(Part::Say);
            also.into_iter()
                .chain([Part::Card(red_flag.concept)])
                .collect()
        }
        Content::OtherLanguage {
            own,
            english,
            notes,
        } => {
            let mut parts = noted(notes, sentences);
            let lines = own.iter().chain([english]);
            parts.extend(lines.map(|line| Part::Say((*line).clone())));
            parts
        }
        Content::SmallTalk(text) => vec![Part::Say((*text).clone())],
        Content::Abstain(notes) => {
            let mut parts = noted(notes, sentences);
            parts.push(say(if reply.reason == Reason::NoWords {
                &sentences.empty
            } else {
                &sentences.abstain
            }));
            parts
        }
        Content::Suggest(offer) => {
            let mut parts = noted(&offer.notes, sentences);
            parts.push(say(&sentences.suggest));
            let questions = offer.entries.iter().map(|e| e.question.clone());
            parts.push(Part::Choices(questions.collect()));
            parts
        }
        Content::Answer(advice) => advice_parts(advice, faq),
    }
}

/// The parts of answers, however they were chosen; the doctor line is always among them.
#[must_use]
pub fn advice_parts<'f>(advice: &Advice<'f>, faq: &'f Faq) -> Vec<Part<'f>> {
    let sentences = &faq.replies.sentences;
    let mut parts = noted(advice.notes(), sentences);
    for entry in advice.entries() {
        parts.push(Part::Question(&entry.question));
        parts.push(Part::Answer(&entry.answer));
        if let Some(evidence) = &entry.evidence {
            let heading = sentence(&sentences.research);
            parts.push(Part::Research(format!("{heading}: {}", evidence.note)));
        }
    }
    if advice.more_asked() {
        parts.push(say(&sentences.more_asked));
    }
    parts.push(Part::Doctor(advice.doctor()));
    parts.extend(sources(advice.entries(), faq).map(Part::Sources));
    parts
}

/// A sentence of the bot as a part, with its line breaks.
#[must_use]
pub fn say(text: &str) -> Part<'static> {
    Part::Say(Markdown::parse_lines(text).unwrap_or_else(|_| Markdown::verbatim(text)))
}

/// A sentence of the bot without its markup.
#[must_use]
pub fn sentence(text: &str) -> String {
    say(text).plain()
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
    for source in entries.iter().flat_map(|entry| &entry.sources) {
        if let Some(source) = faq.source(source) {
            add(fill(&sentences.source, &[("source", &source.to_string())]));
        }
    }
    let evidence = entries.iter().filter_map(|entry| entry.evidence.as_ref());
    for reference in evidence.flat_map(|evidence| &evidence.references) {
        if let Some(reference) = faq.source(reference) {
            let reference = reference.to_string();
            add(fill(&sentences.reference, &[("source", &reference)]));
        }
    }
    // Several answers may have been reviewed on different days: the oldest is the honest one.
    if let Some(oldest) = entries.iter().filter_map(|e| e.reviewed.as_deref()).min() {
        add(fill(&sentences.reviewed, &[("date", oldest)]));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Triage's notes, which go on top of a reply.
#[must_use]
pub fn noted<'f>(notes: &Notes<'f>, sentences: &Sentences) -> Vec<Part<'f>> {
    let caution = notes.caution.map(Part::Card);
    let disclaimed = notes
        .disclaimed
        .map(|concept| say(&fill(&sentences.disclaimed, &[("sign", &concept.title)])));
    let denied = denied_line(notes, sentences).map(|line| say(&line));
    [caution, disclaimed, denied]
        .into_iter()
        .flatten()
        .collect()
}
