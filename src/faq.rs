//! The content: what the bot can say, in types that cannot hold bad content.
//!
//! [`load`] turns the files of a `faq/` folder (or the copy inside the binary) into a [`Faq`], or into the list of
//! every fault found in them. Nothing here matches or decides.

pub mod load;
pub mod markdown;
mod tree;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use load::{Fault, Faults};
pub use markdown::{Block, Markdown, Span};
pub use tree::Tree;

use crate::languages::Languages;
use crate::replies::Replies;
use crate::triage::Protocol;

/// Longest entry id, in bytes: with the `verb:` in front of it, it must fit Telegram's 64 bytes of callback data.
pub const MAX_ID_BYTES: usize = 48;

/// A whole FAQ.
#[derive(Debug, Clone)]
pub struct Faq {
    /// What the FAQ is about, as a heading.
    pub title: String,
    /// BCP 47 tag of the language it is written in.
    pub language: String,
    /// Topic groups, in the order in which they are shown.
    pub groups: Vec<Group>,
    /// Entries, group by group.
    pub entries: Vec<Entry>,
    /// Source articles.
    pub documents: Vec<Source>,
    /// Medical references of evidence notes and triage.
    pub references: Vec<Source>,
    /// The line that goes with every answer whose entry has none of its own.
    pub doctor: DoctorLine,
    /// When to answer, when to offer, when to say no.
    pub thresholds: Thresholds,
    /// Every sentence that the bot itself says.
    pub replies: Replies,
    /// Groups of words that mean the same here.
    pub vocabulary: Vec<Vec<String>>,
    /// Utterances that must not be answered, to learn from.
    pub out_of_scope: Vec<String>,
    /// Other languages, to be recognised; none without a `languages.toml`.
    pub languages: Languages,
    /// Red flags and cautions; `None` without a `triage.toml`.
    pub triage: Option<Arc<Protocol>>,
}

impl Faq {
    /// The entry with this id.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.id.as_str() == id)
    }

    /// Where the entry with this id stands in [`Faq::entries`].
    #[must_use]
    pub fn position(&self, id: &str) -> Option<EntryIndex> {
        self.entries
            .iter()
            .position(|e| e.id.as_str() == id)
            .map(EntryIndex)
    }

    /// The document or reference with this id.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.documents
            .iter()
            .chain(&self.references)
            .find(|s| s.id == id)
    }

    /// The entries of one group, in order.
    pub fn entries_of(&self, group: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.group == group)
    }

    /// The doctor line that goes with an entry's answer.
    #[must_use]
    pub fn doctor_line(&self, entry: EntryIndex) -> &DoctorLine {
        self[entry].doctor.as_ref().unwrap_or(&self.doctor)
    }
}

impl std::ops::Index<EntryIndex> for Faq {
    type Output = Entry;

    fn index(&self, index: EntryIndex) -> &Entry {
        &self.entries[index.0]
    }
}

/// Where an entry stands in its [`Faq`]; only valid for the FAQ it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryIndex(pub(crate) usize);

/// The name of an entry: its file name, `[a-z0-9-]`, at most [`MAX_ID_BYTES`] long.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(String);

impl EntryId {
    /// Reads an id.
    ///
    /// # Errors
    /// When it is empty, too long or holds other characters than `a-z`, `0-9` and `-`; the text says which.
    pub fn new(id: &str) -> Result<Self, String> {
        if id.is_empty() {
            return Err("the id is empty".to_owned());
        }
        if id.len() > MAX_ID_BYTES {
            return Err(format!(
                "the id has {} characters, {MAX_ID_BYTES} is the limit",
                id.len()
            ));
        }
        match id
            .chars()
            .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
        {
            Some(c) => Err(format!(
                "{c:?} is not allowed in an id, only a-z, 0-9 and -"
            )),
            None => Ok(Self(id.to_owned())),
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group of entries.
#[derive(Debug, Clone)]
pub struct Group {
    /// Folder name.
    pub id: String,
    /// Heading shown to people.
    pub title: String,
    /// One emoji for its button, or empty.
    pub emoji: String,
}

/// One FAQ item.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// Position of its group in [`Faq::groups`].
    pub group: usize,
    /// The canonical question.
    pub question: String,
    /// Curated ways of asking it.
    pub phrasings: Vec<String>,
    /// Ids of the documents that the answer is drawn from.
    pub sources: Vec<String>,
    /// Day of the last review, `YYYY-MM-DD`; `None` only in a FAQ without documents.
    pub reviewed: Option<String>,
    /// Entries a reader may want next.
    pub related: Vec<EntryId>,
    /// Its own doctor line, in place of the default one.
    pub doctor: Option<DoctorLine>,
    /// What medical research says about the claim.
    pub evidence: Option<Evidence>,
    /// The answer.
    pub answer: Markdown,
}

/// A sentence that sends the reader to a doctor.
///
/// The only way to make one is to give a text that does so; replies with health content ask for one, so none can
/// leave the program without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorLine(String);

impl DoctorLine {
    /// Who counts as someone to be seen first.
    const PROFESSIONALS: [&str; 6] = [
        "doctor",
        "gp",
        "midwife",
        "pharmacist",
        "surgeon",
        "physiotherapist",
    ];

    /// Reads a doctor line.
    ///
    /// # Errors
    /// When the text names no health professional.
    pub fn new(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        let named = lower.split(|c: char| !c.is_alphanumeric()).any(|word| {
            Self::PROFESSIONALS
                .iter()
                .any(|p| word == *p || word.strip_suffix('s') == Some(p))
        });
        if named {
            Ok(Self(text.trim().to_owned()))
        } else {
            Err(format!(
                "names no health professional ({})",
                Self::PROFESSIONALS.join(", ")
            ))
        }
    }

    /// The sentence.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What medical research says about an entry's claim.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// How well it is supported.
    pub verdict: EvidenceVerdict,
    /// One plain sentence.
    pub note: String,
    /// Ids in [`Faq::references`].
    pub references: Vec<String>,
}

/// How well research supports a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceVerdict {
    /// Guidelines or reviews agree that it is so.
    Supported,
    /// Some benefit or disagreement, on weak evidence.
    Mixed,
    /// No good evidence, or evidence against it.
    Unsupported,
}

/// An article or a medical reference.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name in the files.
    pub id: String,
    /// Title of the article, paper or page.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// When, as far as known: a year, a month or a day in words.
    pub date: Option<String>,
    /// Where it can be read.
    pub address: Option<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {}",
            self.title.trim_end_matches('.'),
            self.publisher
        )?;
        self.date
            .as_ref()
            .map_or(Ok(()), |date| write!(f, ", {date}"))
    }
}

/// When a candidate is good enough. Scores are absolute, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Lowest score that is answered.
    pub answer: f32,
    /// Least lead over the runner-up that is answered; below it the best are offered.
    pub margin: f32,
    /// Lowest score that is offered.
    pub suggest: f32,
}

impl Default for Thresholds {
    /// For a FAQ that sets none: picked on the validation part of CLINC150 (Larson et al. 2019).
    fn default() -> Self {
        Self {
            answer: 0.5,
            margin: 0.1,
            suggest: 0.25,
        }
    }
}
