//! The pattern language: how word groups must stand together for a concept to be meant.
//!
//! ```text
//! pattern := ["surely"] chain ("also" chain)* ("unless" chain)*
//! chain   := slot (("near" | "then") slot)*       near(4), then(4): within four words instead of the usual distance
//! slot    := choice ("or" choice)*
//! choice  := ["ever"] (GROUP | words)             ever: also when it is over
//! ```
//!
//! `surely` says that the pattern needs no second opinion: its words mean one thing, however seldom people use them.
//! `NUMB near SADDLE` fires on "my saddle area is numb" and "numb round the saddle"; `LOST then CONTROL` only in this
//! order; what follows `also` may stand anywhere in the utterance. `faq/TRIAGE.md` explains it to clinicians.

use super::hits::{Group, Hit, Hits, Life};
use super::tokens::Token;
use crate::text::Break;

/// Usual distance for `near`, in words between.
const NEAR: u16 = 7;
/// Usual distance for `then`, in words between.
const THEN: u16 = 5;
/// What a full stop between two words adds to their distance: people who type without care still mean one thing.
const SENTENCE_DISTANCE: u16 = 2;
/// No hit is longer than this, in words: chains of three places at the usual distances.
const LONGEST_HIT: u16 = 40;

/// One way in which a concept is said.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// Whether it is believed whatever the second opinion says.
    pub(super) sure: bool,
    clauses: Vec<Chain>,
    unless: Vec<Chain>,
}

/// Groups that stand near one another.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    first: Slot,
    rest: Vec<(Link, Slot)>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    ordered: bool,
    within: u16,
}

/// Alternatives for one place.
#[derive(Debug, Clone)]
struct Slot {
    choices: Vec<Choice>,
}

#[derive(Debug, Clone, Copy)]
struct Choice {
    group: Group,
    ever: bool,
}

