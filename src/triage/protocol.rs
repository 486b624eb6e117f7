//! The protocol: `triage.toml` and `triage/*.toml`, read into concepts and the rules that find them.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::hits::Group;
use super::learned::Likely;
use super::pattern::{Chain, Name, Pattern};
use super::reading::{Cues, Kind};
use super::words::Words;
use super::{Concept, ConceptIndex, Level, Triage};
use crate::faq::load::{Fields, nearest};
use crate::faq::{EntryId, Fault, Markdown, Source};
use crate::text::normalize;

const FILE: &str = "triage.toml";
/// Name of the examples that show nothing.
const NONE: &str = "none";
const REMEDY: &str = "correct it (TRIAGE.md has the language)";

/// Red flags and cautions as written in `triage.toml` and `triage/*.toml`.
#[derive(Debug, Clone)]
pub struct Protocol {
    pub(super) concepts: Vec<Concept>,
    pub(super) rules: Rules,
    /// Labelled messages to learn from.
    pub(super) examples: Vec<(Option<ConceptIndex>, String)>,
    pub(super) certainty: Certainty,
}

/// How likely a level must be for the learned part to speak up.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Certainty {
    /// Where no pattern has found anything.
    pub(super) alone: Likely,
    /// Where a pattern has found something less pressing.
    pub(super) supported: Likely,
    /// For a pattern's finding to be believed: below this the message looks like nothing.
    pub(super) calm: Likely,
}

/// Everything that finds concepts by their wording.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) words: Words,
    /// What each group is for, by [`Group`].
    pub(super) kinds: Vec<Kind>,
    /// What the signs are called when a reply names those that were denied.
    pub(super) names: Vec<(Group, String)>,
    pub(super) cues: Cues,
    /// Groups made of other groups, each after those it is made of.
    pub(super) derived: Vec<(Group, Chain)>,
    /// Readings in which the words are no sign.
    pub(super) harmless: Vec<Pattern>,
    /// Patterns with their concept and how they are written.
    pub(super) patterns: Vec<(ConceptIndex, Pattern, String)>,
    /// Which of the three are looked for when a group is there.
    pub(super) triggers: Triggers,
}

/// For each group, the places of the rules that are looked for when it is there: of several hundred rules an utterance
/// has the words for a handful.
#[derive(Debug, Clone, Default)]
pub(super) struct Triggers {
    pub(super) derived: Vec<Vec<u16>>,
    pub(super) harmless: Vec<Vec<u16>>,
    pub(super) patterns: Vec<Vec<u16>>,
}

impl Triggers {
    fn of<'a, G>(groups: usize, rules: impl Iterator<Item = G>) -> Vec<Vec<u16>>
    where
        G: Iterator<Item = Group> + 'a,
    {
        let mut triggers = vec![Vec::new(); groups];
        for (place, rule) in rules.enumerate() {
            for group in rule {
                triggers[usize::from(group.0)].push(place as u16);
            }
        }
        triggers
    }
}

