//! Which entries are taken for which: the entry that was meant against the first candidate, counted.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeSeq, Serializer};

/// Counts of what was meant and what came first instead, or rightly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confusion {
    /// By (meant, first candidate), both ids; ordered, so that reports never differ between runs.
    cells: BTreeMap<(String, String), usize>,
}

/// Two entries and how often the second came first where the first was meant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Pair<'c> {
    /// Id of the entry that was meant.
    pub meant: &'c str,
    /// Id of the first candidate.
    pub got: &'c str,
    /// How often.
    pub count: usize,
}

impl Confusion {
    /// Counts one question; `meant` and `got` are the same when it went well.
    pub fn add(&mut self, meant: &str, got: &str) {
        *self.entry(meant, got) += 1;
    }

    /// Adds the counts of another set.
    pub fn merge(&mut self, other: &Self) {
        for ((meant, got), count) in &other.cells {
            *self.entry(meant, got) += count;
        }
    }

    fn entry(&mut self, meant: &str, got: &str) -> &mut usize {
        let key = (meant.to_owned(), got.to_owned());
        self.cells.entry(key).or_default()
    }

    /// How often `got` came first where `meant` was meant.
    #[must_use]
    pub fn count(&self, meant: &str, got: &str) -> usize {
        let key = (meant.to_owned(), got.to_owned());
        self.cells.get(&key).copied().unwrap_or(0)
    }

    /// Entries taken for another, most frequent first, then by id.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair<'_>> {
        let mut pairs: Vec<Pair<'_>> = self
            .cells
            .iter()
            .filter(|((meant, got), _)| meant != got)
            .map(|((meant, got), &count)| Pair { meant, got, count })
            .collect();
        // Stable: ties stay in the order of their ids.
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.count));
        pairs
    }

    /// The entries of the most frequent pairs, as many as fit the limit; of equal pairs, those whose entries are
    /// confused most come first. Partners stand together, so that a matrix of them is dense around its diagonal.
    #[must_use]
    pub fn most_confused(&self, limit: usize) -> Vec<&str> {
        let mut pairs = self.pairs();
        let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
        for pair in &pairs {
            *totals.entry(pair.meant).or_default() += pair.count;
            *totals.entry(pair.got).or_default() += pair.count;
        }
        pairs.sort_by_key(|p| std::cmp::Reverse((p.count, totals[p.meant] + totals[p.got])));
        let mut entries = Vec::new();
        for id in pairs.iter().flat_map(|pair| [pair.meant, pair.got]) {
            if entries.len() < limit && !entries.contains(&id) {
                entries.push(id);
            }
        }
        entries
    }
}

impl Serialize for Confusion {
    /// The list of [`Confusion::pairs`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.pairs();
        let mut list = serializer.serialize_seq(Some(pairs.len()))?;
        for pair in &pairs {
            list.serialize_element(pair)?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_confusion_comes_first_and_right_ones_are_no_confusion() {
        let mut confusion = Confusion::default();
        for (meant, got) in [
            ("a", "a"),
            ("a", "a"),
            ("b", "c"),
            ("a", "b"),
            ("a", "b"),
            ("d", "d"),
        ] {
            confusion.add(meant, got);
        }
        let pairs: Vec<(&str, &str, usize)> = confusion
            .pairs()
            .iter()
            .map(|p| (p.meant, p.got, p.count))
            .collect();
        assert_eq!(pairs, [("a", "b", 2), ("b", "c", 1)]);
        assert_eq!(confusion.most_confused(20), ["a", "b", "c"]);
        assert_eq!(confusion.most_confused(2), ["a", "b"]);
        assert_eq!(confusion.count("a", "a"), 2);
    }
}
