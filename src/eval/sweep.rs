//! What other thresholds would do: the curve over the answer threshold, and the pair that would be chosen.
//!
//! Every point is measured, not derived: all rows go through [`Engine::respond`] under its thresholds. The rows are the
//! questions of in-scope, out-of-scope and real sets; typos repeat the former and follow-ups need context, so they are
//! left out.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use serde::Serialize;

use super::figures::percent;
use super::outcome::{ANSWER, Outcome, SUGGEST};
use super::sets::{Rows, Set, Topics};
use crate::engine::Engine;
use crate::faq::Thresholds;
use crate::triage::Level;

/// Worth of a right answer; the others are measured against it.
pub const RIGHT: f64 = 1.0;

/// Worth of an acceptable question among those offered: helpful, for one tap more.
pub const OFFERED: f64 = 0.5;

/// Worth of a wrong answer to a question that the FAQ covers: three right ones do not make up for it, because a
/// confident wrong answer is the worst ordinary outcome.
pub const WRONG: f64 = -3.0;

/// Worth of an answer to what the FAQ does not cover: misleading, but seldom taken for the answer to what was asked.
pub const OUT_ANSWERED: f64 = -2.0;

/// Steps of a threshold from 0 to 1; the twentieth part is finer than the sets can tell apart.
const STEPS: u8 = 20;

/// The largest margin that is tried, in steps; 0.3 is a clear lead on any scale.
const MAX_MARGIN: u8 = 6;

/// What a pair of thresholds does to all rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Lowest score that is answered.
    pub answer: f32,
    /// Least lead that is answered.
    pub margin: f32,
    /// Lowest score that is offered.
    pub suggest: f32,
    /// Rows that the FAQ covers.
    pub in_scope: usize,
    /// Of these, answered and right.
    pub right: usize,
    /// Of these, offered with an acceptable question among the first three.
    pub offered: usize,
    /// Of these, answered and wrong.
    pub wrong: usize,
    /// Rows that it does not cover.
    pub out_of_scope: usize,
    /// Of these, answered.
    pub out_answered: usize,
    /// Of these, offered questions.
    pub out_offered: usize,
}

impl Point {
    /// Rows in scope that are answered at all.
    #[must_use]
    pub fn covered(&self) -> usize {
        self.right + self.wrong
    }

    /// What the pair is worth: [`RIGHT`], [`OFFERED`], [`WRONG`] and [`OUT_ANSWERED`] times their counts.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    pub fn worth(&self) -> f64 {
        RIGHT * self.right as f64
            + OFFERED * self.offered as f64
            + WRONG * self.wrong as f64
            + OUT_ANSWERED * self.out_answered as f64
    }

    /// Nothing counted yet.
    const fn none(thresholds: Thresholds) -> Self {
        Self {
            answer: thresholds.answer,
            margin: thresholds.margin,
            suggest: thresholds.suggest,
            in_scope: 0,
            right: 0,
            offered: 0,
            wrong: 0,
            out_of_scope: 0,
            out_answered: 0,
            out_offered: 0,
        }
    }

    /// The counts of other rows added, under the same thresholds.
    fn plus(self, other: Self) -> Self {
        Self {
            answer: self.answer,
            margin: self.margin,
            suggest: self.suggest,
            in_scope: self.in_scope + other.in_scope,
            right: self.right + other.right,
            offered: self.offered + other.offered,
            wrong: self.wrong + other.wrong,
            out_of_scope: self.out_of_scope + other.out_of_scope,
            out_answered: self.out_answered + other.out_answered,
            out_offered: self.out_offered + other.out_offered,
        }
    }

    /// A count as a share of the rows in scope, in percent.
    #[must_use]
    pub fn of_in_scope(&self, count: usize) -> Option<f64> {
        percent(count, self.in_scope)
    }

    /// A count as a share of the rows out of scope, in percent.
    #[must_use]
    pub fn of_out_of_scope(&self, count: usize) -> Option<f64> {
        percent(count, self.out_of_scope)
    }
}

