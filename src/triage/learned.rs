//! The second opinion: classifiers that have learned from labelled messages, for what no pattern says.
//!
//! They see what the patterns see (`features`). One tells how soon help is needed, the other which concept it is. What
//! they are sure of counts as much as a pattern; where a pattern has found something less pressing already, less
//! certainty will do; and where the message looks like nothing at all, a pattern is not believed, since words that stand
//! near each other by chance look like a sign to it. `[learned]` in `triage.toml` has the bounds.

use serde::{Deserialize, Serialize};

use super::features::{Features, Term};
use super::protocol::{Certainty, Protocol};
use super::tokens::Lexemes;
use super::{ConceptIndex, Level, Scene};
use crate::matcher::classifier::{Classifier, Schedule};
use crate::matcher::features::Vector;
use crate::text::normalize;

/// How many ordinary utterances are learned from at most, spread evenly: all of ours, which must raise nothing, but not
/// all of a FAQ many times as large, where more teach nothing new and cost start-up time.
const MAX_ORDINARY: usize = 20_000;
/// How many words a finding names.
const NAMED_WORDS: usize = 4;

/// Classes of the classifier that tells levels.
const NOTHING: usize = 0;
const CAUTION: usize = 1;
const URGENT: usize = 2;
const EMERGENCY: usize = 3;

/// What was learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Learned {
    features: Features,
    levels: Classifier,
    concepts: Classifier,
    /// The level of each concept.
    level_of: Vec<Level>,
    certainty: Certainty,
}

/// How likely a message shows something at a level or a higher one, from 0 to 1; not calibrated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Likely {
    /// An emergency.
    pub emergency: f32,
    /// Something urgent or an emergency.
    pub urgent: f32,
    /// Anything.
    pub caution: f32,
}

impl Likely {
    /// How likely it is a level or a higher one.
    #[must_use]
    pub fn of(self, level: Level) -> f32 {
        match level {
            Level::Emergency => self.emergency,
            Level::Urgent => self.urgent,
            Level::Caution => self.caution,
        }
    }
}

/// What the learned part makes of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opinion {
    pub(super) likely: Likely,
    vector: Vector,
}

/// An example: a message and the concept that it shows.
type Example<'a> = (Option<ConceptIndex>, &'a str);

