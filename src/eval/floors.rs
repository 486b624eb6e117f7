//! Floors: the figures that may not get worse, in a TOML file that CI holds.
//!
//! ```toml
//! [in_scope]                # the set's name: its file without folder and extension
//! top1 = 93.0               # percent; a minimum, because more is better
//! wrong = 3.0               # a maximum, because less is better
//!
//! [out_of_scope]
//! near-health.answered = 5.0
//! ```
//!
//! A floor that nothing was measured for is a breach too: a set or figure that is renamed or forgotten must not pass
//! quietly.

use std::fmt;

use serde::Serialize;

use super::figures::{Better, Figure};
use super::measure::Measured;

/// One figure that may not get worse.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor {
    /// The set's name.
    pub set: String,
    /// The figure's name.
    pub figure: String,
    /// The least or the most that is allowed, in percent.
    pub limit: f64,
}

/// A floors file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FloorsError {
    /// It is not TOML.
    #[error("is not valid TOML: {0}")]
    Toml(#[from] toml::de::Error),
    /// A value is not a share.
    #[error("{key}: is not a number from 0 to 100")]
    NotPercent {
        /// Where it stands, with dots.
        key: String,
    },
}

/// Reads a floors file.
///
/// # Errors
/// When it is not TOML, or a value is no percentage.
pub fn read(text: &str) -> Result<Vec<Floor>, FloorsError> {
    let mut floors = Vec::new();
    for (set, value) in &text.parse::<toml::Table>()? {
        let Some(table) = value.as_table() else {
            let key = set.clone();
            return Err(FloorsError::NotPercent { key });
        };
        gather(set, "", table, &mut floors)?;
    }
    Ok(floors)
}

/// Dotted keys are tables in tables.
fn gather(
    set: &str,
    prefix: &str,
    table: &toml::Table,
    floors: &mut Vec<Floor>,
) -> Result<(), FloorsError> {
    for (key, value) in table {
        let figure = format!("{prefix}{key}");
        if let Some(inner) = value.as_table() {
            gather(set, &format!("{figure}."), inner, floors)?;
            continue;
        }
        let whole = value.as_integer().and_then(|n| i32::try_from(n).ok());
        let limit = value.as_float().or(whole.map(f64::from));
        let Some(limit) = limit.filter(|limit| (0.0..=100.0).contains(limit)) else {
            let key = format!("{set}.{figure}");
            return Err(FloorsError::NotPercent { key });
        };
        floors.push(Floor {
            set: set.to_owned(),
            figure,
            limit,
        });
    }
    Ok(())
}

/// A floor that does not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breach {
    /// The set's name.
    pub set: String,
    /// The figure's name.
    pub figure: String,
    /// What is allowed, in percent.
    pub limit: f64,
    /// What was measured, in percent; `None` when nothing was.
    pub measured: Option<f64>,
    /// Whether the limit is a minimum.
    #[serde(skip)]
    better: Option<Better>,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            set, figure, limit, ..
        } = self;
        let (Some(measured), Some(better)) = (self.measured, self.better) else {
            return write!(
                f,
                "{set}.{figure}: not measured; give the set and check both names"
            );
        };
        let bound = match better {
            Better::Higher => "at least",
            Better::Lower => "at most",
        };
        write!(f, "{set}.{figure}: {measured:.1} %, {bound} {limit:.1} %")
    }
}

/// Every floor that does not hold, ordered by the names of set and figure.
#[must_use]
pub fn breaches(floors: &[Floor], measured: &[Measured]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for floor in floors {
        let named = measured.iter().filter(|m| m.name == floor.set);
        let figures: Vec<&Figure> = named
            .filter_map(|m| m.figures.get(&floor.figure))
            .filter(|f| f.of > 0)
            .collect();
        let breach = |figure: Option<&Figure>| Breach {
            set: floor.set.clone(),
            figure: floor.figure.clone(),
            limit: floor.limit,
            measured: figure.and_then(Figure::percent),
            better: figure.map(|f| f.better),
        };
        if figures.is_empty() {
            breaches.push(breach(None));
        }
        let below = figures.into_iter().filter(|f| !holds(f, floor.limit));
        breaches.extend(below.map(|figure| breach(Some(figure))));
    }
    breaches
}

fn holds(figure: &Figure, limit: f64) -> bool {
    figure.percent().is_some_and(|percent| match figure.better {
        Better::Higher => percent >= limit,
        Better::Lower => percent <= limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::confusion::Confusion;
    use crate::eval::figures::Figures;

    fn measured() -> Vec<Measured> {
        let mut figures = Figures::default();
        for row in 0..4 {
            figures.add("right", Better::Higher, row < 3);
            figures.add("far.answered", Better::Lower, row < 1);
        }
        vec![Measured {
            name: "s".to_owned(),
            rows: 4,
            figures,
            confused: Confusion::default(),
            misses: Vec::new(),
        }]
    }

    fn found(text: &str) -> Vec<String> {
        let floors = read(text).expect("the floors are valid");
        let found = breaches(&floors, &measured());
        found.iter().map(Breach::to_string).collect()
    }

    #[test]
    fn a_floor_is_a_minimum_or_a_maximum_by_its_figure() {
        assert!(found("[s]\nright = 75\nfar.answered = 25.0").is_empty());
        assert_eq!(
            found("[s]\nright = 75.1\nfar.answered = 24.9"),
            [
                "s.far.answered: 25.0 %, at most 24.9 %",
                "s.right: 75.0 %, at least 75.1 %"
            ]
        );
    }

    #[test]
    fn a_floor_without_a_figure_is_a_breach() {
        let not_measured = "not measured; give the set and check both names";
        assert_eq!(
            found("[s]\nrigth = 1\n[t]\nright = 1"),
            [
                format!("s.rigth: {not_measured}"),
                format!("t.right: {not_measured}")
            ]
        );
    }

    #[test]
    fn a_value_that_is_no_percentage_is_refused_by_name() {
        for text in [
            "[s]\nfar.answered = 101",
            "[s]\nfar.answered = 'x'",
            "[s]\nfar.answered = nan",
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.starts_with("s.far.answered: "), "{error}");
        }
    }
}
