//! Figures: named counts with their denominators.

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

/// Which way a figure should go; a floor is a minimum or a maximum accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better: a floor is the least that is allowed.
    Higher,
    /// Less is better: a floor is the most that is allowed.
    Lower,
}

/// How many of how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its name; parts are separated by dots, as in `near-health.answered`.
    pub name: String,
    /// Rows that it is true of.
    pub count: usize,
    /// Rows that it could be true of.
    pub of: usize,
    /// Which way it should go.
    pub better: Better,
}

impl Figure {
    /// The share in percent, rounded to one decimal, which is also what floors compare; `None` of no rows.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        percent(self.count, self.of)
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Figure", 3)?;
        object.serialize_field("percent", &self.percent())?;
        object.serialize_field("count", &self.count)?;
        object.serialize_field("of", &self.of)?;
        object.end()
    }
}

/// A share in percent, rounded to one decimal; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
pub(super) fn percent(count: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| (1000.0 * count as f64 / of as f64).round() / 10.0)
}

/// The figures of one set, group by group as they first came up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(Vec<Figure>);

impl Figures {
    /// Counts one row under a name: towards its denominator, and towards the count if it is true of the row.
    pub fn add(&mut self, name: &str, better: Better, is_true: bool) {
        let figure = match self.0.iter().position(|f| f.name == name) {
            Some(at) => &mut self.0[at],
            None => self.insert(name, better),
        };
        figure.of += 1;
        figure.count += usize::from(is_true);
    }

    /// Puts a new figure after those of its group: what stands before the last dot.
    fn insert(&mut self, name: &str, better: Better) -> &mut Figure {
        let group = |name: &str| name.rsplit_once('.').map(|(group, _)| group.to_owned());
        let last = self.0.iter().rposition(|f| group(&f.name) == group(name));
        let at = last.map_or(self.0.len(), |i| i + 1);
        let figure = Figure {
            name: name.to_owned(),
            count: 0,
            of: 0,
            better,
        };
        self.0.insert(at, figure);
        &mut self.0[at]
    }

    /// The figure of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Figure> {
        self.0.iter().find(|f| f.name == name)
    }

    /// Every figure, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Figure> {
        self.0.iter()
    }
}

impl Serialize for Figures {
    /// One object, from name to figure.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for figure in &self.0 {
            object.serialize_entry(&figure.name, figure)?;
        }
        object.end()
    }
}
