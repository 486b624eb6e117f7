//! Word groups: what the protocol's authors call `NUMB` or `LEG`, and where an utterance has them.
//!
//! A group is a list of wordings. Words of a wording match any form of themselves (stems), a spelling slip is repaired
//! only where the typed word is not English, and small words ("my", "the") may stand between the words of a wording,
//! so that "between legs" also finds "between both my legs". Nothing here knows what a group means.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::text::spelling::Repair;
use crate::text::{Break, Normalized, Spelling, Word, lexicon, normalize, stem};

/// How many small words may stand between two words of a wording.
const MAX_SMALL_BETWEEN: usize = 3;

/// Longest utterance that is read, in words: positions fit `u16`, and nobody describes a symptom after this.
const MAX_TOKENS: usize = 4000;

/// How many written beginnings (`weak*`) one word can have.
const MAX_BEGINNINGS: usize = 3;

/// A group of wordings, by its position in [`Words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group(pub(super) u16);

/// An interned word, stem or beginning of a word.
type Id = u32;

/// One word of a wording.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Word(Id),
    /// A number from the first to the second, both included.
    Number(f32, f32),
}

#[derive(Debug, Clone)]
struct Wording {
    group: Group,
    parts: Vec<Part>,
}

/// Where a group's wording stands in an utterance, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: u16,
    /// One past the last token.
    pub(super) end: u16,
    pub(super) life: Life,
}

/// Whether what a hit names is there now. Ordered from present to absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Life {
    /// It is.
    Live,
    /// It is asked about in general.
    General,
    /// It was, and is over.
    Past,
    /// It is not.
    Denied,
}

/// One word of an utterance as triage reads it: repaired, split from a number, its forms looked up.
#[derive(Debug, Clone)]
pub(super) struct Token<'t> {
    pub(super) text: Cow<'t, str>,
    /// Itself, its stem and its beginnings, where the protocol uses them.
    ids: [Option<Id>; 2 + MAX_BEGINNINGS],
    number: Option<f32>,
    small: bool,
    /// Whether the word is a guess: typo repair read another word than was typed.
    pub(super) guessed: bool,
    pub(super) before: Break,
    /// Its place in the utterance's words.
    pub(super) word: usize,
}

impl Token<'_> {
    fn is(&self, part: Part) -> bool {
        match part {
            Part::Word(id) => self.ids.contains(&Some(id)),
            Part::Number(low, high) => self.number.is_some_and(|n| (low..=high).contains(&n)),
        }
    }

    /// Whether the protocol does not use it.
    fn is_unknown(&self) -> bool {
        !self.small && self.ids.iter().all(Option::is_none)
    }

    /// Whether it may stand between the words of a wording.
    pub(super) fn is_small(&self) -> bool {
        self.small
    }
}

/// Where each group stands in one utterance; hits of a group ascend by start.
///
/// An utterance has a few of the many groups, so that only those hold a list.
#[derive(Debug, Clone)]
pub(super) struct Hits {
    /// Place in `lists` of each group, or [`Hits::NONE`].
    places: Vec<u16>,
    lists: Vec<(Group, Vec<Hit>)>,
}

impl Hits {
    const NONE: u16 = u16::MAX;

    pub(super) fn of(&self, group: Group) -> &[Hit] {
        match self.places[usize::from(group.0)] {
            Self::NONE => &[],
            place => &self.lists[usize::from(place)].1,
        }
    }

    /// Every group that has hits, with them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Group, &[Hit])> {
        self.lists.iter().map(|(group, hits)| (*group, &hits[..]))
    }

    /// Every group that has hits, with them, to change.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = (Group, &mut Vec<Hit>)> {
        self.lists.iter_mut().map(|(group, hits)| (*group, hits))
    }

    fn of_mut(&mut self, group: Group) -> &mut Vec<Hit> {
        let place = &mut self.places[usize::from(group.0)];
        if *place == Self::NONE {
            *place = self.lists.len() as u16;
            self.lists.push((group, Vec::new()));
        }
        &mut self.lists[usize::from(*place)].1
    }

    /// Adds a hit that begins no earlier than those before; of two that begin together the longer says more.
    fn add(&mut self, group: Group, hit: Hit) {
        let hits = self.of_mut(group);
        match hits.last_mut() {
            Some(last) if last.start == hit.start => last.end = last.end.max(hit.end),
            _ => hits.push(hit),
        }
    }

    /// Adds a hit wherever it begins, unless it is there.
    pub(super) fn insert(&mut self, group: Group, hit: Hit) {
        let hits = self.of_mut(group);
        if !hits.contains(&hit) {
            let at = hits.partition_point(|h| (h.start, h.life) <= (hit.start, hit.life));
            hits.insert(at, hit);
        }
    }

    /// Removes hits that share a token with one that `masked` says is spoken for.
    pub(super) fn remove(&mut self, masked: &[bool]) {
        for (_, hits) in &mut self.lists {
            hits.retain(|hit| {
                !masked[usize::from(hit.start)..usize::from(hit.end)].contains(&true)
            });
        }
    }
}