/// The curve and the choice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// The thresholds in force.
    pub in_force: Point,
    /// The pair with the greatest [`Point::worth`], of those that answer no lower than the FAQ offers (`suggest` is set
    /// by hand, as taste); of equals the one that answers least, by threshold, then margin.
    pub best: Point,
    /// Thresholds from 0 to 1 with the margin in force; below `suggest`, offers start at the threshold.
    pub curve: Vec<Point>,
}

/// Measures the curve and all pairs; `None` when the sets hold no questions to measure it on. Afterwards the engine
/// has the thresholds again that it came with.
#[must_use]
pub fn sweep(engine: &mut Engine, sets: &[Set]) -> Option<Sweep> {
    let rows = rows(sets);
    if rows.is_empty() {
        return None;
    }
    let in_force = engine.faq().thresholds;
    let mut measure = |answer: f32, margin: f32| {
        engine.set_thresholds(Thresholds {
            answer,
            margin,
            // Content cannot offer only above the score at which it answers.
            suggest: in_force.suggest.min(answer),
        });
        point(engine, &rows)
    };
    let fractions = |steps: u8| (0..=steps).map(|step| f32::from(step) / f32::from(STEPS));
    let curve = fractions(STEPS)
        .map(|answer| measure(answer, in_force.margin))
        .collect();
    let answers = fractions(STEPS).filter(|answer| *answer >= in_force.suggest);
    let best = answers
        .flat_map(|answer| fractions(MAX_MARGIN).map(move |margin| (answer, margin)))
        .map(|(answer, margin)| measure(answer, margin))
        // The last of equals.
        .max_by(|a, b| a.worth().total_cmp(&b.worth()));
    // After all others, so that the engine keeps these.
    let in_force = measure(in_force.answer, in_force.margin);
    Some(Sweep {
        in_force,
        best: best.unwrap_or(in_force),
        curve,
    })
}

/// The utterances of the sets that have questions in or out of scope. Real people's count where nothing is urgent.
fn rows(sets: &[Set]) -> Vec<(&str, Topics)> {
    let mut rows = Vec::new();
    for set in sets {
        match &set.rows {
            Rows::InScope(questions) => {
                let questions = questions.iter();
                rows.extend(questions.map(|q| (q.message.as_str(), q.topics.clone())));
            }
            Rows::OutOfScope(strangers) => {
                let strangers = strangers.iter();
                rows.extend(strangers.map(|s| (s.message.as_str(), Topics(Vec::new()))));
            }
            Rows::Real(people) => {
                let calm = people.iter().filter(|r| r.level < Some(Level::Urgent));
                rows.extend(calm.map(|r| (r.message.as_str(), r.topics.clone())));
            }
            Rows::Typos(_) | Rows::Triage(_) | Rows::Several(_) | Rows::FollowUps(_) => {}
        }
    }
    rows
}

/// What the thresholds in force do to all rows; the rows are shared out over the cores, and counts add up the same
/// whichever core is done first.
fn point(engine: &Engine, rows: &[(&str, Topics)]) -> Point {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares = rows.chunks(rows.len().div_ceil(cores));
    thread::scope(|scope| {
        let shares: Vec<_> = shares
            .map(|rows| scope.spawn(move || count(engine, rows)))
            .collect();
        let counted = shares
            .into_iter()
            .map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)));
        counted.fold(Point::none(engine.faq().thresholds), Point::plus)
    })
}

fn count(engine: &Engine, rows: &[(&str, Topics)]) -> Point {
    let mut point = Point::none(engine.faq().thresholds);
    for (utterance, topics) in rows {
        let reply = engine.respond(utterance, None);
        if topics.in_scope() {
            let outcome = Outcome::of(&reply, topics);
            point.in_scope += 1;
            point.right += usize::from(outcome == Outcome::Right);
            point.offered += usize::from(outcome == Outcome::Offered);
            point.wrong += usize::from(outcome == Outcome::Wrong);
        } else {
            point.out_of_scope += 1;
            point.out_answered += usize::from(reply.decision() == ANSWER);
            point.out_offered += usize::from(reply.decision() == SUGGEST);
        }
    }
    point
}