/// A name in a pattern, before it is resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'a> {
    /// A word group, in capitals.
    Group(&'a str),
    /// The words themselves.
    Words(&'a str),
    /// The words themselves, after `unless`.
    Spares(&'a str),
}

impl Pattern {
    /// Reads a pattern; `resolve` turns names into groups.
    ///
    /// # Errors
    /// With what is wrong in it.
    pub(super) fn parse(
        text: &str,
        resolve: &mut dyn FnMut(Name<'_>) -> Result<Group, String>,
    ) -> Result<Self, String> {
        let mut parser = Parser {
            rest: text,
            sparing: false,
            resolve,
        };
        let sure = parser.takes("surely");
        let mut pattern = Self {
            sure,
            clauses: vec![parser.chain()?],
            unless: Vec::new(),
        };
        loop {
            match parser.next_word() {
                None => return Ok(pattern),
                Some("also") if pattern.unless.is_empty() => pattern.clauses.push(parser.chain()?),
                Some("also") => return Err("has `also` after `unless`".to_owned()),
                Some("unless") => {
                    parser.sparing = true;
                    pattern.unless.push(parser.chain()?);
                }
                Some(other) => {
                    return Err(format!(
                        "has {other:?} where near, then, also, unless or or is expected"
                    ));
                }
            }
        }
    }

    /// The only chain of a pattern without `also`, `unless` and `surely`.
    pub(super) fn into_chain(mut self) -> Result<Chain, String> {
        if self.clauses.len() > 1 || !self.unless.is_empty() || self.sure {
            let what = "uses `also`, `unless` or `surely`, which only patterns of concepts can";
            return Err(what.to_owned());
        }
        Ok(self.clauses.remove(0))
    }

    /// The groups of which the utterance must have one, given how common each group is: those of the rarest place.
    pub(super) fn triggers(&self, sizes: &[usize]) -> impl Iterator<Item = Group> + '_ {
        let slots = self.clauses.iter().flat_map(Chain::slots);
        slots
            .min_by_key(|slot| slot.size(sizes))
            .into_iter()
            .flat_map(Slot::groups)
    }

    /// Where the pattern is in the utterance, or `None`.
    pub(super) fn find(
        &self,
        tokens: &[Token<'_>],
        hits: &Hits,
        accept: Accept,
    ) -> Option<Vec<Hit>> {
        if !self.clauses.iter().all(|clause| clause.is_possible(hits)) {
            return None;
        }
        let mut found = self.clauses[0].find(tokens, hits, accept)?;
        for clause in &self.clauses[1..] {
            found.extend(clause.find(tokens, hits, accept)?);
        }
        (!self.spared(tokens, hits)).then_some(found)
    }

    /// The hits of the first clause at every place where it is, if the other clauses are there at all.
    pub(super) fn find_all(&self, tokens: &[Token<'_>], hits: &Hits, accept: Accept) -> Vec<Hit> {
        if self.find(tokens, hits, accept).is_none() {
            return Vec::new();
        }
        self.clauses[0]
            .find_all(tokens, hits, accept)
            .flatten()
            .collect()
    }

    fn spared(&self, tokens: &[Token<'_>], hits: &Hits) -> bool {
        self.unless.iter().any(|clause| {
            clause.is_possible(hits) && clause.find(tokens, hits, Accept::Ever).is_some()
        })
    }
}

/// Which hits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    /// Of something present.
    Present,
    /// Also those of a general question.
    General,
    /// Whatever is or was.
    Ever,
    /// All, even what is denied.
    Anything,
}

impl Accept {
    fn takes(self, life: Life, ever: bool) -> bool {
        match (self, life) {
            (_, Life::Live) | (Self::Anything, _) => true,
            (_, Life::Denied) | (Self::Present, Life::General) => false,
            (_, Life::General) => true,
            (_, Life::Past) => ever || self == Self::Ever,
        }
    }
}

impl Chain {
    /// Every group that it names.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> + '_ {
        self.slots().flat_map(Slot::groups)
    }

    /// The groups of which the utterance must have one, given how common each group is: those of the rarest place.
    pub(super) fn triggers(&self, sizes: &[usize]) -> impl Iterator<Item = Group> + '_ {
        let rarest = self.slots().min_by_key(|slot| slot.size(sizes));
        rarest.into_iter().flat_map(Slot::groups)
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, slot)| slot))
    }

    /// Whether the utterance has something for every place.
    fn is_possible(&self, hits: &Hits) -> bool {
        self.slots()
            .all(|slot| slot.groups().any(|group| hits.has(group)))
    }

    /// The groups of a chain that has one place only.
    pub(super) fn alternatives(&self) -> Option<impl Iterator<Item = Group> + '_> {
        self.rest
            .is_empty()
            .then(|| self.first.choices.iter().map(|c| c.group))
    }

    /// One hit for each place where the chain is, from its first word to its last; what is past or denied in a part
    /// is so in the whole.
    pub(super) fn spans(&self, tokens: &[Token<'_>], hits: &Hits) -> Vec<Hit> {
        let mut spans: Vec<Hit> = Vec::new();
        // Present readings first, so that "no numbness before, numb now" is found present.
        for accept in [Accept::Present, Accept::Anything] {
            for found in self.find_all(tokens, hits, accept) {
                let whole = found.iter().copied().reduce(|a, b| Hit {
                    start: a.start.min(b.start),
                    end: a.end.max(b.end),
                    life: a.life.max(b.life),
                });
                spans.extend(whole.filter(|w| !spans.iter().any(|s| s.start == w.start)));
            }
        }
        spans
    }

    fn find(&self, tokens: &[Token<'_>], hits: &Hits, accept: Accept) -> Option<Vec<Hit>> {
        self.find_all(tokens, hits, accept).next()
    }

    fn find_all<'a>(
        &'a self,
        tokens: &'a [Token<'_>],
        hits: &'a Hits,
        accept: Accept,
    ) -> impl Iterator<Item = Vec<Hit>> + 'a {
        let firsts = self
            .first
            .choices
            .iter()
            .flat_map(|c| hits.of(c.group).iter().map(|hit| (*hit, c.ever)));
        firsts
            .filter(move |&(hit, ever)| accept.takes(hit.life, ever))
            .filter_map(move |(hit, _)| {
                let mut found = vec![hit];
                self.complete(tokens, hits, accept, &mut found)
                    .then_some(found)
            })
    }

    /// Fills the next place, and takes it back where the places after it cannot be filled.
    fn complete(
        &self,
        tokens: &[Token<'_>],
        hits: &Hits,
        accept: Accept,
        found: &mut Vec<Hit>,
    ) -> bool {
        let Some((link, slot)) = self.rest.get(found.len() - 1) else {
            return true;
        };
        let last = found[found.len() - 1];
        for choice in &slot.choices {
            let candidates = hits.of(choice.group);
            let reach = link.within + LONGEST_HIT;
            let from = candidates.partition_point(|h| h.start.saturating_add(reach) < last.start);
            for &hit in &candidates[from..] {
                if hit.start > last.end.saturating_add(link.within) {
                    break;
                }
                let fits = accept.takes(hit.life, choice.ever)
                    && link.holds(tokens, last, hit)
                    && !found.iter().any(|f| f.start < hit.end && hit.start < f.end);
                if fits {
                    found.push(hit);
                    if self.complete(tokens, hits, accept, found) {
                        return true;
                    }
                    found.pop();
                }
            }
        }
        false
    }
}