impl Protocol {
    /// Reads the files' tables, noting every fault; `None` when one prevents it.
    pub fn read(
        files: Vec<(String, toml::Table)>,
        references: &[Source],
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let before = faults.len();
        let (head, others): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(path, _)| path == FILE);
        let (_, table) = head.into_iter().next()?;
        let mut fields = Fields::new(FILE, table, faults);
        let certainty = read_certainty(&mut fields);
        let mut book = Book::read(&mut fields)?;
        let harmless = book.harmless(&mut fields);
        let names = book.names(&mut fields);
        let mut concepts = Vec::new();
        let mut patterns = Vec::new();
        for (i, table) in fields.tables("concept").into_iter().enumerate() {
            let mut inner =
                Fields::new(FILE, table, fields.faults()).within(&format!("concept[{i}]"));
            let at = ConceptIndex(concepts.len());
            if let Some((concept, written)) = read_concept(&mut inner, references) {
                let name = format!("concept {}", concept.id);
                let first = patterns.len();
                for text in written {
                    if let Some(pattern) = book.pattern(&text, &name, inner.faults()) {
                        patterns.push((at, pattern, text));
                    }
                }
                // The first that is found speaks for the concept; those that need no second opinion go before.
                patterns[first..].sort_by_key(|(_, pattern, _)| !pattern.sure);
                concepts.push(concept);
            }
            inner.finish();
        }
        fields.finish();
        let derived = book.in_order(faults);
        check_ids(&concepts, faults);
        let mut examples = Vec::new();
        for (path, table) in others {
            read_examples(&path, table, &concepts, &mut examples, faults);
        }
        for concept in &concepts {
            let at = ConceptIndex(concepts.iter().position(|c| c.id == concept.id)?);
            examples.extend(concept.examples.iter().map(|e| (Some(at), e.clone())));
            examples.extend(concept.lookalikes.iter().map(|e| (None, e.clone())));
        }
        let Book {
            words, kinds, cues, ..
        } = book;
        let sizes = &words.sizes();
        let groups = kinds.len();
        let triggers = Triggers {
            derived: Triggers::of(groups, derived.iter().map(|(_, c)| c.triggers(sizes))),
            harmless: Triggers::of(groups, harmless.iter().map(|p| p.triggers(sizes))),
            patterns: Triggers::of(groups, patterns.iter().map(|(_, p, _)| p.triggers(sizes))),
        };
        let rules = Rules {
            words,
            kinds,
            names,
            cues,
            derived,
            harmless,
            patterns,
            triggers,
        };
        (faults.len() == before).then_some(Self {
            concepts,
            rules,
            examples,
            certainty,
        })
    }

    /// All concepts, in order of priority.
    #[must_use]
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// Whether each concept's examples fire at its level or higher, its look-alikes do not, and no message that is
    /// labelled as nothing is taken for urgent or an emergency.
    #[must_use]
    pub fn check(&self, triage: &Triage) -> Vec<Fault> {
        let mut faults = Vec::new();
        for concept in &self.concepts {
            let level = |text: &str| triage.assess(&normalize(text)).verdict.map(|v| v.level);
            let field = |name: &str| format!("concept {}.{name}", concept.id);
            for example in concept
                .examples
                .iter()
                .filter(|e| level(e) < Some(concept.level))
            {
                let what = format!("{example:?} fires nothing at level {}", concept.level);
                faults.push(Fault::new(
                    FILE,
                    &field("examples"),
                    what,
                    "add a pattern or labelled examples for it",
                ));
            }
            for lookalike in concept
                .lookalikes
                .iter()
                .filter(|l| level(l) >= Some(concept.level))
            {
                let what = format!("{lookalike:?} fires");
                faults.push(Fault::new(
                    FILE,
                    &field("lookalikes"),
                    what,
                    "narrow the pattern that does, or add a harmless reading",
                ));
            }
        }
        for (_, text) in self
            .examples
            .iter()
            .filter(|(concept, _)| concept.is_none())
        {
            let verdict = triage.assess(&normalize(text)).verdict;
            if let Some(verdict) = verdict.filter(|v| v.level >= Level::Urgent) {
                let concept = &triage.concept(verdict.concept).id;
                faults.push(Fault::new(
                    FILE,
                    NONE,
                    format!("{text:?} fires {concept}, but is labelled as nothing"),
                    "narrow the pattern that does, or add messages like it to triage/none.toml",
                ));
            }
        }
        faults
    }
}

