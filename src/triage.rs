//! The safety pass before matching: reads every utterance in full and says whether it names a sign that needs urgent
//! help.
//!
//! What to look for is content (`faq/triage.toml`, explained in `faq/TRIAGE.md`), how to look is here, in four steps:
//! find the protocol's words (`tokens`, `words`, `hits`), read which of them are denied, over or said in jest
//! (`reading`), see which concepts their patterns make up (`pattern`), and ask a classifier that has learned from
//! labelled messages for a second opinion (`features`, `learned`). The most urgent finding is the verdict. Nothing here
//! answers or decides what is sent.

mod features;
mod hits;
mod learned;
mod pattern;
mod protocol;
mod reading;
mod tokens;
mod words;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use learned::Likely;
pub use protocol::Protocol;

use crate::faq::{EntryId, Markdown};
use crate::text::{Break, Normalized};
use hits::{Hit, Hits, Life};
use learned::Learned;
use pattern::Accept;
use protocol::Rules;
use reading::{Kind, Reading};
use tokens::{Lexemes, Token};

/// How many words are read at once. What belongs together stands nearer, and the cost of a long text stays linear.
const PASSAGE: usize = 240;

/// Up to how many words a message is looked at as a whole to doubt a pattern.
const OVERSEEN: usize = 40;

/// How soon help is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Something to ask a doctor about or to tell the therapist; the question is answered as well.
    Caution,
    /// To be seen today; no massage before.
    Urgent,
    /// An emergency.
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

/// One thing that triage looks for.
#[derive(Debug, Clone)]
pub struct Concept {
    /// Its name.
    pub id: EntryId,
    /// What it is, in plain words.
    pub title: String,
    /// How soon help is needed.
    pub level: Level,
    /// What the reader is told: the whole reply, or for a caution what stands on top of the answer.
    pub card: Markdown,
    /// Ids of the references that it rests on.
    pub sources: Vec<String>,
    /// Messages that must fire.
    pub examples: Vec<String>,
    /// Messages that must not.
    pub lookalikes: Vec<String>,
}

/// Where a concept stands in its [`Protocol`]; those before it have priority at the same level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConceptIndex(pub(crate) usize);

/// What triage found in an utterance.
#[derive(Debug, Clone, Default)]
pub struct Assessment {
    /// The most urgent finding; `None` is no all-clear, only nothing found.
    pub verdict: Option<Verdict>,
    /// Everything that was found, the verdict's first.
    pub findings: Vec<Finding>,
    /// Names of the signs that were named only to deny them.
    pub denied: Vec<String>,
    /// What the learned part makes of it, whether it spoke up or not; of several passages, the likeliest.
    pub likely: Likely,
}

/// What the reply goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How soon help is needed.
    pub level: Level,
    /// What for.
    pub concept: ConceptIndex,
}

/// One concept that was found, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How soon help is needed.
    pub level: Level,
    /// What was found.
    pub concept: ConceptIndex,
    /// What found it.
    pub by: Finder,
    /// Whether it stands whatever else is made of the message: the pattern says `surely`.
    pub sure: bool,
    /// The words that a pattern rests on, as read. What the learned part goes by is worked out only on demand, by
    /// [`Triage::telling`].
    pub words: Vec<String>,
}

/// What found a concept.
#[derive(Debug, Clone, PartialEq)]
pub enum Finder {
    /// A pattern, as written.
    Pattern(String),
    /// The learned part, with the probability of the level or a higher one.
    Learned(f32),
}

impl fmt::Display for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) => write!(f, "pattern {pattern}"),
            Self::Learned(probability) => write!(f, "learned, {probability:.2}"),
        }
    }
}

/// What was learned from the labelled messages of a protocol, of use with that protocol only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Experience {
    lexemes: Lexemes,
    learned: Option<Learned>,
}

impl Experience {
    /// Learns from a protocol's messages and from `ordinary` ones, which show nothing.
    pub fn learn<'a>(protocol: &Protocol, ordinary: impl IntoIterator<Item = &'a str>) -> Self {
        let mut lexemes = Lexemes::new(&protocol.rules.words);
        let learned = Learned::learn(protocol, &mut lexemes, ordinary);
        Self { lexemes, learned }
    }
}

/// Triage ready to run.
#[derive(Debug, Clone)]
pub struct Triage {
    protocol: Arc<Protocol>,
    experience: Experience,
}