impl Slot {
    fn groups(&self) -> impl Iterator<Item = Group> + '_ {
        self.choices.iter().map(|c| c.group)
    }

    fn size(&self, sizes: &[usize]) -> usize {
        self.groups().map(|g| sizes[usize::from(g.0)]).sum()
    }
}

impl Link {
    fn holds(self, tokens: &[Token<'_>], from: Hit, to: Hit) -> bool {
        let (left, right) = if to.start >= from.end {
            (from, to)
        } else if !self.ordered && from.start >= to.end {
            (to, from)
        } else {
            return false;
        };
        let between = &tokens[usize::from(left.end)..=usize::from(right.start)];
        let breaks = between
            .iter()
            .filter(|t| t.before == Break::Sentence)
            .count() as u16;
        right.start - left.end + breaks * SENTENCE_DISTANCE <= self.within
    }
}

struct Parser<'a, 'r> {
    rest: &'a str,
    /// Whether `unless` has been read.
    sparing: bool,
    resolve: &'r mut dyn FnMut(Name<'_>) -> Result<Group, String>,
}

impl<'a> Parser<'a, '_> {
    fn chain(&mut self) -> Result<Chain, String> {
        let first = self.slot()?;
        let mut rest = Vec::new();
        while let Some(link) = self.link()? {
            rest.push((link, self.slot()?));
        }
        Ok(Chain { first, rest })
    }

    fn link(&mut self) -> Result<Option<Link>, String> {
        let Some(word) = self.peek() else {
            return Ok(None);
        };
        let (name, within) = match word.split_once('(') {
            None => (word, None),
            Some((name, number)) => {
                let number = number.strip_suffix(')').and_then(|n| n.parse::<u16>().ok());
                (
                    name,
                    Some(number.ok_or_else(|| format!("has {word:?}; write {name}(4)"))?),
                )
            }
        };
        let link = match name {
            "near" => Link {
                ordered: false,
                within: within.unwrap_or(NEAR),
            },
            "then" => Link {
                ordered: true,
                within: within.unwrap_or(THEN),
            },
            _ => return Ok(None),
        };
        self.next_word();
        Ok(Some(link))
    }

    fn slot(&mut self) -> Result<Slot, String> {
        let mut choices = vec![self.choice()?];
        while self.peek() == Some("or") {
            self.next_word();
            choices.push(self.choice()?);
        }
        Ok(Slot { choices })
    }

    fn choice(&mut self) -> Result<Choice, String> {
        let ever = self.takes("ever");
        let word = self.peek().ok_or("ends too early")?;
        if is_keyword(word) {
            return Err(format!("has {word:?} where a GROUP or words are expected"));
        }
        if is_group(word) {
            self.next_word();
            return Ok(Choice {
                group: (self.resolve)(Name::Group(word))?,
                ever,
            });
        }
        // Words up to the next keyword or group are one wording.
        let from = self.rest.trim_start();
        let mut length = 0;
        while let Some(word) = self.peek().filter(|w| !is_keyword(w) && !is_group(w)) {
            self.next_word();
            length = word.as_ptr() as usize - from.as_ptr() as usize + word.len();
        }
        let words = &from[..length];
        let name = if self.sparing {
            Name::Spares(words)
        } else {
            Name::Words(words)
        };
        Ok(Choice {
            group: (self.resolve)(name)?,
            ever,
        })
    }

    fn peek(&self) -> Option<&'a str> {
        self.rest.split_whitespace().next()
    }

    /// Passes over a word if it comes next.
    fn takes(&mut self, word: &str) -> bool {
        let next = self.peek() == Some(word);
        if next {
            self.next_word();
        }
        next
    }

    fn next_word(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        let from = self.rest.trim_start();
        self.rest = &from[word.len()..];
        Some(word)
    }
}

/// Whether the word makes a text a pattern rather than a plain wording.
pub(super) fn is_operator_or_group(word: &str) -> bool {
    is_keyword(word) || is_group(word)
}

fn is_group(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word.split('(').next(),
        Some("near" | "then" | "also" | "unless" | "or" | "ever" | "surely")
    )
}
