//! Labelled questions through the engine: how often it is right, what it confuses, and which thresholds are best.
//!
//! [`sets`] reads the files, [`mod@measure`] sends every row through `Engine::respond` and counts, [`mod@sweep`] tries
//! other thresholds, [`floors`] says which figures have become too bad; [`text`] and [`plot`] show a [`Report`].
//! What is measured is what people get; nothing here knows how scores are made.

pub mod confusion;
pub mod figures;
pub mod floors;
pub mod measure;
mod outcome;
pub mod plot;
pub mod sets;
pub mod sweep;
pub mod text;
mod urgency;

use serde::Serialize;

use crate::engine::Engine;
use confusion::Confusion;
use floors::{Breach, Floor};
use measure::{Measured, measure};
use sets::Set;
use sweep::{Sweep, sweep};

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The sets, in the order in which they were given.
    pub sets: Vec<Measured>,
    /// The curve over thresholds; `None` when no set has questions for it.
    pub thresholds: Option<Sweep>,
    /// Floors that do not hold.
    pub breaches: Vec<Breach>,
}

impl Report {
    /// What is taken for what in all sets together.
    #[must_use]
    pub fn confused(&self) -> Confusion {
        let mut all = Confusion::default();
        for set in &self.sets {
            all.merge(&set.confused);
        }
        all
    }
}

/// Runs all sets through one engine, in order. The engine is only changed in passing, to try other thresholds.
#[must_use]
pub fn run(engine: &mut Engine, sets: &[Set], floors: &[Floor]) -> Report {
    let measured: Vec<Measured> = sets.iter().map(|set| measure(engine, set)).collect();
    Report {
        breaches: floors::breaches(floors, &measured),
        thresholds: sweep(engine, sets),
        sets: measured,
    }
}
