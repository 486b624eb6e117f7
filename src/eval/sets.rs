//! Labelled questions: tab-separated files, recognised by their header, into rows that cannot hold a bad label.
//!
//! One file, one kind of set; the kinds and their headers are in `KINDS`. Cells are separated by tabs and cannot hold
//! one; there are no quotes. Every row with a fault is found in one run.

use std::fmt;

use crate::faq::{EntryIndex, Faq};
use crate::triage::Level;

/// A file of labelled questions.
#[derive(Debug, Clone)]
pub struct Set {
    /// The file's name without folder and extension; floors and reports call the set by it.
    pub name: String,
    /// The rows.
    pub rows: Rows,
}

/// The rows of one set, by what they measure.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Questions that the FAQ covers, with some that it does not.
    InScope(Vec<Question>),
    /// The same question as meant and as mistyped on a phone.
    Typos(Vec<Typo>),
    /// Utterances that no entry covers.
    OutOfScope(Vec<Stranger>),
    /// Messages with and without red flags.
    Triage(Vec<Flagged>),
    /// Several questions in one message.
    Several(Vec<Several>),
    /// Second turns that lean on the first.
    FollowUps(Vec<FollowUp>),
    /// Real people's words, labelled for topic and urgency.
    Real(Vec<Real>),
}

/// The entries that are right for a question, best first; empty when no entry covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics(pub Vec<EntryIndex>);

impl Topics {
    /// Whether an entry answers the question.
    #[must_use]
    pub fn accept(&self, entry: EntryIndex) -> bool {
        self.0.contains(&entry)
    }

    /// Whether the FAQ covers the question.
    #[must_use]
    pub fn in_scope(&self) -> bool {
        !self.0.is_empty()
    }
}

/// A question and what answers it.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its name in the file.
    pub id: String,
    /// What is asked.
    pub message: String,
    /// What answers it.
    pub topics: Topics,
}

/// One question, spelled well and badly.
#[derive(Debug, Clone)]
pub struct Typo {
    /// Its name in the file.
    pub id: String,
    /// As meant.
    pub clean: String,
    /// As typed.
    pub noisy: String,
    /// What answers it.
    pub topics: Topics,
}

/// An utterance that no entry covers.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Its name in the file.
    pub id: String,
    /// What is said.
    pub message: String,
    /// Whether it is small talk rather than a question.
    pub small_talk: bool,
    /// A free word that figures are grouped by, such as `near-health`.
    pub kind: String,
}

/// A message and how urgent it is.
#[derive(Debug, Clone)]
pub struct Flagged {
    /// Its name in the file.
    pub id: String,
    /// What is said.
    pub message: String,
    /// How urgent it is, if at all.
    pub level: Option<Level>,
    /// What it is about, as the labeller calls it; may be empty.
    pub concept: String,
}

/// Several questions in one message.
#[derive(Debug, Clone)]
pub struct Several {
    /// Its name in the file.
    pub id: String,
    /// What is asked.
    pub message: String,
    /// What answers each question, in order.
    pub parts: Vec<Topics>,
}

/// Two turns of one chat.
#[derive(Debug, Clone)]
pub struct FollowUp {
    /// Its name in the file.
    pub id: String,
    /// What is said first; not scored.
    pub first: String,
    /// What is said next.
    pub second: String,
    /// What the second turn should lead to.
    pub wanted: Wanted,
    /// The first word of the note, which figures are grouped by.
    pub kind: String,
}

/// What a second turn should lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// One of these entries, or an honest no when there is none.
    Topics(Topics),
    /// Small talk.
    SmallTalk,
    /// The urgent-care card.
    RedFlag,
}

/// Something that a real person wrote.
#[derive(Debug, Clone)]
pub struct Real {
    /// Its name in the file.
    pub id: String,
    /// What was written.
    pub message: String,
    /// What answers it.
    pub topics: Topics,
    /// How urgent it is, if at all.
    pub level: Option<Level>,
    /// Whether the labeller is sure of the level.
    pub level_sure: bool,
}

/// What is wrong with a labelled file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file as it was named.
    pub path: String,
    /// The line, counted from 1; the header is line 1.
    pub line: usize,
    /// The column's name, or what stands in for it.
    pub column: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Fault {
    /// `path:line: column: fault; what to do`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.path, self.line, self.column, self.what
        )
    }
}