impl Triage {
    /// Puts a protocol to work with what was learned from it.
    #[must_use]
    pub fn new(protocol: Arc<Protocol>, experience: Experience) -> Self {
        Self {
            protocol,
            experience,
        }
    }

    /// The concept at this place.
    #[must_use]
    pub fn concept(&self, at: ConceptIndex) -> &Concept {
        &self.protocol.concepts[at.0]
    }

    /// Reads an utterance. Pure, and quick: a few microseconds.
    #[must_use]
    pub fn assess(&self, text: &Normalized) -> Assessment {
        let tokens = self
            .experience
            .lexemes
            .tokens(&self.protocol.rules.words, text);
        let mut assessment = Assessment::default();
        for passage in passages(&tokens) {
            self.read(passage, &mut assessment);
        }
        // The most urgent first; at the same level the concept that stands first in the file; patterns before what was
        // learned, since they can say why.
        let findings = &mut assessment.findings;
        findings.sort_by_key(|f| (std::cmp::Reverse(f.level), f.concept));
        assessment.verdict = findings.first().map(|f| Verdict {
            level: f.level,
            concept: f.concept,
        });
        assessment
    }

    /// Reads one passage and adds what it shows.
    fn read(&self, passage: &[Token<'_>], assessment: &mut Assessment) {
        let scene = Scene::read(&self.protocol.rules, passage);
        let mut found = self.patterns(&scene);
        if let Some(learned) = &self.experience.learned
            && let Some(opinion) = learned.ask(&scene)
        {
            let likely = &mut assessment.likely;
            if opinion.likely.caution > likely.caution {
                *likely = opinion.likely;
            }
            // A long story drowns its one sign: how it looks as a whole says nothing against a pattern.
            if passage.len() <= OVERSEEN {
                found.retain(|f| f.sure || learned.believes(opinion.likely, f.level));
            }
            let highest = found.iter().map(|f| f.level).max();
            if let Some(level) = learned.level(opinion.likely, highest)
                && let Some(concept) = learned.concept(&opinion, level)
            {
                found.push(Finding {
                    level,
                    concept,
                    by: Finder::Learned(opinion.likely.of(level)),
                    sure: false,
                    words: Vec::new(),
                });
            }
        }
        let findings = &mut assessment.findings;
        for finding in found {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        for name in scene.denied {
            if !assessment.denied.contains(&name) {
                assessment.denied.push(name);
            }
        }
    }

    /// The words that speak most for a level in the learned part's eyes, in order, for explanations.
    #[must_use]
    pub fn telling(&self, text: &Normalized, level: Level) -> Vec<String> {
        let tokens = self
            .experience
            .lexemes
            .tokens(&self.protocol.rules.words, text);
        let passages = passages(&tokens).map(|passage| Scene::read(&self.protocol.rules, passage));
        let learned = self.experience.learned.iter();
        passages
            .flat_map(|scene| {
                let of_each = learned.clone().map(move |l| l.telling(&scene, level));
                of_each.flatten().collect::<Vec<_>>()
            })
            .collect()
    }

    fn patterns(&self, scene: &Scene<'_>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let rules = &self.protocol.rules;
        for place in due(&rules.triggers.patterns, &scene.hits) {
            let (concept, pattern, written) = &rules.patterns[usize::from(place)];
            let level = self.concept(*concept).level;
            // A general question about an emergency is no emergency; what it takes care with may be said anyway.
            let accept = if level == Level::Caution {
                Accept::General
            } else {
                Accept::Present
            };
            if let Some(hits) = pattern.find(scene.tokens, &scene.hits, accept) {
                // Words that are all guessed are no evidence: a text in another language is full of them.
                let told = !scene.is_guesswork(&hits);
                if told && !findings.iter().any(|f| f.concept == *concept) {
                    findings.push(Finding {
                        level,
                        concept: *concept,
                        by: Finder::Pattern(written.clone()),
                        sure: pattern.sure,
                        words: scene.words(&hits),
                    });
                }
            }
        }
        findings
    }
}

/// Cuts a text into passages, at the end of a sentence where one is near.
fn passages<'s, 't>(tokens: &'s [Token<'t>]) -> impl Iterator<Item = &'s [Token<'t>]> {
    let mut rest = tokens;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        if end > PASSAGE {
            let ends = (PASSAGE / 2..=PASSAGE).rev();
            let mut ends = ends.filter(|&at| rest[at].before == Break::Sentence);
            end = ends.next().unwrap_or(PASSAGE);
        }
        let (passage, after) = rest.split_at(end);
        rest = after;
        Some(passage)
    })
}

