//! The second opinion: a classifier that has learned from labelled messages, for what no pattern says.
//!
//! It sees what the patterns see (`features`) and tells how likely each concept is; what is likely at a level is the sum
//! of its concepts, since what an emergency looks like is a dozen different things. What it is sure of counts as much as
//! a pattern; where a pattern has found something less pressing already, less certainty will do; and where the message
//! looks like nothing at all, a pattern is not believed unless it says `surely`, since words that stand near each other
//! by chance look like a sign to it. `[learned]` in `triage.toml` has the bounds.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::features::{Features, Term};
use super::protocol::{Certainty, Protocol};
use super::tokens::{Lexemes, Token};
use super::{ConceptIndex, Level, Scene};
use crate::matcher::classifier::{Classifier, Schedule};
use crate::matcher::features::Vector;
use crate::text::{Break, normalize};

/// How many ordinary utterances are learned from at most, spread evenly: all of ours, which must raise nothing, but not
/// all of a FAQ many times as large, where more teach nothing new and cost start-up time.
const MAX_ORDINARY: usize = 20_000;
/// How many words are looked at together; a longer message is looked at view by view as well. Chosen on emergencies of
/// `tests/questions` put into a story, of which 95 in 100 are met so and 85 without, and on forum posts, which must stay
/// quiet.
const VIEW: usize = 32;
/// How many words a finding names.
const NAMED_WORDS: usize = 4;

/// What was learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Learned {
    features: Features,
    /// Classes are the concepts, and last what shows nothing.
    classifier: Classifier,
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
    /// How likely each concept is.
    concepts: Vec<f32>,
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
        let (mut labels, mut texts) = (Vec::new(), Vec::new());
        for (concept, text) in examples {
            let text = normalize(text);
            lexemes.meet(&protocol.rules.words, &text);
            let tokens = lexemes.tokens(&protocol.rules.words, &text);
            let terms = Scene::read(&protocol.rules, &tokens).terms();
            // What shows nothing as a whole shows nothing in any view of it.
            let calm = concept.is_none().then(|| views(&tokens));
            let whole = std::iter::once(0..terms.len());
            for view in whole.chain(calm.into_iter().flatten()) {
                if !view.is_empty() {
                    labels.push(concept);
                    texts.push(terms[view].to_vec());
                }
            }
        }
        if labels.iter().all(Option::is_none) {
            return None;
        }
        let level_of: Vec<Level> = protocol.concepts.iter().map(|c| c.level).collect();
        let nothing = level_of.len();
        let class = |label: &Option<ConceptIndex>| label.map_or(nothing, |concept| concept.0);
        let features = Features::learn(&texts);
        let vectors = texts.iter().map(|terms| features.vector(terms));
        let examples: Vec<(Vector, usize)> = vectors.zip(labels.iter().map(class)).collect();
        let schedule = Schedule {
            epochs: 8,
            margin: 2.0,
            // Signs are rarer among clients than among the examples; they are not to be made likelier still.
            even: 0,
            temperature: 1.5,
            ..Schedule::default()
        };
        Some(Self {
            classifier: Classifier::learn(&examples, features.len(), nothing + 1, schedule),
            certainty: protocol.certainty,
            features,
            level_of,
        })
    }

    /// The opinion on a scene; `None` where nothing in it can be a sign.
    pub(super) fn ask(&self, scene: &Scene<'_>) -> Option<Opinion> {
        let may_be = scene.may_be_sign();
        may_be.then(|| self.judge(scene.tokens, &scene.terms()))
    }

    /// The opinion on all of it, or on the view that is the most worrying: a long story drowns its one sign.
    fn judge(&self, tokens: &[Token<'_>], terms: &[Term]) -> Opinion {
        let views = views(tokens).map(|view| self.opinion(&terms[view]));
        views.fold(self.opinion(terms), |worst, view| {
            if view.likely.urgent > worst.likely.urgent {
                view
            } else {
                worst
            }
        })
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
        let p = &opinion.concepts;
        let of_level = (0..self.level_of.len()).filter(|&at| self.level_of[at] == level);
        let best = of_level.max_by(|&a, &b| p[a].total_cmp(&p[b]).then(b.cmp(&a)));
        best.map(ConceptIndex)
    }

    /// The words without which it would be least sure, in order.
    pub(super) fn telling(&self, scene: &Scene<'_>, level: Level) -> Vec<String> {
        let mut terms = scene.terms();
        let whole = self.judge(scene.tokens, &terms).likely.of(level);
        let mut falls: Vec<(usize, f32)> = Vec::new();
        for at in 0..terms.len() {
            let term = std::mem::replace(&mut terms[at], Term::Blank);
            let fall = whole - self.judge(scene.tokens, &terms).likely.of(level);
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

    fn opinion(&self, terms: &[Term]) -> Opinion {
        let concepts = self.classifier.probabilities(&self.features.vector(terms));
        let mut likely = Likely::default();
        // What shows nothing stands behind the concepts and has no level.
        for (level, p) in self.level_of.iter().zip(&concepts) {
            likely.caution += p;
            if *level >= Level::Urgent {
                likely.urgent += p;
            }
            if *level == Level::Emergency {
                likely.emergency += p;
            }
        }
        Opinion { likely, concepts }
    }
}

/// Stretches of a scene to look at by themselves: as many whole sentences as are no longer than a view from each sentence
/// on, and of a sentence without end every half view. None where the scene is hardly longer than a view.
fn views<'s>(tokens: &'s [Token<'_>]) -> impl Iterator<Item = Range<usize>> + 's {
    let begins = |at: usize| at == 0 || tokens[at].before == Break::Sentence;
    let mut last = 0;
    let starts = (0..tokens.len()).filter(move |&at| {
        let starts = begins(at) || at - last >= VIEW / 2;
        if starts {
            last = at;
        }
        starts && tokens.len() > VIEW
    });
    starts.map(move |start| {
        let most = (start + VIEW).min(tokens.len());
        let ends = (start + 1..=most).rev();
        let mut ends = ends.filter(|&end| end == tokens.len() || begins(end));
        start..ends.next().unwrap_or(most)
    })
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
