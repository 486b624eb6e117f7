//! The second opinion: classifiers that have learned from labelled messages, for what no pattern says.
//!
//! They see what the patterns see. Words that are denied, over or said in jest are blanked out before they look, and
//! every word carries the group that it belongs to, so that "no feeling" and "numb" teach the same. One tells how soon
//! help is needed (emergency, urgent or neither), the other which concept it is. Cautions are among the examples of
//! neither, because their own patterns are plain words ("warfarin") that need no second opinion.

use rustc_hash::{FxHashMap, FxHashSet};

use super::protocol::{Certainty, Protocol};
use super::words::Life;
use super::{ConceptIndex, Level, Scene};
use crate::matcher::classifier::{Classifier, Schedule};
use crate::matcher::features::{FeatureSpace, Term, Vector};
use crate::text::{Spelling, normalize, stem};

/// What stands in for a word that must not count.
const BLANK: &str = "~";
/// How many ordinary utterances are learned from at most, spread evenly: more teach nothing new and cost start-up time.
const MAX_ORDINARY: usize = 20_000;
/// A stem speaks for a sign when it is this many times more frequent in signs than elsewhere.
const TELLING: f32 = 2.0;
/// How many different telling stems an utterance must have: "ibuprofen?" alone says nothing.
const MIN_TELLING: usize = 2;
/// How many words a finding names.
const NAMED_WORDS: usize = 3;

/// Classes of the classifier that tells levels.
const EMERGENCY: usize = 0;
const URGENT: usize = 1;
const NEITHER: usize = 2;

/// What was learned.
#[derive(Debug, Clone)]
pub(super) struct Learned {
    space: FeatureSpace,
    levels: Classifier,
    concepts: Classifier,
    /// The classes of `concepts`, with their levels.
    classes: Vec<(ConceptIndex, Level)>,
    /// Stems without one of which nothing is looked at: most questions have none, and cost nothing.
    telling: FxHashSet<String>,
    certainty: Certainty,
}

/// What the learned part makes of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opinion {
    pub(super) level: Level,
    pub(super) concept: ConceptIndex,
    pub(super) probability: f32,
    pub(super) words: Vec<String>,
}

