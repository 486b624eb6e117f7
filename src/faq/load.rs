//! From files to a [`Faq`], or to the list of everything that is wrong with them.
//!
//! Loading never stops at the first fault: an editor wants all of them in one run. A [`Fields`] reader takes each
//! table apart field by field, and what is left over is an unknown field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::{
    DoctorLine, Entry, EntryId, Evidence, EvidenceVerdict, Faq, Group, Markdown, Source,
    Thresholds, tree::Tree,
};
use crate::languages::{self, Languages};
use crate::replies::Replies;
use crate::triage::Protocol;

/// Longest phrasing, in bytes: longer ones are articles, not questions.
const MAX_PHRASING_BYTES: usize = 1000;
/// Longest answer, in UTF-16 units as Telegram counts: leaves room for question, doctor line and sources in one
/// message of 4096.
const MAX_ANSWER_UNITS: usize = 2500;

/// One thing that is wrong with the content, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    /// The file, inside the folder.
    pub path: String,
    /// The field, or empty for the file as a whole.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Fault {
    /// A fault in one field of a file.
    pub fn new(
        path: &str,
        field: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            field: field.to_owned(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Fault {
    /// `path: field: fault; what to do`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() {
            "file"
        } else {
            &self.field
        };
        write!(
            f,
            "{}: {}: {}; {}",
            self.path, field, self.what, self.remedy
        )
    }
}

/// Every fault of a folder, in the order of its files. Never empty where it is returned as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Reads a FAQ from its files.
///
/// # Errors
/// With every fault found, sorted by file.
pub fn load(tree: &Tree) -> Result<Faq, Faults> {
    let mut faults = Vec::new();
    let faq = Loader {
        tree,
        faults: &mut faults,
    }
    .load();
    match faq {
        Some(faq) if faults.is_empty() => Ok(faq),
        _ => {
            faults.sort();
            faults.dedup();
            Err(Faults(faults))
        }
    }
}

struct Loader<'a> {
    tree: &'a Tree,
    faults: &'a mut Vec<Fault>,
}

