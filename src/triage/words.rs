//! Word groups: what the protocol's authors call `NUMB` or `LEG`, and where an utterance has them.
//!
//! A group is a list of wordings. Words of a wording match any form of themselves (stems), a spelling slip is repaired
//! only where the typed word is not English, and small words ("my", "the") may stand between the words of a wording,
//! so that "between legs" also finds "between both my legs". Nothing here knows what a group means.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::hits::{Group, Hit, Hits, Life};
use super::tokens::Token;
use crate::text::{Beginnings, Break, Spelling, Word, lexicon, normalize, stem};

/// How many small words may stand between two words of a wording.
const MAX_SMALL_BETWEEN: usize = 3;

/// An interned word, stem or beginning of a word.
pub(super) type Id = u32;

/// One word of a wording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    Word(Id),
    /// A number from the first to the second, both included.
    Number(f32, f32),
}

#[derive(Debug, Clone)]
struct Wording {
    group: Group,
    parts: Box<[Part]>,
}

/// A wording, where its first word stands.
#[derive(Debug, Clone, Copy)]
struct Start {
    /// Its last word, unless that is a number. Most wordings begin with a common word and end with a rare one: looking
    /// for the end first spares most walks.
    last: Option<Id>,
    wording: u32,
}

/// All groups with their wordings, ready to find.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    groups: u16,
    /// Groups that a group is part of, directly or not.
    wider: Vec<Vec<Group>>,
    wordings: Vec<Wording>,
    /// Wordings by their first word; those that begin with a number are kept apart.
    by_first: Vec<Vec<Start>>,
    by_number: Vec<Start>,
    exact: FxHashMap<Box<str>, Id>,
    stems: FxHashMap<Box<str>, Id>,
    beginnings: Beginnings<Id>,
    small: Vec<Box<str>>,
    /// Words that are never repaired.
    known: Vec<Box<str>>,
    /// How often the wordings have each word.
    vocabulary: BTreeMap<Box<str>, u32>,
}

impl Words {
    /// Takes the words of `small` as small, and those of `known` as spelled right.
    pub(super) fn new(small: &[String], known: &[String]) -> Self {
        let sorted = |words: &[String]| {
            let mut words: Vec<Box<str>> = words.iter().map(|w| w.as_str().into()).collect();
            words.sort_unstable();
            words
        };
        Self {
            small: sorted(small),
            known: sorted(known),
            ..Self::default()
        }
    }

    /// Adds a group without wordings.
    pub(super) fn add_group(&mut self) -> Group {
        self.groups += 1;
        self.wider.push(Vec::new());
        Group(self.groups - 1)
    }

    /// Makes every wording of `narrow` one of `wide` too, and of whatever `wide` is part of. Wide groups come last.
    pub(super) fn add_part(&mut self, wide: Group, narrow: Group) {
        let mut all = self.wider[usize::from(wide.0)].clone();
        all.push(wide);
        for (at, wider) in self.wider.iter_mut().enumerate() {
            if at == usize::from(narrow.0) || wider.contains(&narrow) {
                wider.extend(all.iter().copied());
                wider.sort_unstable();
                wider.dedup();
            }
        }
    }

    /// Adds a wording to a group: words in any form, `word*` for a beginning, `=word` for this form only, `#4-12` for
    /// a number.
    ///
    /// # Errors
    /// When a part cannot be read; the text says why.
    pub(super) fn add_wording(&mut self, group: Group, wording: &str) -> Result<(), String> {
        let mut parts = Vec::new();
        for word in wording.split_whitespace() {
            if let Some(range) = word.strip_prefix('#') {
                parts.push(parse_range(range)?);
            } else if let Some(beginning) = word.strip_suffix('*') {
                let id = self.intern_beginning(beginning).ok_or_else(|| {
                    format!("{word:?} begins too many words; give at least three letters")
                })?;
                parts.push(Part::Word(id));
            } else {
                let (exact, word) = word
                    .strip_prefix('=')
                    .map_or((false, word), |word| (true, word));
                let text = normalize(word);
                if text.words.is_empty() {
                    return Err(format!("{word:?} is not a word"));
                }
                for Word { text, .. } in &text.words {
                    parts.push(Part::Word(self.intern_word(text, exact)));
                    *self.vocabulary.entry(text.as_str().into()).or_default() += 1;
                }
            }
        }
        let start = Start {
            last: match parts.last() {
                Some(Part::Word(id)) => Some(*id),
                Some(Part::Number(..)) | None => None,
            },
            wording: self.wordings.len() as u32,
        };
        match parts.first() {
            None => return Err("is empty".to_owned()),
            Some(Part::Word(id)) => self.by_first[*id as usize].push(start),
            Some(Part::Number(..)) => self.by_number.push(start),
        }
        let parts = parts.into();
        self.wordings.push(Wording { group, parts });
        Ok(())
    }