/// Every fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Fault::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Faults {}

type Reader = fn(&mut Table<'_>) -> Rows;

/// Every header that is understood, and what it makes of a file.
const KINDS: [(&str, Reader); 8] = [
    ("id message topics", in_scope),
    ("id message topics style", in_scope),
    ("id clean noisy topics", typos),
    ("id message expected kind", out_of_scope),
    ("id message level concept note", triage),
    ("id message topics_all", several),
    ("id turn1 turn2 topics2 note", follow_ups),
    ("id message topics triage sure triage_sure", real),
];

/// Stands in a topics column for "no entry covers it".
const UNKNOWN: &str = "unknown";

/// Reads the text of one file; `path` names it in faults, and its stem names the set.
///
/// # Errors
/// With every fault found, in the order of the lines.
pub fn read(path: &str, text: &str, faq: &Faq) -> Result<Set, Faults> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().zip(1..);
    let header: Vec<&str> = lines
        .next()
        .map_or_else(Vec::new, |(line, _)| line.split('\t').collect());
    let known = KINDS
        .iter()
        .find(|(columns, _)| columns.split(' ').eq(header.iter().copied()));
    let Some((_, reader)) = known else {
        return Err(Faults(vec![unknown_header(path, &header)]));
    };
    let mut table = Table {
        path,
        header: &header,
        lines: lines.filter(|(line, _)| !line.is_empty()).collect(),
        faq,
        faults: Vec::new(),
    };
    let rows = reader(&mut table);
    if !table.faults.is_empty() {
        return Err(Faults(table.faults));
    }
    let stem = std::path::Path::new(path).file_stem();
    Ok(Set {
        name: stem.map_or_else(|| path.to_owned(), |s| s.to_string_lossy().into_owned()),
        rows,
    })
}

/// Names the first column that fits no known header which agrees as far as it goes.
fn unknown_header(path: &str, header: &[&str]) -> Fault {
    let agreement = |columns: &str| {
        let pairs = columns.split(' ').zip(header);
        pairs.take_while(|(a, b)| a == *b).count()
    };
    let at = KINDS.iter().map(|(c, _)| agreement(c)).max().unwrap_or(0);
    let known: Vec<&str> = KINDS.iter().map(|(columns, _)| *columns).collect();
    Fault {
        path: path.to_owned(),
        line: 1,
        column: format!("column {}", at + 1),
        what: format!(
            "the header {:?} is not known; tab-separated, it can be: {}",
            header.join(" "),
            known.join(", or ")
        ),
    }
}

/// A file whose header is known.
struct Table<'a> {
    path: &'a str,
    header: &'a [&'a str],
    lines: Vec<(&'a str, usize)>,
    faq: &'a Faq,
    faults: Vec<Fault>,
}

impl<'a> Table<'a> {
    /// Reads every row; a row with a fault is noted and left out.
    fn rows<T>(&mut self, read: impl Fn(&mut Row<'a, '_>) -> Option<T>) -> Vec<T> {
        let mut rows = Vec::with_capacity(self.lines.len());
        for &(text, line) in &self.lines {
            let mut row = Row {
                path: self.path,
                line,
                header: self.header,
                cells: text.split('\t').collect(),
                faq: self.faq,
                faults: &mut self.faults,
            };
            if row.is_whole() {
                rows.extend(read(&mut row));
            }
        }
        rows
    }
}

/// One row while it is read.
struct Row<'a, 't> {
    path: &'a str,
    line: usize,
    header: &'a [&'a str],
    cells: Vec<&'a str>,
    faq: &'a Faq,
    faults: &'t mut Vec<Fault>,
}

impl Row<'_, '_> {
    fn fault(&mut self, column: &str, what: String) {
        self.faults.push(Fault {
            path: self.path.to_owned(),
            line: self.line,
            column: column.to_owned(),
            what,
        });
    }

    /// Whether there are as many cells as columns.
    fn is_whole(&mut self) -> bool {
        let (has, wants) = (self.cells.len(), self.header.len());
        if has < wants {
            let what = format!("is missing: the row has {has} of {wants} columns");
            self.fault(self.header[has], what);
        } else if has > wants {
            let what = format!("too many: the header has {wants}; a cell cannot hold a tab");
            self.fault(&format!("column {}", wants + 1), what);
        }
        has == wants
    }

