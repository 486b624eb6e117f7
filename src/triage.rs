//! The safety pass before matching.

use std::fmt;

use crate::faq::{EntryId, Fault, Markdown, Source};
use crate::text::Normalized;

/// Red flags and cautions as written in `triage.toml` and `triage/*.toml`.
#[derive(Debug, Clone)]
pub struct Protocol {
    concepts: Vec<Concept>,
}

/// One red flag or caution.
#[derive(Debug, Clone)]
pub struct Concept {
    /// Its name.
    pub id: EntryId,
    /// What it is, in plain words.
    pub title: String,
    /// How urgent it is.
    pub level: Level,
    /// What the person is told.
    pub card: Markdown,
}

/// How urgent a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The answer stands, with a line on top.
    Caution,
    /// To be checked by a doctor today.
    Urgent,
    /// Emergency number, now.
    Emergency,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Caution => "caution",
            Self::Urgent => "urgent",
            Self::Emergency => "emergency",
        })
    }
}

/// Where a concept stands in its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConceptIndex(usize);

/// A protocol, ready to assess.
#[derive(Debug, Clone)]
pub struct Triage {
    concepts: Vec<Concept>,
}

/// What a message amounts to.
#[derive(Debug, Clone, Default)]
pub struct Assessment {
    /// The most urgent concept that applies.
    pub verdict: Option<Verdict>,
    /// Signs that were named only to deny them.
    pub denied: Vec<String>,
}

/// The most urgent concept of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Its level.
    pub level: Level,
    /// Which concept.
    pub concept: ConceptIndex,
}

impl Protocol {
    /// Reads the files' tables, noting every fault; `None` when one prevents it.
    pub fn read(
        _files: Vec<(String, toml::Table)>,
        _references: &[Source],
        _faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        Some(Self {
            concepts: Vec::new(),
        })
    }

    /// What is wrong with a protocol that loads: examples that do not fire, look-alikes that do.
    #[must_use]
    pub fn check(&self, _triage: &Triage) -> Vec<Fault> {
        Vec::new()
    }

    /// Every concept.
    #[must_use]
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }
}

impl Triage {
    /// Prepares a protocol.
    pub fn learn<'a>(protocol: &Protocol, _ordinary: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            concepts: protocol.concepts.clone(),
        }
    }

    /// Assesses a message.
    #[must_use]
    pub fn assess(&self, _text: &Normalized) -> Assessment {
        Assessment::default()
    }

    /// The concept of a verdict.
    #[must_use]
    pub fn concept(&self, index: ConceptIndex) -> &Concept {
        &self.concepts[index.0]
    }
}