    fn intern_beginning(&mut self, beginning: &str) -> Option<Id> {
        if let Some(id) = self.beginnings.get(beginning) {
            return Some(id);
        }
        let id = self.by_first.len() as Id;
        let added = self.beginnings.add(beginning, id);
        added.then(|| {
            self.by_first.push(Vec::new());
            id
        })
    }

    fn intern_word(&mut self, word: &str, exact: bool) -> Id {
        let (map, key) = if exact {
            (&mut self.exact, Cow::Borrowed(word))
        } else {
            (&mut self.stems, stem(word))
        };
        if let Some(&id) = map.get(key.as_ref()) {
            return id;
        }
        let id = self.by_first.len() as Id;
        map.insert(key.into(), id);
        self.by_first.push(Vec::new());
        id
    }

    /// Typo repair towards the words of all wordings.
    pub(super) fn spelling(&self) -> Spelling {
        let words = self
            .vocabulary
            .iter()
            .map(|(word, times)| (&**word, *times));
        // Contractions are opened in wordings, but typed without a space they look like this.
        let shortened = ["cant", "dont", "wont", "cannot"].map(|word| (word, 1));
        Spelling::learn(words.chain(shortened), lexicon::ENGLISH)
    }

    /// What the protocol knows a word by: itself, its stem, its beginnings.
    pub(super) fn ids(&self, word: &str, stem: &str) -> Box<[Id]> {
        let own = [self.exact.get(word), self.stems.get(stem)];
        let own = own.into_iter().flatten().copied();
        own.chain(self.beginnings.of(word)).collect()
    }

    /// Whether a word may stand between the words of any wording.
    pub(super) fn is_small(&self, word: &str) -> bool {
        has(&self.small, word)
    }

    /// Whether a word is spelled right although neither English nor the protocol has it.
    pub(super) fn is_known(&self, word: &str) -> bool {
        has(&self.known, word)
    }

    /// How many wordings a group has: the more, the likelier an utterance has one.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; usize::from(self.groups)];
        for wording in &self.wordings {
            let group = wording.group;
            for group in self.wider[usize::from(group.0)].iter().chain([&group]) {
                sizes[usize::from(group.0)] += 1;
            }
        }
        sizes
    }

    /// Every wording that the tokens have.
    pub(super) fn find(&self, tokens: &[Token<'_>]) -> Hits {
        let mut hits = Hits::none(self.groups);
        let mut present = Ids::none(self.by_first.len());
        for id in tokens.iter().flat_map(|t| t.lexeme.ids.iter()) {
            present.insert(*id);
        }
        for (at, token) in tokens.iter().enumerate() {
            let by_word = token.lexeme.ids.iter();
            let by_word = by_word.flat_map(|id| &self.by_first[*id as usize]);
            let numbers: &[Start] = match token.lexeme.number {
                Some(_) => &self.by_number,
                None => &[],
            };
            for start in by_word.chain(numbers) {
                if start.last.is_some_and(|id| !present.has(id)) {
                    continue;
                }
                let wording = &self.wordings[start.wording as usize];
                if let Some(end) = wording.end(tokens, at) {
                    let hit = Hit {
                        start: at as u16,
                        end: end as u16,
                        life: Life::Live,
                    };
                    hits.add(wording.group, hit);
                    for &wide in &self.wider[usize::from(wording.group.0)] {
                        hits.add(wide, hit);
                    }
                }
            }
        }
        hits
    }
}

/// A set of ids, a bit each.
struct Ids(Vec<u64>);

impl Ids {
    fn none(of: usize) -> Self {
        Self(vec![0; of.div_ceil(64)])
    }

    fn insert(&mut self, id: Id) {
        self.0[id as usize / 64] |= 1 << (id % 64);
    }

    fn has(&self, id: Id) -> bool {
        self.0[id as usize / 64] >> (id % 64) & 1 == 1
    }
}

impl Wording {
    /// Where the wording ends if it begins at `start`.
    fn end(&self, tokens: &[Token<'_>], start: usize) -> Option<usize> {
        let mut at = start;
        for (i, &part) in self.parts.iter().enumerate() {
            let mut skipped = 0;
            loop {
                let token = tokens.get(at)?;
                if i > 0 && token.before == Break::Sentence {
                    return None;
                }
                at += 1;
                if token.is(part) {
                    break;
                }
                if i == 0 || !token.is_small() || skipped == MAX_SMALL_BETWEEN {
                    return None;
                }
                skipped += 1;
            }
        }
        Some(at)
    }
}

/// Whether sorted words have one.
fn has(words: &[Box<str>], word: &str) -> bool {
    words.binary_search_by(|w| w.as_ref().cmp(word)).is_ok()
}

fn parse_range(range: &str) -> Result<Part, String> {
    let (low, high) = range.split_once('-').unwrap_or((range, range));
    match (low.parse(), high.parse()) {
        (Ok(low), Ok(high)) if low <= high => Ok(Part::Number(low, high)),
        _ => Err(format!(
            "\"#{range}\" is not a range of numbers, such as #50-110"
        )),
    }
}