impl Loader<'_> {
    fn load(&mut self) -> Option<Faq> {
        let documents = self.sources("documents.toml");
        let references = self.sources("references.toml");
        let head = self.head();
        let replies = self.replies();
        let vocabulary = self.vocabulary();
        let out_of_scope = self.out_of_scope();
        let languages = self.languages();
        let triage = self.triage(&references);
        self.stray_files();
        let curated = self.tree.get("documents.toml").is_some();
        let (groups, entries) = self.entries(
            head.as_ref().map(|h| &h.groups[..]).unwrap_or_default(),
            curated,
        );
        self.check_links(&entries, &documents, &references, curated);
        self.check_phrasings(&entries, &out_of_scope);
        let head = head?;
        Some(Faq {
            title: head.title,
            language: head.language,
            groups,
            entries,
            documents,
            references,
            doctor: head.doctor?,
            thresholds: head.thresholds,
            replies: replies?,
            vocabulary,
            out_of_scope,
            languages,
            triage: triage.map(Arc::new),
        })
    }

    fn fault(
        &mut self,
        path: &str,
        field: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faults.push(Fault::new(path, field, what, remedy));
    }

    /// A file as TOML; `None` when it is absent or broken (a fault is noted).
    fn table(&mut self, path: &str) -> Option<toml::Table> {
        let text = self.text(path)?;
        parse_toml(path, &text, 0, self.faults)
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let bytes = self.tree.get(path)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(
                text.strip_prefix('\u{feff}')
                    .unwrap_or(text)
                    .replace("\r\n", "\n"),
            ),
            Err(e) => {
                let line = bytes[..e.valid_up_to()]
                    .iter()
                    .filter(|&&b| b == b'\n')
                    .count()
                    + 1;
                self.fault(
                    path,
                    "",
                    format!("is not UTF-8 (line {line})"),
                    "save it as UTF-8",
                );
                None
            }
        }
    }

    fn head(&mut self) -> Option<Head> {
        let path = "faq.toml";
        if self.tree.get(path).is_none() {
            self.fault(path, "", "is missing", "add it with at least a title");
            return None;
        }
        let table = self.table(path)?;
        let mut fields = Fields::new(path, table, self.faults);
        let title = fields.string("title");
        let language = fields
            .optional_string("language")
            .unwrap_or_else(|| "en".to_owned());
        let doctor = fields
            .optional_string("doctor")
            .unwrap_or_else(|| DEFAULT_DOCTOR.to_owned());
        let doctor = DoctorLine::new(&doctor)
            .map_err(|what| {
                fields.fault(
                    "doctor",
                    what,
                    "say who is to be seen first, for example a doctor",
                )
            })
            .ok();
        let thresholds = fields
            .table("thresholds")
            .map_or_else(Thresholds::default, |table| {
                let mut inner = Fields::new(path, table, fields.faults).within("thresholds");
                let default = Thresholds::default();
                let thresholds = Thresholds {
                    answer: inner.fraction("answer").unwrap_or(default.answer),
                    margin: inner.fraction("margin").unwrap_or(default.margin),
                    suggest: inner.fraction("suggest").unwrap_or(default.suggest),
                };
                if thresholds.suggest > thresholds.answer {
                    inner.fault(
                        "suggest",
                        "is above `answer`",
                        "offer at a lower score than you answer",
                    );
                }
                inner.finish();
                thresholds
            });
        let mut groups: Vec<(Group, Vec<String>)> = Vec::new();
        for (i, table) in fields.tables("groups").into_iter().enumerate() {
            let mut inner = Fields::new(path, table, fields.faults).within(&format!("groups[{i}]"));
            let id = inner.string("id");
            let title = inner.string("title");
            let emoji = inner.optional_string("emoji").unwrap_or_default();
            let order = inner.optional_strings("order");
            inner.finish();
            if let (Some(id), Some(title)) = (id, title) {
                if groups.iter().any(|(g, _)| g.id == id) {
                    fields.fault("groups", format!("has the id \"{id}\" twice"), "keep one");
                } else {
                    groups.push((Group { id, title, emoji }, order));
                }
            }
        }
        fields.finish();
        Some(Head {
            title: title?,
            language,
            doctor,
            thresholds,
            groups,
        })
    }

    fn replies(&mut self) -> Option<Replies> {
        // A FAQ without sentences of its own speaks with ours, but takes nothing for small talk: its entries may be
        // about greetings.
        let path = "replies.toml";
        if self.tree.get(path).is_some() {
            let table = self.table(path)?;
            Replies::read(Fields::new(path, table, self.faults))
        } else {
            Some(Replies::built_in())
        }
    }

    fn sources(&mut self, path: &str) -> Vec<Source> {
        let Some(table) = self.table(path) else {
            return Vec::new();
        };
        let mut sources = Vec::new();
        for (id, value) in table {
            let toml::Value::Table(table) = value else {
                self.fault(
                    path,
                    &id,
                    "is not a table",
                    format!("write [{id}] and its fields below"),
                );
                continue;
            };
            let mut fields = Fields::new(path, table, self.faults).within(&id);
            let title = fields.string("title");
            let publisher = fields.string("publisher");
            let date = match fields.take("year") {
                Some(toml::Value::Integer(year)) => Some(year.to_string()),
                Some(_) => {
                    fields.fault("year", "is not a whole number", "write year = 2015");
                    None
                }
                None => fields.optional_string("date"),
            };
            let address = fields.optional_string("address");
            if address
                .as_ref()
                .is_some_and(|a| !a.starts_with("https://") && !a.starts_with("http://"))
            {
                fields.fault("address", "is no web address", "begin it with https://");
            }
            fields.finish();
            if let (Some(title), Some(publisher)) = (title, publisher) {
                sources.push(Source {
                    id,
                    title,
                    publisher,
                    date,
                    address,
                });
            }
        }
        sources
    }

    fn vocabulary(&mut self) -> Vec<Vec<String>> {
        let path = "vocabulary.toml";
        let Some(table) = self.table(path) else {
            return Vec::new();
        };
        let mut fields = Fields::new(path, table, self.faults);
        let mut groups = Vec::new();
        match fields.take("groups") {
            Some(toml::Value::Array(items)) => {
                for (i, item) in items.into_iter().enumerate() {
                    let words: Option<Vec<String>> = item.as_array().and_then(|words| {
                        words
                            .iter()
                            .map(|w| w.as_str().map(str::to_owned))
                            .collect()
                    });
                    match words {
                        Some(words) if words.len() >= 2 => groups.push(words),
                        _ => fields.fault(
                            &format!("groups[{i}]"),
                            "is not a list of two or more words",
                            "list words that mean the same",
                        ),
                    }
                }
            }
            Some(_) => fields.fault(
                "groups",
                "is not a list",
                "write groups = [[\"belly\", \"tummy\"], …]",
            ),
            None => {}
        }
        fields.finish();
        groups
    }

    fn out_of_scope(&mut self) -> Vec<String> {
        let path = "out-of-scope.toml";
        let Some(table) = self.table(path) else {
            return Vec::new();
        };
        let mut fields = Fields::new(path, table, self.faults);
        let phrasings = fields.strings("phrasings").unwrap_or_default();
        fields.finish();
        phrasings
    }

    fn languages(&mut self) -> Languages {
        let path = languages::FILE;
        self.table(path).map_or_else(Languages::default, |table| {
            Languages::read(Fields::new(path, table, self.faults))
        })
    }

    fn triage(&mut self, references: &[Source]) -> Option<Protocol> {
        let mut files = Vec::new();
        let paths: Vec<String> = self
            .tree
            .paths()
            .filter(|p| *p == "triage.toml" || is_triage_example(p))
            .map(str::to_owned)
            .collect();
        for path in paths {
            if let Some(table) = self.table(&path) {
                files.push((path, table));
            }
        }
        if !files.iter().any(|(path, _)| path == "triage.toml") {
            return None;
        }
        Protocol::read(files, references, self.faults)
    }

    /// Files that nothing reads are a typo in a name, and their content would silently be missing.
    fn stray_files(&mut self) {
        const KNOWN: [&str; 10] = [
            "faq.toml",
            "replies.toml",
            "documents.toml",
            "references.toml",
            "vocabulary.toml",
            "out-of-scope.toml",
            languages::FILE,
            "triage.toml",
            "TRIAGE.md",
            "README.md",
        ];
        let stray: Vec<String> = self
            .tree
            .paths()
            .filter(|p| !KNOWN.contains(p) && !is_triage_example(p) && entry_name(p).is_none())
            .map(str::to_owned)
            .collect();
        for path in stray {
            let remedy = if path.starts_with("entries/") {
                "entries are entries/<group>/<entry-id>.md"
            } else {
                "rename it to what it was meant to be, or remove it"
            };
            self.fault(&path, "", "is read by nothing", remedy);
        }
    }

    fn entries(
        &mut self,
        heads: &[(Group, Vec<String>)],
        curated: bool,
    ) -> (Vec<Group>, Vec<Entry>) {
        let mut by_group: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        let mut paths: BTreeMap<EntryId, String> = BTreeMap::new();
        let all: Vec<String> = self
            .tree
            .paths()
            .filter(|p| entry_name(p).is_some())
            .map(str::to_owned)
            .collect();
        for path in all {
            let Some((group, name)) = entry_name(&path) else {
                continue;
            };
            let (group, name) = (group.to_owned(), name.to_owned());
            let id = match EntryId::new(&name) {
                Ok(id) => id,
                Err(what) => {
                    self.fault(&path, "id", what, "rename the file");
                    continue;
                }
            };
            if let Some(first) = paths.get(&id) {
                self.fault(
                    &path,
                    "id",
                    format!("is the same as that of {first}"),
                    "rename or remove one of the two",
                );
                continue;
            }
            paths.insert(id.clone(), path.clone());
            if let Some(entry) = self.entry(&path, id, curated) {
                by_group.entry(group).or_default().push(entry);
            } else {
                by_group.entry(group).or_default();
            }
        }
        if paths.is_empty() {
            self.fault(
                "entries",
                "",
                "holds no entry",
                "add one as entries/<group>/<entry-id>.md",
            );
        }
        // Groups without a line in faq.toml come last, under their folder's name; in a curated FAQ that is a fault.
        let mut groups: Vec<Group> = Vec::new();
        let mut entries = Vec::new();
        for (group, order) in heads {
            let Some(mut members) = by_group.remove(&group.id) else {
                let what = format!("names the group \"{}\", which has no entries", group.id);
                self.fault(
                    "faq.toml",
                    "groups",
                    what,
                    format!("add entries/{}/<entry-id>.md or remove the group", group.id),
                );
                continue;
            };
            for id in order {
                if !paths.contains_key(&EntryId(id.clone())) {
                    self.fault(
                        "faq.toml",
                        "groups",
                        format!("orders \"{id}\", which is no entry"),
                        "correct the id",
                    );
                }
            }
            let place = |e: &Entry| {
                order
                    .iter()
                    .position(|o| o == e.id.as_str())
                    .unwrap_or(usize::MAX)
            };
            members.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.id.cmp(&b.id)));
            push_group(&mut groups, &mut entries, group.clone(), members);
        }
        for (folder, members) in by_group {
            if !heads.is_empty() {
                let what = format!("has no group \"{folder}\"");
                self.fault(
                    "faq.toml",
                    "groups",
                    what,
                    format!("add it, since the folder entries/{folder} exists"),
                );
            }
            let group = Group {
                title: folder.replace('-', " "),
                id: folder,
                emoji: String::new(),
            };
            push_group(&mut groups, &mut entries, group, members);
        }
        (groups, entries)
    }

    fn entry(&mut self, path: &str, id: EntryId, curated: bool) -> Option<Entry> {
        let text = self.text(path)?;
        let parts = text.strip_prefix("+++\n").and_then(|rest| {
            rest.split_once("\n+++\n")
                .or_else(|| rest.strip_suffix("\n+++").map(|head| (head, "")))
        });
        let Some((head, body)) = parts else {
            let remedy =
                "begin the file with a line +++, then the fields, a line +++, then the answer";
            self.fault(path, "", "has no front matter", remedy);
            return None;
        };
        let table = parse_toml(path, head, 1, self.faults)?;
        let mut fields = Fields::new(path, table, self.faults);
        let question = fields.string("question");
        let phrasings = fields.strings("phrasings");
        let sources = fields.strings("sources");
        let reviewed = fields.date("reviewed", curated);
        let related = fields.optional_strings("related");
        let related: Vec<EntryId> = related
            .iter()
            .filter_map(|id| {
                EntryId::new(id)
                    .map_err(|what| fields.fault("related", what, "name an entry's id"))
                    .ok()
            })
            .collect();
        let doctor = fields.optional_string("doctor").and_then(|line| {
            let remedy = "say who is to be seen first, for example a doctor";
            DoctorLine::new(&line)
                .map_err(|what| fields.fault("doctor", what, remedy))
                .ok()
        });
        let evidence = fields.table("evidence").and_then(|table| {
            let mut inner = Fields::new(path, table, fields.faults).within("evidence");
            let verdict = inner.choice(
                "verdict",
                &[
                    ("supported", EvidenceVerdict::Supported),
                    ("mixed", EvidenceVerdict::Mixed),
                    ("unsupported", EvidenceVerdict::Unsupported),
                ],
            );
            let note = inner.string("note");
            let references = inner.strings("references");
            inner.finish();
            Some(Evidence {
                verdict: verdict?,
                note: note?,
                references: references?,
            })
        });
        let answer = match Markdown::parse(body) {
            Ok(answer) => {
                let units = answer.plain().encode_utf16().count();
                if units > MAX_ANSWER_UNITS {
                    let what = format!("has {units} characters");
                    fields.fault(
                        "answer",
                        what,
                        format!("shorten it to {MAX_ANSWER_UNITS}, so that it fits one message"),
                    );
                }
                Some(answer)
            }
            Err(what) => {
                fields.fault("answer", what, "correct the text below the front matter");
                None
            }
        };
        fields.finish();
        for phrasing in phrasings
            .iter()
            .flatten()
            .filter(|p| p.len() > MAX_PHRASING_BYTES)
        {
            let start: String = phrasing.chars().take(40).collect();
            let what = format!("\"{start}…\" is longer than {MAX_PHRASING_BYTES} bytes");
            self.fault(
                path,
                "phrasings",
                what,
                "shorten it to what a person would type",
            );
        }
        Some(Entry {
            id,
            group: 0, // set when the groups are in order
            question: question?,
            phrasings: phrasings?,
            sources: sources?,
            reviewed,
            related,
            doctor,
            evidence,
            answer: answer?,
        })
    }

    fn check_links(
        &mut self,
        entries: &[Entry],
        documents: &[Source],
        references: &[Source],
        curated: bool,
    ) {
        let ids: BTreeSet<&str> = entries.iter().map(|e| e.id.as_str()).collect();
        let faulty: BTreeSet<String> = self.faults.iter().map(|f| f.path.clone()).collect();
        let paths = first_paths(self.tree);
        let mut found = Vec::new();
        for entry in entries {
            let path = paths.get(entry.id.as_str()).copied().unwrap_or_default();
            if curated && entry.sources.is_empty() {
                found.push(Fault::new(
                    path,
                    "sources",
                    "is empty",
                    "name the documents that the answer is drawn from",
                ));
            }
            for id in entry
                .sources
                .iter()
                .filter(|id| curated && !documents.iter().any(|d| d.id == **id))
            {
                found.push(unknown(
                    path,
                    "sources",
                    id,
                    "documents.toml",
                    documents.iter().map(|d| d.id.as_str()),
                ));
            }
            for id in entry.evidence.iter().flat_map(|e| &e.references) {
                if !references.iter().any(|r| r.id == *id) {
                    let known = references.iter().map(|r| r.id.as_str());
                    found.push(unknown(
                        path,
                        "evidence.references",
                        id,
                        "references.toml",
                        known,
                    ));
                }
            }
            for id in &entry.related {
                if *id == entry.id {
                    found.push(Fault::new(
                        path,
                        "related",
                        "names the entry itself",
                        "remove it",
                    ));
                } else if !ids.contains(id.as_str())
                    && !paths.get(id.as_str()).is_some_and(|p| faulty.contains(*p))
                {
                    found.push(unknown(
                        path,
                        "related",
                        id.as_str(),
                        "entries",
                        ids.iter().copied(),
                    ));
                }
            }
        }
        self.faults.extend(found);
    }

    fn check_phrasings(&mut self, entries: &[Entry], out_of_scope: &[String]) {
        let paths = first_paths(self.tree);
        // The first owner of each phrasing: where it stands and as which field.
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let mut found = Vec::new();
        for entry in entries {
            let path = paths.get(entry.id.as_str()).copied().unwrap_or_default();
            let question = phrasing_key(&entry.question);
            if question.is_empty() {
                found.push(Fault::new(
                    path,
                    "question",
                    "has no letter or digit",
                    "write the question",
                ));
            }
            if let Some(owner) = owners.get(&question).filter(|o| *o != path) {
                found.push(Fault::new(
                    path,
                    "question",
                    format!("is also asked in {owner}"),
                    "reword one of the two",
                ));
            } else {
                owners.insert(question.clone(), path.to_owned());
            }
            let mut own = BTreeSet::new();
            for phrasing in &entry.phrasings {
                let key = phrasing_key(phrasing);
                if key.is_empty() {
                    found.push(Fault::new(
                        path,
                        "phrasings",
                        format!("{phrasing:?} has no letter or digit"),
                        "remove it",
                    ));
                } else if !own.insert(key.clone()) {
                    found.push(Fault::new(
                        path,
                        "phrasings",
                        format!("has {phrasing:?} twice"),
                        "remove one",
                    ));
                } else if let Some(owner) = owners.get(&key).filter(|o| *o != path) {
                    let what = format!("{phrasing:?} is also in {owner}");
                    found.push(Fault::new(
                        path,
                        "phrasings",
                        what,
                        "keep it where it fits best",
                    ));
                } else {
                    owners.insert(key, path.to_owned());
                }
            }
        }
        for phrasing in out_of_scope {
            if let Some(owner) = owners.get(&phrasing_key(phrasing)) {
                let what = format!("{phrasing:?} is also in {owner}");
                found.push(Fault::new(
                    "out-of-scope.toml",
                    "phrasings",
                    what,
                    "keep it where it fits best",
                ));
            }
        }
        self.faults.extend(found);
    }
}