    /// The text of a cell; empty for a column that the header lacks.
    fn text(&self, column: &str) -> String {
        let at = self.header.iter().position(|c| *c == column);
        at.map_or_else(String::new, |i| self.cells[i].to_owned())
    }

    /// One of a few fixed words.
    fn word<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(column);
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.fault(column, format!("{text:?} is not {}", known.join(" or ")));
        }
        found.map(|(_, value)| *value)
    }

    fn level(&mut self, column: &str) -> Option<Option<Level>> {
        self.word(
            column,
            &[
                ("emergency", Some(Level::Emergency)),
                ("urgent", Some(Level::Urgent)),
                ("caution", Some(Level::Caution)),
                ("none", None),
            ],
        )
    }

    fn flag(&mut self, column: &str) -> Option<bool> {
        self.word(column, &[("1", true), ("0", false)])
    }

    /// Ids with `|` between.
    fn topics(&mut self, column: &str) -> Option<Topics> {
        let text = self.text(column);
        self.topics_in(column, &text)
    }

    fn topics_in(&mut self, column: &str, text: &str) -> Option<Topics> {
        let mut topics = Vec::new();
        for id in text.split('|').filter(|id| *id != UNKNOWN) {
            let Some(entry) = self.faq.position(id) else {
                let what = format!("no entry {id:?}; give the id of an entry, or {UNKNOWN:?}");
                self.fault(column, what);
                return None;
            };
            topics.push(entry);
        }
        Some(Topics(topics))
    }
}

fn in_scope(table: &mut Table<'_>) -> Rows {
    Rows::InScope(table.rows(|row| {
        Some(Question {
            id: row.text("id"),
            message: row.text("message"),
            topics: row.topics("topics")?,
        })
    }))
}

fn typos(table: &mut Table<'_>) -> Rows {
    Rows::Typos(table.rows(|row| {
        Some(Typo {
            id: row.text("id"),
            clean: row.text("clean"),
            noisy: row.text("noisy"),
            topics: row.topics("topics")?,
        })
    }))
}

fn out_of_scope(table: &mut Table<'_>) -> Rows {
    Rows::OutOfScope(table.rows(|row| {
        Some(Stranger {
            id: row.text("id"),
            message: row.text("message"),
            small_talk: row.word("expected", &[(UNKNOWN, false), ("small-talk", true)])?,
            kind: row.text("kind"),
        })
    }))
}

fn triage(table: &mut Table<'_>) -> Rows {
    Rows::Triage(table.rows(|row| {
        Some(Flagged {
            id: row.text("id"),
            message: row.text("message"),
            level: row.level("level")?,
            concept: row.text("concept"),
        })
    }))
}

fn several(table: &mut Table<'_>) -> Rows {
    Rows::Several(table.rows(|row| {
        let all = row.text("topics_all");
        let parts = all.split(',');
        Some(Several {
            id: row.text("id"),
            message: row.text("message"),
            parts: parts
                .map(|part| row.topics_in("topics_all", part))
                .collect::<Option<_>>()?,
        })
    }))
}

fn follow_ups(table: &mut Table<'_>) -> Rows {
    Rows::FollowUps(table.rows(|row| {
        let labels = row.text("topics2");
        let has = |label| labels.split('|').any(|l| l == label);
        let wanted = if has("emergency") {
            Wanted::RedFlag
        } else if has("small-talk") {
            Wanted::SmallTalk
        } else {
            Wanted::Topics(row.topics("topics2")?)
        };
        let note = row.text("note");
        let kind = note.split_whitespace().next().unwrap_or("other");
        Some(FollowUp {
            id: row.text("id"),
            first: row.text("turn1"),
            second: row.text("turn2"),
            wanted,
            kind: kind.trim_matches([':', ';', ',']).to_owned(),
        })
    }))
}

fn real(table: &mut Table<'_>) -> Rows {
    Rows::Real(table.rows(|row| {
        // Whether the labeller is sure of the topics changes no figure, but must be readable.
        row.flag("sure")?;
        Some(Real {
            id: row.text("id"),
            message: row.text("message"),
            topics: row.topics("topics")?,
            level: row.level("triage")?,
            level_sure: row.flag("triage_sure")?,
        })
    }))
}
