//! Which of many beginnings a word has, found by their first letters instead of one by one.

use rustc_hash::FxHashMap;

/// Shortest beginning, in bytes: shorter ones begin half the dictionary.
const LEAST: usize = 3;

/// Values that belong to every word which begins in some way.
#[derive(Debug, Clone)]
pub struct Beginnings<T> {
    by_first: FxHashMap<[u8; LEAST], Vec<(Box<str>, T)>>,
}

impl<T> Default for Beginnings<T> {
    fn default() -> Self {
        Self {
            by_first: FxHashMap::default(),
        }
    }
}

impl<T: Copy> Beginnings<T> {
    /// Adds a value; `false`, and nothing is added, when the beginning is shorter than three bytes.
    pub fn add(&mut self, beginning: &str, value: T) -> bool {
        let Some(first) = first_bytes(beginning) else {
            return false;
        };
        let values = self.by_first.entry(first).or_default();
        values.push((beginning.into(), value));
        true
    }

    /// The first value of exactly this beginning.
    #[must_use]
    pub fn get(&self, beginning: &str) -> Option<T> {
        let mut sharing = self.sharing(beginning);
        sharing.find(|(b, _)| **b == *beginning).map(|(_, v)| *v)
    }

    /// The values of all beginnings that the word has, in the order in which they were added.
    pub fn of(&self, word: &str) -> impl Iterator<Item = T> {
        let begins = self.sharing(word).filter(|(b, _)| word.starts_with(&**b));
        begins.map(|(_, value)| *value)
    }

    /// What shares the first letters of the word.
    fn sharing(&self, word: &str) -> impl Iterator<Item = &(Box<str>, T)> {
        let sharing = first_bytes(word).and_then(|first| self.by_first.get(&first));
        sharing.into_iter().flatten()
    }
}

fn first_bytes(word: &str) -> Option<[u8; LEAST]> {
    word.as_bytes().first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_every_beginning_that_it_starts_with() {
        let mut beginnings = Beginnings::default();
        for (beginning, value) in [("numb", 1), ("num", 2), ("number", 3), ("żoł", 4)] {
            assert!(beginnings.add(beginning, value), "{beginning}");
        }
        assert!(!beginnings.add("nu", 5), "too short");
        let of = |word| beginnings.of(word).collect::<Vec<_>>();
        assert_eq!(of("numbness"), [1, 2]);
        assert_eq!(of("num"), [2]);
        assert_eq!(of("żołądek"), [4]);
        assert!(of("nu").is_empty());
        assert_eq!(beginnings.get("number"), Some(3));
        assert_eq!(beginnings.get("numbers"), None);
    }
}