fn read_certainty(fields: &mut Fields<'_>) -> Certainty {
    // Without settings the learned part never speaks.
    const NEVER: Likely = Likely {
        emergency: 1.1,
        urgent: 1.1,
        caution: 1.1,
    };
    let mut certainty = Certainty {
        alone: NEVER,
        supported: NEVER,
        calm: Likely::default(),
    };
    if let Some(table) = fields.table("learned") {
        let mut inner = Fields::new(FILE, table, fields.faults()).within("learned");
        for (name, likely) in [
            ("alone", &mut certainty.alone),
            ("supported", &mut certainty.supported),
            ("calm", &mut certainty.calm),
        ] {
            if let Some(table) = inner.table(name) {
                let mut bounds = Fields::new(FILE, table, inner.faults()).within(name);
                *likely = Likely {
                    emergency: bounds.fraction("emergency").unwrap_or(likely.emergency),
                    urgent: bounds.fraction("urgent").unwrap_or(likely.urgent),
                    caution: bounds.fraction("caution").unwrap_or(likely.caution),
                };
                bounds.finish();
            }
        }
        inner.finish();
    }
    certainty
}

fn read_concept(fields: &mut Fields<'_>, references: &[Source]) -> Option<(Concept, Vec<String>)> {
    let id = fields.string("id");
    let title = fields.string("title");
    let levels = [
        ("emergency", Level::Emergency),
        ("urgent", Level::Urgent),
        ("caution", Level::Caution),
    ];
    let level = fields.choice("level", &levels);
    let card = fields.string("card");
    let sources = fields.strings("source").unwrap_or_default();
    let patterns = fields.strings("patterns").unwrap_or_default();
    let examples = fields.strings("examples").unwrap_or_default();
    let lookalikes = fields.optional_strings("lookalikes");
    let id = id.and_then(|id| {
        EntryId::new(&id)
            .map_err(|what| fields.fault("id", what, "rename it"))
            .ok()
    });
    let card = card.and_then(|card| {
        Markdown::parse(&card)
            .map_err(|what| fields.fault("card", what, "use paragraphs, lists and bold only"))
            .ok()
    });
    for source in &sources {
        if !references.iter().any(|r| r.id == *source) {
            let remedy = match nearest(source, references.iter().map(|r| r.id.as_str())) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "name one of references.toml".to_owned(),
            };
            fields.fault("source", format!("\"{source}\" is unknown"), remedy);
        }
    }
    if examples.is_empty() {
        fields.fault("examples", "is empty", "give messages that must fire");
    }
    let concept = Concept {
        id: id?,
        title: title?,
        level: level?,
        card: card?,
        sources,
        examples,
        lookalikes,
    };
    Some((concept, patterns))
}

fn check_ids(concepts: &[Concept], faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for concept in concepts {
        if !seen.insert(&concept.id) {
            faults.push(Fault::new(
                FILE,
                "concept",
                format!("has the id \"{}\" twice", concept.id),
                "keep one",
            ));
        }
    }
}

fn read_examples(
    path: &str,
    table: toml::Table,
    concepts: &[Concept],
    examples: &mut Vec<(Option<ConceptIndex>, String)>,
    faults: &mut Vec<Fault>,
) {
    let mut fields = Fields::new(path, table, faults);
    for (i, table) in fields.tables("examples").into_iter().enumerate() {
        let mut inner = Fields::new(path, table, fields.faults()).within(&format!("examples[{i}]"));
        let id = inner.string("concept");
        let texts = inner.strings("texts").unwrap_or_default();
        if let Some(id) = id {
            let concept = concepts
                .iter()
                .position(|c| c.id.as_str() == id)
                .map(ConceptIndex);
            if concept.is_none() && id != NONE {
                let remedy = match nearest(&id, concepts.iter().map(|c| c.id.as_str())) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("name a concept of {FILE}, or \"{NONE}\""),
                };
                inner.fault("concept", format!("\"{id}\" is unknown"), remedy);
            }
            examples.extend(texts.into_iter().map(|text| (concept, text)));
        }
        inner.finish();
    }
    fields.finish();
}

/// The word groups while the file is being read.
struct Book {
    words: Words,
    kinds: Vec<Kind>,
    cues: Cues,
    by_name: BTreeMap<String, Group>,
    /// Wordings that patterns use directly, as groups of their own.
    literal: FxHashMap<String, Group>,
    derived: Vec<(Group, Chain)>,
    used: BTreeSet<Group>,
}