/// All groups with their wordings, ready to find.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    groups: u16,
    /// Groups that a group is part of, directly or not.
    wider: Vec<Vec<Group>>,
    wordings: Vec<Wording>,
    /// Wordings by their first word; those that begin with a number are kept apart.
    by_first: FxHashMap<Id, Vec<u32>>,
    by_number: Vec<u32>,
    exact: FxHashMap<Box<str>, Id>,
    stems: FxHashMap<Box<str>, Id>,
    /// Beginnings by their first three bytes.
    beginnings: FxHashMap<[u8; 3], Vec<(Box<str>, Id)>>,
    small: Vec<Box<str>>,
    /// Words that are never repaired.
    known: Vec<Box<str>>,
    next: Id,
    vocabulary: Vec<Normalized>,
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
                }
                self.vocabulary.push(text);
            }
        }
        let at = self.wordings.len() as u32;
        match parts.first() {
            None => return Err("is empty".to_owned()),
            Some(Part::Word(id)) => self.by_first.entry(*id).or_default().push(at),
            Some(Part::Number(..)) => self.by_number.push(at),
        }
        self.wordings.push(Wording { group, parts });
        Ok(())
    }

    fn intern_beginning(&mut self, beginning: &str) -> Option<Id> {
        let known = self.beginnings.entry(first_bytes(beginning)?).or_default();
        if let Some((_, id)) = known.iter().find(|(b, _)| **b == *beginning) {
            return Some(*id);
        }
        let id = intern(&mut self.next, None, beginning);
        known.push((beginning.into(), id));
        Some(id)
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
        intern(&mut self.next, Some(map), &key)
    }

    /// Typo repair towards the words of all wordings.
    pub(super) fn spelling(&self) -> Spelling {
        // Contractions are opened in wordings, but typed without a space they look like this.
        let shortened = normalize_each(&["cant", "dont", "wont", "cannot"]);
        Spelling::learn(self.vocabulary.iter().chain(&shortened), lexicon::ENGLISH)
    }

    /// The utterance's words with everything looked up once.
    pub(super) fn tokens<'t>(&self, text: &'t Normalized, spelling: &Spelling) -> Vec<Token<'t>> {
        let mut tokens: Vec<Token<'t>> = Vec::with_capacity(text.words.len() + 2);
        for (at, word) in text.words.iter().take(MAX_TOKENS).enumerate() {
            // "74yo" is a number and a word; "can t" is a contraction with a space for its apostrophe.
            let digits = word
                .text
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(word.text.len());
            if digits > 0 {
                tokens.push(self.token(Cow::Borrowed(&word.text[..digits]), word.before, at));
                if digits < word.text.len() {
                    tokens.push(self.token(Cow::Borrowed(&word.text[digits..]), Break::None, at));
                }
            } else if word.text == "t" && tokens.last().is_some_and(|t| is_cut_contraction(&t.text))
            {
                tokens.push(self.token(Cow::Borrowed("not"), Break::None, at));
            } else {
                let token = self.token(Cow::Borrowed(&word.text), word.before, at);
                if token.is_unknown() && !self.known.contains(&word.text.as_str().into()) {
                    self.push_repaired(token, spelling, &mut tokens);
                } else {
                    tokens.push(token);
                }
            }
        }
        tokens
    }

    fn push_repaired<'t>(
        &self,
        token: Token<'t>,
        spelling: &Spelling,
        tokens: &mut Vec<Token<'t>>,
    ) {
        // A missing space leaves no doubt about the words; a missing letter does.
        let (parts, guessed) = match spelling.repair(&token.text) {
            None => return tokens.push(token),
            Some(Repair::Word(meant)) => ([meant, String::new()], true),
            Some(Repair::Split(left, right)) => ([left, right], false),
        };
        let mut before = token.before;
        for word in parts.iter().flat_map(|part| normalize(part).words) {
            let token = self.token(Cow::Owned(word.text), before, token.word);
            tokens.push(Token { guessed, ..token });
            before = Break::None;
        }
    }

    fn token<'t>(&self, text: Cow<'t, str>, before: Break, word: usize) -> Token<'t> {
        let mut ids = [None; 2 + MAX_BEGINNINGS];
        ids[0] = self.exact.get(text.as_ref()).copied();
        ids[1] = self.stems.get(stem(&text).as_ref()).copied();
        let beginnings = first_bytes(&text).and_then(|bytes| self.beginnings.get(&bytes));
        let beginnings = beginnings
            .into_iter()
            .flatten()
            .filter(|(b, _)| text.starts_with(&**b));
        ids[2..]
            .iter_mut()
            .zip(beginnings)
            .for_each(|(id, (_, begins))| *id = Some(*begins));
        let number = spelled_number(&text)
            .or_else(|| text.parse().ok())
            .filter(|n: &f32| n.is_finite());
        let small = self
            .small
            .binary_search_by(|s| s.as_ref().cmp(&text))
            .is_ok();
        Token {
            text,
            ids,
            number,
            small,
            guessed: false,
            before,
            word,
        }
    }

    /// Every wording that the tokens have.
    pub(super) fn find(&self, tokens: &[Token<'_>]) -> Hits {
        let mut hits = Hits {
            places: vec![Hits::NONE; usize::from(self.groups)],
            lists: Vec::new(),
        };
        // Most wordings begin with a common word and end with a rare one: looking for the end first spares most walks.
        let mut present = vec![false; self.next as usize];
        for id in tokens.iter().flat_map(|t| t.ids.iter().flatten()) {
            present[*id as usize] = true;
        }
        for start in 0..tokens.len() {
            let token = &tokens[start];
            let by_word = token
                .ids
                .iter()
                .flatten()
                .filter_map(|id| self.by_first.get(id))
                .flatten();
            let by_number = self.by_number.iter().filter(|_| token.number.is_some());
            for &at in by_word.chain(by_number) {
                let wording = &self.wordings[at as usize];
                if matches!(wording.parts.last(), Some(Part::Word(id)) if !present[*id as usize]) {
                    continue;
                }
                if let Some(end) = wording.end(tokens, start) {
                    let hit = Hit {
                        start: start as u16,
                        end: end as u16,
                        life: Life::Live,
                    };
                    hits.add(wording.group, hit);
                    self.wider[usize::from(wording.group.0)]
                        .iter()
                        .for_each(|&wide| hits.add(wide, hit));
                }
            }
        }
        hits
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
                if i == 0 || !token.small || skipped == MAX_SMALL_BETWEEN {
                    return None;
                }
                skipped += 1;
            }
        }
        Some(at)
    }
}