struct Head {
    title: String,
    language: String,
    doctor: Option<DoctorLine>,
    thresholds: Thresholds,
    groups: Vec<(Group, Vec<String>)>,
}

/// What an answer of a FAQ without a line of its own says.
const DEFAULT_DOCTOR: &str =
    "This is general information. Please see a doctor first about any health problem.";

fn push_group(
    groups: &mut Vec<Group>,
    entries: &mut Vec<Entry>,
    group: Group,
    members: Vec<Entry>,
) {
    let place = groups.len();
    entries.extend(members.into_iter().map(|entry| Entry {
        group: place,
        ..entry
    }));
    groups.push(group);
}

/// Group and id of an entry's path, or `None` for another file.
fn entry_name(path: &str) -> Option<(&str, &str)> {
    let (group, file) = path.strip_prefix("entries/")?.split_once('/')?;
    let name = file.strip_suffix(".md")?;
    (!name.contains('/')).then_some((group, name))
}

/// Where the entry of each id stands. Of two files with one id the first is read and the second is a fault.
fn first_paths(tree: &Tree) -> BTreeMap<&str, &str> {
    let mut paths = BTreeMap::new();
    for path in tree.paths() {
        if let Some((_, id)) = entry_name(path) {
            paths.entry(id).or_insert(path);
        }
    }
    paths
}