impl Learned {
    /// Learns from the protocol's examples and from utterances that show nothing; `None` without examples.
    pub(super) fn learn<'a>(
        protocol: &Protocol,
        lexemes: &mut Lexemes,
        ordinary: impl IntoIterator<Item = &'a str>,
    ) -> Option<Self> {
        let ordinary: Vec<&str> = ordinary.into_iter().collect();
        let every = ordinary.len().div_ceil(MAX_ORDINARY).max(1);
        let none = ordinary.into_iter().step_by(every).map(|text| (None, text));
        let examples = protocol.examples.iter();
        let examples = examples.map(|(c, text)| (*c, text.as_str()));
        Self::from_examples(protocol, lexemes, examples.chain(none))
    }

    /// Learns from these examples.
    fn from_examples<'a>(
        protocol: &Protocol,
        lexemes: &mut Lexemes,
        examples: impl Iterator<Item = Example<'a>>,
    ) -> Option<Self> {
        let (labels, texts): (Vec<Option<ConceptIndex>>, Vec<Vec<Term>>) = examples
            .map(|(concept, text)| {
                let text = normalize(text);
                lexemes.meet(&protocol.rules.words, &text);
                let tokens = lexemes.tokens(&protocol.rules.words, &text);
                (concept, Scene::read(&protocol.rules, &tokens).terms())
            })
            .filter(|(_, terms)| !terms.is_empty())
            .unzip();
        if labels.iter().all(Option::is_none) {
            return None;
        }
        let level_of: Vec<Level> = protocol.concepts.iter().map(|c| c.level).collect();
        let class_of = |label: &Option<ConceptIndex>| match label.map(|c| level_of[c.0]) {
            None => NOTHING,
            Some(Level::Caution) => CAUTION,
            Some(Level::Urgent) => URGENT,
            Some(Level::Emergency) => EMERGENCY,
        };
        let features = Features::learn(&texts);
        let (mut by_level, mut by_concept) = (Vec::with_capacity(texts.len()), Vec::new());
        for (label, terms) in labels.iter().zip(&texts) {
            let vector = features.vector(terms);
            if let Some(concept) = label {
                by_concept.push((features.only_singles(&vector), concept.0));
            }
            by_level.push((vector, class_of(label)));
        }
        let schedule = Schedule {
            epochs: 12,
            margin: 2.0,
            // Signs are rarer among clients than among the examples; they are not to be made likelier still.
            even: 0,
            ..Schedule::default()
        };
        let concepts = level_of.len();
        Some(Self {
            levels: Classifier::learn(&by_level, features.len(), EMERGENCY + 1, schedule),
            concepts: Classifier::learn(&by_concept, features.singles(), concepts, schedule),
            certainty: protocol.certainty,
            features,
            level_of,
        })
    }

    /// The opinion on a scene; `None` where nothing in it can be a sign.
    pub(super) fn ask(&self, scene: &Scene<'_>) -> Option<Opinion> {
        if !scene.may_be_sign() {
            return None;
        }
        let vector = self.features.vector(&scene.terms());
        let likely = self.likely(&vector);
        Some(Opinion { likely, vector })
    }

    /// The level that the opinion is sure enough of, given what the patterns have found.
    pub(super) fn level(&self, likely: Likely, found: Option<Level>) -> Option<Level> {
        let Certainty {
            alone, supported, ..
        } = self.certainty;
        let sure = |level: Level| {
            let bounds = if found.is_some() { supported } else { alone };
            likely.of(level) >= bounds.of(level)
        };
        let levels = [Level::Emergency, Level::Urgent, Level::Caution];
        levels.into_iter().find(|level| sure(*level))
    }

    /// Whether a pattern's finding is to be believed: not where the message looks like nothing at all.
    pub(super) fn believes(&self, likely: Likely, level: Level) -> bool {
        match level {
            Level::Emergency => likely.urgent >= self.certainty.calm.emergency,
            Level::Urgent => likely.urgent >= self.certainty.calm.urgent,
            Level::Caution => likely.caution >= self.certainty.calm.caution,
        }
    }

    /// The likeliest concept of a level.
    pub(super) fn concept(&self, opinion: &Opinion, level: Level) -> Option<ConceptIndex> {
        let singles = self.features.only_singles(&opinion.vector);
        let p = self.concepts.probabilities(&singles);
        let of_level = (0..self.level_of.len()).filter(|&at| self.level_of[at] == level);
        let best = of_level.max_by(|&a, &b| p[a].total_cmp(&p[b]).then(b.cmp(&a)));
        best.map(ConceptIndex)
    }

    /// The words without which it would be least sure, in order.
    pub(super) fn telling(&self, scene: &Scene<'_>, level: Level) -> Vec<String> {
        let mut terms = scene.terms();
        let whole = self.likely(&self.features.vector(&terms)).of(level);
        let mut falls: Vec<(usize, f32)> = Vec::new();
        for at in 0..terms.len() {
            let term = std::mem::replace(&mut terms[at], Term::Blank);
            let fall = whole - self.likely(&self.features.vector(&terms)).of(level);
            terms[at] = term;
            if matches!(term, Term::Word { .. }) && fall > 0.0 {
                falls.push((at, fall));
            }
        }
        falls.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        falls.truncate(NAMED_WORDS);
        falls.sort_unstable_by_key(|(at, _)| *at);
        let words = falls.into_iter().map(|(at, _)| scene.tokens[at].text());
        words.map(str::to_owned).collect()
    }

    fn likely(&self, vector: &Vector) -> Likely {
        let p = self.levels.probabilities(vector);
        let emergency = p[EMERGENCY];
        let urgent = emergency + p[URGENT];
        Likely {
            emergency,
            urgent,
            caution: urgent + p[CAUTION],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::{Faq, Tree, load::load};
    use std::sync::Arc;

    use crate::triage::{Experience, Triage};

    const FOLDS: usize = 5;

    fn built_in() -> Faq {
        load(&Tree::built_in()).expect("the built-in FAQ loads")
    }

    fn ordinary(faq: &Faq) -> Vec<&str> {
        let phrasings = faq.entries.iter().flat_map(|e| &e.phrasings);
        phrasings
            .chain(&faq.out_of_scope)
            .map(String::as_str)
            .collect()
    }

    /// One labelled example that was held out, with what was made of it.
    struct Held<'a> {
        text: &'a str,
        wanted: Option<Level>,
        by_pattern: Option<Level>,
        emergency: f32,
        urgent: f32,
    }

    /// Every example judged by a classifier that has not seen it.
    fn held_out<'a>(protocol: &'a Protocol, ordinary: &[&'a str]) -> Vec<Held<'a>> {
        let mut lexemes = Lexemes::new(&protocol.rules.words);
        let experience = Experience::learn(protocol, std::iter::empty());
        let patterns = Triage::new(Arc::new(protocol.clone()), experience);
        let every = ordinary.len().div_ceil(MAX_ORDINARY).max(1);
        let none = ordinary.iter().step_by(every).map(|text| (None, *text));
        let all: Vec<(Option<ConceptIndex>, &str)> = protocol
            .examples
            .iter()
            .map(|(c, t)| (*c, t.as_str()))
            .chain(none)
            .collect();
        let mut held = Vec::new();
        for fold in 0..FOLDS {
            let taught = all
                .iter()
                .enumerate()
                .filter(|(at, _)| at % FOLDS != fold)
                .map(|(_, e)| *e);
            let learned =
                Learned::from_examples(protocol, &mut lexemes, taught).expect("there are examples");
            for (concept, text) in all.iter().skip(fold).step_by(FOLDS) {
                let normalized = normalize(text);
                let tokens = lexemes.tokens(&protocol.rules.words, &normalized);
                let scene = Scene::read(&protocol.rules, &tokens);
                let likely = learned.ask(&scene).map(|o| o.likely).unwrap_or_default();
                let level = patterns.patterns(&scene).iter().map(|f| f.level).max();
                held.push(Held {
                    text,
                    wanted: concept.map(|c| protocol.concepts[c.0].level),
                    by_pattern: level,
                    emergency: likely.emergency,
                    urgent: likely.urgent,
                });
            }
        }
        held
    }

    /// Prints what each threshold would catch and what it would cry wolf at, alone and beside the patterns.
    #[test]
    #[ignore = "prints the curve that the thresholds in triage.toml were chosen from"]
    fn curve() {
        let faq = built_in();
        let protocol = faq
            .triage
            .as_ref()
            .expect("the built-in FAQ has a protocol");
        let held = held_out(protocol, &ordinary(&faq));
        let share = |wanted: &dyn Fn(&Held<'_>) -> bool, caught: &dyn Fn(&Held<'_>) -> bool| {
            let of = held.iter().filter(|h| wanted(h)).count().max(1);
            100.0 * held.iter().filter(|h| wanted(h) && caught(h)).count() as f32 / of as f32
        };
        let is = |level: Level| move |h: &Held<'_>| h.wanted == Some(level);
        let calm = |h: &Held<'_>| h.wanted.is_none();
        println!("            of emergencies      of urgent          cried wolf");
        println!("threshold   alone  beside       alone  beside      emergency  urgent");
        for step in 5..=19 {
            let t = step as f32 * 0.05;
            let emergency = |h: &Held<'_>| h.emergency >= t;
            let urgent = |h: &Held<'_>| h.urgent >= t;
            println!(
                "{t:9.2}   {:5.1}  {:5.1}       {:5.1}  {:5.1}      {:6.2}  {:6.2}",
                share(&is(Level::Emergency), &emergency),
                share(&is(Level::Emergency), &|h| emergency(h)
                    || h.by_pattern == Some(Level::Emergency)),
                share(&is(Level::Urgent), &urgent),
                share(&is(Level::Urgent), &|h| urgent(h)
                    || h.by_pattern >= Some(Level::Urgent)),
                share(&calm, &emergency),
                share(&calm, &urgent),
            );
        }
        let mut wolves: Vec<&Held<'_>> =
            held.iter().filter(|h| calm(h) && h.urgent > 0.3).collect();
        wolves.sort_by(|a, b| b.urgent.total_cmp(&a.urgent));
        for h in wolves.iter().take(60) {
            println!("{:.2} {:.2} {}", h.emergency, h.urgent, h.text);
        }
        println!(
            "patterns alone: emergencies {:.1}, urgent {:.1}, wolf {:.2}",
            share(&is(Level::Emergency), &|h| h.by_pattern
                == Some(Level::Emergency)),
            share(&is(Level::Urgent), &|h| h.by_pattern >= Some(Level::Urgent)),
            share(&calm, &|h| h.by_pattern >= Some(Level::Urgent))
        );
    }
}