impl Book {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let reading = fields.table("reading").unwrap_or_default();
        let mut inner = Fields::new(FILE, reading, fields.faults()).within("reading");
        let small = inner.strings("small").unwrap_or_default();
        let known = inner.optional_strings("known");
        let mut words = Words::new(&small, &known);
        let mut cue_lists = Vec::new();
        let groups = Cues::NAMES.map(|name| {
            let group = words.add_group();
            cue_lists.push((name, group, inner.strings(name).unwrap_or_default()));
            group
        });
        inner.finish();
        let mut book = Self {
            words,
            kinds: vec![Kind::Cue; groups.len()],
            cues: Cues::new(groups),
            by_name: BTreeMap::new(),
            literal: FxHashMap::default(),
            derived: Vec::new(),
            used: BTreeSet::new(),
        };
        for (name, group, list) in cue_lists {
            for text in &list {
                // Reading goes by plain wordings, so that "or" and "then" can be among them.
                if let Err(what) = book.words.add_wording(group, text) {
                    fields.fault(
                        &format!("reading.{name}"),
                        format!("{text:?} {what}"),
                        REMEDY,
                    );
                }
            }
        }
        let mut entries = Vec::new();
        for (section, kind) in [("signs", Kind::Sign), ("words", Kind::Word)] {
            for (name, value) in fields.table(section)? {
                let field = format!("{section}.{name}");
                let list = value.as_array().and_then(|a| {
                    a.iter()
                        .map(|v| v.as_str().map(str::to_owned))
                        .collect::<Option<Vec<_>>>()
                });
                let Some(list) = list else {
                    fields.fault(
                        &field,
                        "is not a list of texts",
                        "write NAME = [\"…\", \"…\"]",
                    );
                    continue;
                };
                if !is_group_name(&name) {
                    fields.fault(
                        &field,
                        "is no name for a group",
                        "use capitals, digits and - only",
                    );
                    continue;
                }
                if book.by_name.contains_key(&name) {
                    fields.fault(&field, "is there twice", "keep it in [signs] or in [words]");
                    continue;
                }
                let group = book.add(kind);
                book.by_name.insert(name, group);
                entries.push((field, group, list));
            }
        }
        for (field, group, list) in entries {
            book.add_wordings(group, &list, &field, fields.faults());
        }
        Some(book)
    }

    fn add(&mut self, kind: Kind) -> Group {
        self.kinds.push(kind);
        self.words.add_group()
    }

    /// Adds wordings and the groups that a group is made of.
    fn add_wordings(
        &mut self,
        group: Group,
        list: &[String],
        field: &str,
        faults: &mut Vec<Fault>,
    ) {
        for text in list {
            let composed = text
                .split_whitespace()
                .any(super::pattern::is_operator_or_group);
            let added = if composed {
                let mut resolve = |name: Name<'_>| self.resolve(name);
                Pattern::parse(text, &mut resolve)
                    .and_then(Pattern::into_chain)
                    .map(|chain| {
                        chain
                            .alternatives()
                            .into_iter()
                            .flatten()
                            .for_each(|part| self.words.add_part(group, part));
                        self.derived.push((group, chain));
                    })
            } else {
                self.words.add_wording(group, text)
            };
            if let Err(what) = added {
                faults.push(Fault::new(FILE, field, format!("{text:?} {what}"), REMEDY));
            }
        }
    }

    fn pattern(&mut self, text: &str, field: &str, faults: &mut Vec<Fault>) -> Option<Pattern> {
        let mut resolve = |name: Name<'_>| self.resolve(name);
        Pattern::parse(text, &mut resolve)
            .map_err(|what| {
                faults.push(Fault::new(FILE, field, format!("{text:?} {what}"), REMEDY))
            })
            .ok()
    }

    fn harmless(&mut self, fields: &mut Fields<'_>) -> Vec<Pattern> {
        let Some(table) = fields.table("harmless") else {
            return Vec::new();
        };
        let mut patterns = Vec::new();
        for (name, value) in table {
            let field = format!("harmless.{name}");
            let Some(list) = value.as_array() else {
                fields.fault(
                    &field,
                    "is not a list of texts",
                    "write it as [\"…\", \"…\"]",
                );
                continue;
            };
            for text in list {
                match text.as_str() {
                    Some(text) => match self.pattern(text, &field, fields.faults()) {
                        Some(pattern) if pattern.sure => fields.fault(
                            &field,
                            format!("{text:?} uses `surely`, which only patterns of concepts can"),
                            REMEDY,
                        ),
                        pattern => patterns.extend(pattern),
                    },
                    None => fields.fault(
                        &field,
                        "holds something that is not a text",
                        "put it in quotes",
                    ),
                }
            }
        }
        patterns
    }

    /// What signs are called, from `[named]`.
    fn names(&self, fields: &mut Fields<'_>) -> Vec<(Group, String)> {
        let mut names = Vec::new();
        for (group, name) in fields.table("named").unwrap_or_default() {
            match (self.by_name.get(&group), name.as_str()) {
                (Some(&group), Some(name)) => names.push((group, name.to_owned())),
                (None, _) => fields.fault(
                    &format!("named.{group}"),
                    "is no group",
                    "name one of [signs]",
                ),
                (_, None) => fields.fault(
                    &format!("named.{group}"),
                    "is not a text",
                    "put it in quotes",
                ),
            }
        }
        names
    }

    fn resolve(&mut self, name: Name<'_>) -> Result<Group, String> {
        match name {
            Name::Group(name) => match self.by_name.get(name) {
                Some(&group) => {
                    self.used.insert(group);
                    Ok(group)
                }
                None => Err(
                    match nearest(name, self.by_name.keys().map(String::as_str)) {
                        Some(near) => format!(
                            "names the group {name}, which is unknown; did you mean {near}?"
                        ),
                        None => format!("names the group {name}, which is unknown"),
                    },
                ),
            },
            Name::Words(words) => {
                let group = self.literal(words)?;
                self.kinds[usize::from(group.0)] = Kind::Literal;
                Ok(group)
            }
            Name::Spares(words) => self.literal(words),
        }
    }

    /// The group of a wording that a pattern uses directly. Until it is used as a sign, reading takes no notice of it:
    /// the "no" of "unless no change" still denies.
    fn literal(&mut self, words: &str) -> Result<Group, String> {
        if let Some(&group) = self.literal.get(words) {
            return Ok(group);
        }
        let group = self.add(Kind::Cue);
        self.words.add_wording(group, words)?;
        self.literal.insert(words.to_owned(), group);
        Ok(group)
    }

    /// The composed groups, each after those it is made of; a circle is a fault.
    fn in_order(&mut self, faults: &mut Vec<Fault>) -> Vec<(Group, Chain)> {
        for (name, group) in &self.by_name {
            if !self.used.contains(group) {
                faults.push(Fault::new(
                    FILE,
                    name,
                    "is used by no pattern",
                    "use it or remove it",
                ));
            }
        }
        let mut ordered = Vec::new();
        let mut left = std::mem::take(&mut self.derived);
        while !left.is_empty() {
            let open: BTreeSet<Group> = left.iter().map(|(group, _)| *group).collect();
            let (ready, waiting): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|(_, chain)| !chain.groups().any(|g| open.contains(&g)));
            if ready.is_empty() {
                let named = self
                    .by_name
                    .iter()
                    .filter(|(_, group)| open.contains(group));
                let names: Vec<&str> = named.map(|(name, _)| name.as_str()).collect();
                let what = format!("{} are made of each other", names.join(", "));
                faults.push(Fault::new(FILE, "words", what, "break the circle"));
                break;
            }
            ordered.extend(ready);
            left = waiting;
        }
        ordered
    }
}

fn is_group_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
}