fn is_triage_example(path: &str) -> bool {
    path.starts_with("triage/") && path.ends_with(".toml")
}

/// Two phrasings with the same key differ in case and punctuation only.
fn phrasing_key(phrasing: &str) -> String {
    let lower = phrasing.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn unknown<'a>(
    path: &str,
    field: &str,
    id: &str,
    place: &str,
    known: impl Iterator<Item = &'a str>,
) -> Fault {
    let remedy = match nearest(id, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("name one of {place}"),
    };
    Fault::new(path, field, format!("\"{id}\" is unknown"), remedy)
}

/// The known name that a mistyped one most likely stands for.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Jaro-Winkler above 0.8 is a slip of a letter or two; below, a guess would only confuse.
    known
        .map(|k| (strsim::jaro_winkler(name, k), k))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

pub(crate) fn parse_toml(
    path: &str,
    text: &str,
    lines_before: usize,
    faults: &mut Vec<Fault>,
) -> Option<toml::Table> {
    match text.parse::<toml::Table>() {
        Ok(table) => Some(table),
        Err(e) => {
            let line = e.span().map_or(1, |s| {
                text[..s.start.min(text.len())].matches('\n').count() + 1
            });
            let what = format!(
                "is broken TOML in line {}: {}",
                line + lines_before,
                e.message().replace('\n', ", ")
            );
            faults.push(Fault::new(path, "", what, "correct it there"));
            None
        }
    }
}