/// A passage with everything in it that the protocol has words for.
struct Scene<'t> {
    tokens: &'t [Token<'t>],
    /// Which tokens a harmless reading speaks for, or are about what is over or denied as a whole.
    settled: Vec<bool>,
    hits: Hits,
    /// What each group is for reading, by [`hits::Group`].
    kinds: &'t [Kind],
    denied: Vec<String>,
}

impl<'t> Scene<'t> {
    fn read(rules: &'t Rules, tokens: &'t [Token<'t>]) -> Self {
        let mut hits = rules.words.find(tokens);
        let mut settled = rules.masked(tokens, &hits);
        hits.remove(&settled);
        let reading = reading::read(tokens, &mut hits, &rules.kinds, &rules.cues);
        rules.derive(tokens, &mut hits, reading.as_ref());
        let denied = rules.denied(&hits);
        if let Some(reading) = reading {
            reading.settle(&mut settled);
        }
        Self {
            tokens,
            settled,
            hits,
            kinds: &rules.kinds,
            denied,
        }
    }

    /// Whether none of the hits has a word as it was typed.
    fn is_guesswork(&self, hits: &[Hit]) -> bool {
        let tokens = |h: &Hit| &self.tokens[usize::from(h.start)..usize::from(h.end)];
        hits.iter().flat_map(tokens).all(|t| t.lexeme.guessed)
    }

    /// The words of hits, each place once.
    fn words(&self, hits: &[Hit]) -> Vec<String> {
        let mut hits: Vec<Hit> = hits.to_vec();
        hits.sort_by_key(|h| (h.start, h.end));
        hits.dedup_by_key(|h| (h.start, h.end));
        let text = |h: &Hit| {
            let tokens = &self.tokens[usize::from(h.start)..usize::from(h.end)];
            tokens.iter().map(Token::text).collect::<Vec<_>>().join(" ")
        };
        hits.iter().map(text).collect()
    }
}

impl Rules {
    /// Which tokens are spoken for by a harmless reading.
    fn masked(&self, tokens: &[Token<'_>], hits: &Hits) -> Vec<bool> {
        let mut masked = vec![false; tokens.len()];
        for place in due(&self.triggers.harmless, hits) {
            let pattern = &self.harmless[usize::from(place)];
            for hit in pattern.find_all(tokens, hits, Accept::Ever) {
                masked[usize::from(hit.start)..usize::from(hit.end)].fill(true);
            }
        }
        masked
    }

    /// Adds the hits of the groups that are made of others.
    fn derive(&self, tokens: &[Token<'_>], hits: &mut Hits, reading: Option<&Reading<'_>>) {
        let mut due_now = vec![false; self.derived.len()];
        for place in due(&self.triggers.derived, hits) {
            due_now[usize::from(place)] = true;
        }
        for (place, (group, chain)) in self.derived.iter().enumerate() {
            if due_now[place] {
                let is_sign = self.kinds[usize::from(group.0)] == Kind::Sign;
                for mut span in chain.spans(tokens, hits) {
                    if let Some(reading) = reading.filter(|_| is_sign) {
                        span.life = reading.life_of_whole(span);
                    }
                    hits.insert(*group, span);
                    // Whatever is made of this group stands after it.
                    for &next in &self.triggers.derived[usize::from(group.0)] {
                        due_now[usize::from(next)] = true;
                    }
                }
            }
        }
    }

    /// Names of the signs that are denied and nowhere present, in the order in which they are named.
    fn denied(&self, hits: &Hits) -> Vec<String> {
        let denied = |hits: &[Hit]| {
            let first = hits.first()?.start;
            hits.iter().all(|h| h.life == Life::Denied).then_some(first)
        };
        let mut names: Vec<(u16, &str)> = self
            .names
            .iter()
            .filter_map(|(group, name)| Some((denied(hits.of(*group))?, name.as_str())))
            .collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name.to_owned()).collect()
    }
}

/// Places of the rules that a group of the utterance calls for, ascending.
fn due(triggers: &[Vec<u16>], hits: &Hits) -> Vec<u16> {
    let present = hits.all().filter(|(_, hits)| !hits.is_empty());
    let mut places: Vec<u16> = present
        .flat_map(|(group, _)| triggers[usize::from(group.0)].iter().copied())
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}