impl Learned {
    /// Learns from the protocol's examples and from utterances that show nothing; `None` without examples.
    pub(super) fn learn<'a>(
        protocol: &Protocol,
        spelling: &Spelling,
        ordinary: impl IntoIterator<Item = &'a str>,
    ) -> Option<Self> {
        let ordinary: Vec<&str> = ordinary.into_iter().collect();
        let every = ordinary.len().div_ceil(MAX_ORDINARY).max(1);
        let none = ordinary.into_iter().step_by(every).map(|text| (None, text));
        let examples = protocol
            .examples
            .iter()
            .map(|(c, text)| (*c, text.as_str()));
        Self::from_examples(protocol, spelling, examples.chain(none))
    }

    /// Learns from these examples.
    fn from_examples<'a>(
        protocol: &Protocol,
        spelling: &Spelling,
        examples: impl Iterator<Item = (Option<ConceptIndex>, &'a str)>,
    ) -> Option<Self> {
        let classes: Vec<(ConceptIndex, Level)> = (0..protocol.concepts.len())
            .map(|at| (ConceptIndex(at), protocol.concepts[at].level))
            .filter(|(_, level)| *level > Level::Caution)
            .collect();
        let class_of = |concept: ConceptIndex| classes.iter().position(|(c, _)| *c == concept);
        let (labels, texts): (Vec<Option<usize>>, Vec<Vec<Term<'static>>>) = examples
            .map(|(concept, text)| {
                let text = normalize(text);
                let scene = Scene::read(&protocol.rules, &text, spelling);
                (concept.and_then(class_of), scene.terms())
            })
            .filter(|(_, terms)| !terms.is_empty())
            .unzip();
        if labels.iter().all(Option::is_none) {
            return None;
        }
        let space = FeatureSpace::learn(&texts);
        let vectors: Vec<Vector> = texts.iter().map(|terms| space.vector(terms)).collect();
        let level_of = |label: &Option<usize>| match label.map(|class| classes[class].1) {
            Some(Level::Emergency) => EMERGENCY,
            Some(Level::Urgent) => URGENT,
            Some(Level::Caution) | None => NEITHER,
        };
        let by_level: Vec<(Vector, usize)> = vectors
            .iter()
            .cloned()
            .zip(labels.iter().map(level_of))
            .collect();
        let by_concept: Vec<(Vector, usize)> = vectors
            .into_iter()
            .zip(&labels)
            .filter_map(|(v, class)| Some((v, (*class)?)))
            .collect();
        let schedule = Schedule {
            epochs: 6,
            margin: 3.0,
            ..Schedule::default()
        };
        Some(Self {
            levels: Classifier::learn(&by_level, space.len(), NEITHER + 1, schedule),
            concepts: Classifier::learn(&by_concept, space.len(), classes.len(), schedule),
            telling: telling(&texts, |at| labels[at].is_some()),
            certainty: protocol.certainty,
            space,
            classes,
        })
    }

    /// The opinion on a scene, if it is sure enough.
    pub(super) fn ask(&self, scene: &Scene<'_>) -> Option<Opinion> {
        let terms = scene.terms();
        let likely = self.likely(scene, &terms)?;
        let (level, probability) = if likely.emergency >= self.certainty.emergency {
            (Level::Emergency, likely.emergency)
        } else if likely.urgent >= self.certainty.urgent {
            (Level::Urgent, likely.urgent)
        } else {
            return None;
        };
        let p = self.concepts.probabilities(&self.space.vector(&terms));
        let of_level = (0..self.classes.len()).filter(|&at| self.classes[at].1 == level);
        let best = of_level.max_by(|&a, &b| p[a].total_cmp(&p[b]).then(b.cmp(&a)))?;
        let words = self.telling_words(&terms, level, probability);
        Some(Opinion {
            level,
            concept: self.classes[best].0,
            probability,
            words,
        })
    }

    /// How likely each level is; `None` where nothing can speak for one.
    fn likely(&self, scene: &Scene<'_>, terms: &[Term<'_>]) -> Option<Likely> {
        let telling: FxHashSet<&str> = terms
            .iter()
            .map(|t| &*t.stem)
            .filter(|stem| self.telling.contains(*stem))
            .collect();
        let tells = telling.len() >= MIN_TELLING && scene.may_be_sign();
        tells.then(|| self.level_of(terms))
    }

    fn level_of(&self, terms: &[Term<'_>]) -> Likely {
        let p = self.levels.probabilities(&self.space.vector(terms));
        Likely {
            emergency: p[EMERGENCY],
            urgent: p[EMERGENCY] + p[URGENT],
        }
    }

    /// The words without which it would be least sure, in order.
    fn telling_words(&self, terms: &[Term<'_>], level: Level, probability: f32) -> Vec<String> {
        let mut falls: Vec<(usize, f32)> = (0..terms.len())
            .filter(|&at| terms[at].word != BLANK)
            .map(|at| {
                let mut without = terms.to_vec();
                without.remove(at);
                (at, probability - self.level_of(&without).of(level))
            })
            .filter(|(_, fall)| *fall > 0.0)
            .collect();
        falls.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        falls.truncate(NAMED_WORDS);
        falls.sort_unstable_by_key(|(at, _)| *at);
        falls
            .into_iter()
            .map(|(at, _)| terms[at].word.to_string())
            .collect()
    }
}

/// How likely a message shows something at a level or a higher one.
#[derive(Debug, Clone, Copy, Default)]
struct Likely {
    emergency: f32,
    urgent: f32,
}

impl Likely {
    fn of(self, level: Level) -> f32 {
        match level {
            Level::Emergency => self.emergency,
            Level::Urgent | Level::Caution => self.urgent,
        }
    }
}

/// Stems that are more frequent where `is_sign` than elsewhere.
fn telling(texts: &[Vec<Term<'_>>], is_sign: impl Fn(usize) -> bool) -> FxHashSet<String> {
    let mut counts: FxHashMap<&str, (f32, f32)> = FxHashMap::default();
    let (mut signs, mut others) = (0.0_f32, 0.0_f32);
    for (at, terms) in texts.iter().enumerate() {
        let sign = is_sign(at);
        if sign {
            signs += 1.0
        } else {
            others += 1.0
        }
        let stems: FxHashSet<&str> = terms.iter().map(|t| &*t.stem).collect();
        for stem in stems {
            let count = counts.entry(stem).or_default();
            if sign { count.0 += 1.0 } else { count.1 += 1.0 }
        }
    }
    let tells =
        |(sign, other): (f32, f32)| sign / signs.max(1.0) > TELLING * other / others.max(1.0);
    counts
        .into_iter()
        .filter(|(stem, count)| *stem != BLANK && tells(*count))
        .map(|(stem, _)| stem.to_owned())
        .collect()
}

impl Scene<'_> {
    /// The words as features see them.
    fn terms(&self) -> Vec<Term<'static>> {
        let mut senses: Vec<Option<(u16, u32)>> = vec![None; self.tokens.len()];
        let mut blank = self.masked.clone();
        for (group, hits) in self.signs() {
            for hit in hits {
                for at in usize::from(hit.start)..usize::from(hit.end) {
                    blank[at] |= matches!(hit.life, Life::Denied | Life::Past);
                    // The longest wording says most; of equals the group that stands first.
                    let sense = (hit.end - hit.start, u32::from(group.0));
                    let better =
                        |s: (u16, u32)| s.0 > sense.0 || (s.0 == sense.0 && s.1 <= sense.1);
                    if !senses[at].is_some_and(better) {
                        senses[at] = Some(sense);
                    }
                }
            }
        }
        let term = |at: usize| {
            if blank[at] {
                return Term {
                    word: BLANK.into(),
                    stem: BLANK.into(),
                    sense: None,
                };
            }
            let word = self.tokens[at].text.as_ref();
            let own = stem(word).into_owned();
            match senses[at] {
                None => Term {
                    word: word.to_owned().into(),
                    stem: own.into(),
                    sense: None,
                },
                Some((_, group)) => Term {
                    word: word.to_owned().into(),
                    stem: format!("@{group}").into(),
                    sense: Some({
                        use std::hash::{Hash, Hasher};
                        let mut h = rustc_hash::FxHasher::default();
                        own.hash(&mut h);
                        h.finish() as u32
                    }),
                },
            }
        };
        (0..self.tokens.len()).map(term).collect()
    }

    /// Whether something is left that could be a sign: a message whose signs are all denied, over or asked about in
    /// general shows none.
    fn may_be_sign(&self) -> bool {
        let mut lives = self
            .signs()
            .flat_map(|(_, hits)| hits.iter().map(|h| h.life))
            .peekable();
        lives.peek().is_none() || lives.any(|life| life == Life::Live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::{Faq, Tree, load::load};
    use crate::triage::Triage;

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
        let spelling = protocol.rules.words.spelling();
        let patterns = Triage::learn(protocol, std::iter::empty());
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
                Learned::from_examples(protocol, &spelling, taught).expect("there are examples");
            for (concept, text) in all.iter().skip(fold).step_by(FOLDS) {
                let normalized = normalize(text);
                let scene = Scene::read(&protocol.rules, &normalized, &spelling);
                let likely = learned.likely(&scene, &scene.terms()).unwrap_or_default();
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