/// A table being taken apart. Each reader takes its field out and notes a fault when it is missing or of the wrong
/// kind; [`Fields::finish`] notes what nobody took.
pub struct Fields<'a> {
    path: String,
    prefix: String,
    table: toml::Table,
    asked: Vec<&'static str>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Fields<'a> {
    /// Begins with the table of the file at `path`.
    pub fn new(path: &str, table: toml::Table, faults: &'a mut Vec<Fault>) -> Self {
        Self {
            path: path.to_owned(),
            prefix: String::new(),
            table,
            asked: Vec::new(),
            faults,
        }
    }

    /// Names the fields of an inner table `outer.field` in faults.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.prefix = format!("{outer}.");
        self
    }

    /// Where faults go: a reader of an inner table borrows them from here.
    pub fn faults(&mut self) -> &mut Vec<Fault> {
        self.faults
    }

    /// The file that the table is from.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Notes a fault in a field.
    pub fn fault(&mut self, field: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let field = format!("{}{field}", self.prefix);
        self.faults
            .push(Fault::new(&self.path, &field, what, remedy));
    }

    /// Takes a field of any kind.
    pub fn take(&mut self, name: &'static str) -> Option<toml::Value> {
        self.asked.push(name);
        self.table.remove(name)
    }

    /// A text that must be there and not be blank.
    pub fn string(&mut self, name: &'static str) -> Option<String> {
        if self.table.contains_key(name) {
            self.optional_string(name)
        } else {
            self.asked.push(name);
            self.fault(name, "is missing", format!("add {name} = \"…\""));
            None
        }
    }

    /// A text that may be absent, but not blank.
    pub fn optional_string(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            toml::Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            toml::Value::String(_) => {
                self.fault(name, "is empty", "write a text");
                None
            }
            _ => {
                self.fault(name, "is not a text", format!("write {name} = \"…\""));
                None
            }
        }
    }

    /// A list of texts that must be there (it may be empty).
    pub fn strings(&mut self, name: &'static str) -> Option<Vec<String>> {
        if self.table.contains_key(name) {
            Some(self.optional_strings(name))
        } else {
            self.asked.push(name);
            self.fault(name, "is missing", format!("add {name} = [\"…\"]"));
            None
        }
    }

    /// A list of texts; empty when absent.
    pub fn optional_strings(&mut self, name: &'static str) -> Vec<String> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let texts = value.as_array().and_then(|items| {
            items
                .iter()
                .map(|i| i.as_str().map(str::to_owned))
                .collect::<Option<Vec<String>>>()
        });
        texts.unwrap_or_else(|| {
            self.fault(
                name,
                "is not a list of texts",
                format!("write {name} = [\"…\", \"…\"]"),
            );
            Vec::new()
        })
    }

    /// A number from 0 to 1 that must be there.
    pub fn fraction(&mut self, name: &'static str) -> Option<f32> {
        let number = match self.take(name) {
            Some(toml::Value::Float(number)) => number,
            Some(toml::Value::Integer(number)) => number as f64,
            _ => f64::NAN,
        };
        if (0.0..=1.0).contains(&number) {
            Some(number as f32)
        } else {
            self.fault(
                name,
                "is not a number from 0 to 1",
                format!("write {name} = 0.5"),
            );
            None
        }
    }

    /// A day, as a TOML date.
    pub fn date(&mut self, name: &'static str, required: bool) -> Option<String> {
        match self.take(name) {
            Some(toml::Value::Datetime(at)) if at.date.is_some() && at.time.is_none() => {
                Some(at.to_string())
            }
            None if !required => None,
            other => {
                let what = if other.is_none() {
                    "is missing"
                } else {
                    "is not a day"
                };
                self.fault(
                    name,
                    what,
                    format!("write {name} = 2026-11-21, without quotes"),
                );
                None
            }
        }
    }

    /// One of a few words that must be there.
    pub fn choice<T: Clone>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.string(name)?;
        let chosen = choices
            .iter()
            .find(|(choice, _)| *choice == word)
            .map(|(_, value)| value.clone());
        if chosen.is_none() {
            let all = choices
                .iter()
                .map(|(c, _)| *c)
                .collect::<Vec<_>>()
                .join(", ");
            self.fault(
                name,
                format!("\"{word}\" is unknown"),
                format!("write one of {all}"),
            );
        }
        chosen
    }

    /// An inner table, if it is there.
    pub fn table(&mut self, name: &'static str) -> Option<toml::Table> {
        match self.take(name)? {
            toml::Value::Table(table) => Some(table),
            _ => {
                self.fault(
                    name,
                    "is not a table",
                    format!("write [{name}] and its fields below"),
                );
                None
            }
        }
    }

    /// A list of inner tables; empty when absent.
    pub fn tables(&mut self, name: &'static str) -> Vec<toml::Table> {
        let Some(value) = self.take(name) else {
            return Vec::new();
        };
        let tables = match value {
            toml::Value::Array(items) => items
                .into_iter()
                .map(|item| {
                    if let toml::Value::Table(table) = item {
                        Some(table)
                    } else {
                        None
                    }
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        tables.unwrap_or_else(|| {
            self.fault(
                name,
                "is not a list of tables",
                format!("write [[{name}]] before each"),
            );
            Vec::new()
        })
    }

    /// Notes every field that nobody asked for.
    pub fn finish(self) {
        for name in self.table.keys() {
            let remedy = match nearest(name, self.asked.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("known here: {}", self.asked.join(", ")),
            };
            let field = format!("{}{name}", self.prefix);
            self.faults.push(Fault::new(
                &self.path,
                &field,
                "is an unknown field",
                remedy,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "+++\nquestion = \"Does it hurt?\"\nphrasings = [\"is it painful\"]\nsources = []\n+++\nA little.\n";

    fn minimal() -> Tree {
        let mut tree = Tree::default();
        tree.set("faq.toml", "title = \"Small\"");
        tree.set("entries/all/does-it-hurt.md", ENTRY);
        tree
    }

    fn faults(tree: &Tree) -> Vec<String> {
        load(tree)
            .err()
            .map(|f| f.0.iter().map(ToString::to_string).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_minimal_faq_loads() {
        let faq = load(&minimal()).expect("title and one entry are enough");
        assert_eq!(faq.entries.len(), 1);
        assert_eq!(faq.groups[0].title, "all");
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_load() {
        let mut tree = minimal();
        tree.set(
            "entries/all/does-it-hurt.md",
            format!("\u{feff}{}", ENTRY.replace('\n', "\r\n")),
        );
        assert_eq!(faults(&tree), [""; 0]);
    }

    /// One row a fault: what is changed, and what the report must say.
    #[test]
    fn every_fault_names_file_field_and_remedy() {
        type Change = fn(&mut Tree);
        let rows: [(&str, Change, &str); 22] = [
            (
                "missing field",
                |t| t.set("entries/all/x.md", ENTRY.replace("question", "# question")),
                "entries/all/x.md: question: is missing; add question",
            ),
            (
                "unknown field",
                |t| {
                    t.set(
                        "entries/all/does-it-hurt.md",
                        ENTRY.replace("sources", "fource = 1\nsources"),
                    )
                },
                "fource: is an unknown field; did you mean sources?",
            ),
            (
                "duplicate id",
                |t| t.set("entries/more/does-it-hurt.md", ENTRY),
                "id: is the same as that of entries/all/does-it-hurt.md",
            ),
            (
                "duplicate phrasing",
                |t| t.set("entries/all/x.md", ENTRY.replace("Does it hurt?", "Other?")),
                "phrasings: \"is it painful\" is also in entries/all/does-it-hurt.md",
            ),
            (
                "phrasing twice",
                |t| {
                    t.set(
                        "entries/all/does-it-hurt.md",
                        ENTRY.replace("[\"is it painful\"]", "[\"a b\", \"A, b!\"]"),
                    )
                },
                "phrasings: has \"A, b!\" twice",
            ),
            (
                "unknown source",
                |t| {
                    t.set("documents.toml", "[one]\ntitle=\"T\"\npublisher=\"P\"");
                    t.set(
                        "entries/all/does-it-hurt.md",
                        ENTRY.replace("[]", "[\"onee\"]\nreviewed = 2026-01-01"),
                    )
                },
                "sources: \"onee\" is unknown; did you mean \"one\"?",
            ),
            (
                "no sources",
                |t| t.set("documents.toml", "[one]\ntitle=\"T\"\npublisher=\"P\""),
                "sources: is empty",
            ),
            (
                "no review day",
                |t| t.set("documents.toml", "[one]\ntitle=\"T\"\npublisher=\"P\""),
                "reviewed: is missing",
            ),
            (
                "unknown related",
                |t| {
                    t.set(
                        "entries/all/does-it-hurt.md",
                        ENTRY.replace("[]", "[]\nrelated = [\"nothing\"]"),
                    )
                },
                "related: \"nothing\" is unknown; name one of entries",
            ),
            (
                "broken TOML",
                |t| t.set("entries/all/does-it-hurt.md", ENTRY.replace("[]", "[")),
                "file: is broken TOML in line",
            ),
            (
                "no front matter",
                |t| t.set("entries/all/x.md", "Just text."),
                "file: has no front matter",
            ),
            (
                "not UTF-8",
                |t| t.set("entries/all/x.md", vec![b'+', 0xff, 0xfe]),
                "file: is not UTF-8 (line 1); save it as UTF-8",
            ),
            (
                "empty folder",
                |t| t.remove("entries/all/does-it-hurt.md"),
                "entries: file: holds no entry",
            ),
            (
                "no head",
                |t| t.remove("faq.toml"),
                "faq.toml: file: is missing",
            ),
            (
                "no title",
                |t| t.set("faq.toml", "language = \"en\""),
                "faq.toml: title: is missing",
            ),
            (
                "stray file",
                |t| t.set("entrees/all/x.md", ENTRY),
                "entrees/all/x.md: file: is read by nothing",
            ),
            (
                "bad id",
                |t| t.set("entries/all/Bad_Id.md", ENTRY),
                "id: 'B' is not allowed",
            ),
            (
                "empty answer",
                |t| {
                    t.set(
                        "entries/all/does-it-hurt.md",
                        ENTRY.replace("A little.", ""),
                    )
                },
                "answer: the answer is empty",
            ),
            (
                "HTML",
                |t| {
                    t.set(
                        "entries/all/does-it-hurt.md",
                        ENTRY.replace("A little.", "<b>A</b>"),
                    )
                },
                "answer: line 1 of the answer has an HTML tag",
            ),
            (
                "no doctor",
                |t| t.set("faq.toml", "title = \"T\"\ndoctor = \"Drink water.\""),
                "faq.toml: doctor: names no health professional",
            ),
            (
                "group without entries",
                |t| {
                    t.set(
                        "faq.toml",
                        "title = \"T\"\n[[groups]]\nid = \"none\"\ntitle = \"N\"",
                    )
                },
                "names the group \"none\", which has no entries",
            ),
            (
                "thresholds",
                |t| {
                    t.set(
                        "faq.toml",
                        "title = \"T\"\n[thresholds]\nanswer = 7\nmargin = 0.1\nsuggest = 0.2",
                    )
                },
                "thresholds.answer: is not a number from 0 to 1",
            ),
        ];
        for (name, change, expected) in rows {
            let mut tree = minimal();
            change(&mut tree);
            let found = faults(&tree);
            assert!(
                found.iter().any(|f| f.contains(expected)),
                "{name}: {found:#?}"
            );
        }
    }

    #[test]
    fn all_faults_come_in_one_run() {
        let mut tree = minimal();
        tree.set("entries/all/a.md", "no front matter");
        tree.set("entries/all/b.md", "+++\nphrasings = 1\ncolour = 2\n+++\n");
        tree.set("documents.toml", "broken");
        let found = faults(&tree);
        assert!(found.len() >= 6, "{found:#?}");
    }
}