fn intern(next: &mut Id, map: Option<&mut FxHashMap<Box<str>, Id>>, key: &str) -> Id {
    let id = *next;
    *next += 1;
    if let Some(map) = map {
        map.insert(key.into(), id);
    }
    id
}

fn first_bytes(word: &str) -> Option<[u8; 3]> {
    word.as_bytes().first_chunk().copied()
}

fn normalize_each(words: &[&str]) -> Vec<Normalized> {
    let whole = |w: &&str| Word {
        text: (*w).to_owned(),
        span: 0..w.len(),
        before: Break::Sentence,
    };
    words
        .iter()
        .map(|w| Normalized {
            words: vec![whole(w)],
            has_emoji: false,
        })
        .collect()
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

fn is_cut_contraction(word: &str) -> bool {
    const BEFORE_T: [&str; 12] = [
        "can", "don", "isn", "won", "didn", "doesn", "couldn", "wasn", "haven", "hasn", "aren",
        "wouldn",
    ];
    BEFORE_T.contains(&word)
}

fn spelled_number(word: &str) -> Option<f32> {
    const NAMES: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const TENS: [(&str, f32); 7] = [
        ("thirty", 30.0),
        ("forty", 40.0),
        ("fifty", 50.0),
        ("sixty", 60.0),
        ("seventy", 70.0),
        ("eighty", 80.0),
        ("ninety", 90.0),
    ];
    if let Some(at) = NAMES.iter().position(|n| *n == word) {
        return Some(at as f32);
    }
    TENS.iter()
        .find(|(name, _)| *name == word)
        .map(|&(_, value)| value)
}
