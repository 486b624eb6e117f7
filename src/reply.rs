//! What the bot says, free of any channel's markup.
//!
//! The promise "doctor first" is kept by types: [`Advice`], the only content that carries an entry's answer, cannot be
//! made without a [`DoctorLine`], and its fields are private. This does not compile:
//!
//! ```compile_fail
//! # fn f(faq: &backtalk::faq::Faq) {
//! let advice = backtalk::reply::Advice::new(&faq.entries[0]); // no doctor line
//! # }
//! ```
//!
//! whereas this does:
//!
//! ```
//! # fn f(faq: &backtalk::faq::Faq) {
//! let advice = backtalk::reply::Advice::new(&faq.entries[0], &faq.doctor);
//! # }
//! ```

use crate::decision::Reason;
use crate::faq::{DoctorLine, Entry, EntryIndex, Markdown};
use crate::matcher::Candidate;
use crate::triage::{Concept, Level};

/// What `Engine::respond` returns: what to say, and how it came about.
#[derive(Debug, Clone)]
pub struct Reply<'f> {
    /// What is said.
    pub content: Content<'f>,
    /// The entries that are answered, with their scores, in the order in which they were asked for.
    pub answers: Vec<Candidate>,
    /// The best entries, best first, whatever was decided.
    pub candidates: Vec<Candidate>,
    /// What triage found, if anything.
    pub triage: Option<(Level, &'f Concept)>,
    /// Why this was decided.
    pub reason: Reason,
}

impl Reply<'_> {
    /// The entry that an elliptical next question would be about; `None` when the reply answers none.
    #[must_use]
    pub fn context(&self) -> Option<EntryIndex> {
        self.answers.last().map(|c| c.entry)
    }

    /// The decision's name, as `ask --json` and the statistics have it.
    #[must_use]
    pub fn decision(&self) -> &'static str {
        match self.content {
            Content::RedFlag(_) => "red-flag",
            Content::Answer(_) => "answer",
            Content::Suggest(_) => "suggest",
            Content::Abstain(_) | Content::OtherLanguage { .. } => "abstain",
            Content::SmallTalk(_) => "small-talk",
        }
    }
}

/// Everything that the bot can say to an utterance.
#[derive(Debug, Clone)]
pub enum Content<'f> {
    /// The urgent-care card, and nothing else.
    RedFlag(RedFlag<'f>),
    /// Answers from the FAQ.
    Answer(Advice<'f>),
    /// Several questions to choose from.
    Suggest(Offer<'f>),
    /// That the FAQ does not cover it.
    Abstain(Notes<'f>),
    /// That the bot speaks English, to a message that is in another language.
    OtherLanguage {
        /// The line in that language, where there is one.
        own: Option<&'f Markdown>,
        /// The line in English.
        english: &'f Markdown,
        /// Lines that triage puts on top.
        notes: Notes<'f>,
    },
    /// Small talk.
    SmallTalk(&'f Markdown),
}

/// A red flag: one card, in two languages when the message was not only in English.
#[derive(Debug, Clone, Copy)]
pub struct RedFlag<'f> {
    /// What was found; its card is in English.
    pub concept: &'f Concept,
    /// What the writer is told in their own language.
    pub also: Option<&'f Markdown>,
}

/// Lines that triage puts on top of an ordinary reply.
#[derive(Debug, Clone, Default)]
pub struct Notes<'f> {
    /// A caution that applies to the writer.
    pub caution: Option<&'f Concept>,
    /// Signs that the writer said are not there.
    pub denied: Vec<String>,
    /// A red flag whose card the writer has read and says is not about them.
    pub disclaimed: Option<&'f Concept>,
}

/// One or more answers, with the doctor line that they cannot be without.
#[derive(Debug, Clone)]
pub struct Advice<'f> {
    entries: Vec<&'f Entry>,
    doctor: &'f DoctorLine,
    notes: Notes<'f>,
    more_asked: bool,
}

impl<'f> Advice<'f> {
    /// The answer of one entry with the doctor line that goes with it.
    #[must_use]
    pub fn new(entry: &'f Entry, doctor: &'f DoctorLine) -> Self {
        Self {
            entries: vec![entry],
            doctor,
            notes: Notes::default(),
            more_asked: false,
        }
    }

    /// Adds the answer to a further question; the doctor line stays one.
    #[must_use]
    pub fn and(mut self, entry: &'f Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Puts triage's notes on top.
    #[must_use]
    pub fn with_notes(mut self, notes: Notes<'f>) -> Self {
        self.notes = notes;
        self
    }

    /// Says that more was asked than is answered.
    #[must_use]
    pub fn with_more_asked(mut self, more_asked: bool) -> Self {
        self.more_asked = more_asked;
        self
    }

    /// The entries that are answered, in order; never empty.
    #[must_use]
    pub fn entries(&self) -> &[&'f Entry] {
        &self.entries
    }

    /// The doctor line.
    #[must_use]
    pub fn doctor(&self) -> &'f DoctorLine {
        self.doctor
    }

    /// Triage's notes.
    #[must_use]
    pub fn notes(&self) -> &Notes<'f> {
        &self.notes
    }

    /// Whether more was asked than is answered.
    #[must_use]
    pub fn more_asked(&self) -> bool {
        self.more_asked
    }
}

/// Questions to choose from. A choice leads to an [`Advice`]; the offer itself says nothing about health, but triage's
/// notes go with it.
#[derive(Debug, Clone)]
pub struct Offer<'f> {
    /// The entries offered, best first.
    pub entries: Vec<&'f Entry>,
    /// Triage's notes.
    pub notes: Notes<'f>,
}
