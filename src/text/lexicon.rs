//! Which words are English at all, so that typo repair leaves them alone.
//!
//! The list is SCOWL 2020.12.07, sizes 10 to 35, English with American and British spellings: see
//! `english.LICENSE.txt` beside it. SCOWL keeps names apart; days, months, feasts, languages and countries were added by
//! hand, since people give dates and say where they come from, and so were treatments, words of the nursery and of the
//! day, which were read as slips of others ("thai" as the, "chiro" as car, "mri" as more). Names of people and towns stay
//! out: redaction keeps the words of this list. It says nothing about meaning and is never matched against.

/// A sorted list of words, one a line, searched in place: no start-up cost and no memory beyond the text.
#[derive(Debug, Clone, Copy)]
pub struct Lexicon {
    lines: &'static str,
}

/// The English words that the program carries.
pub const ENGLISH: Lexicon = Lexicon {
    lines: include_str!("english.txt"),
};

impl Default for Lexicon {
    fn default() -> Self {
        ENGLISH
    }
}

impl Lexicon {
    /// Whether the folded `word` is in the list. Logarithmic in the list's length.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        let bytes = self.lines.as_bytes();
        let (mut low, mut high) = (0, bytes.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = bytes[..middle]
                .iter()
                .rposition(|&b| b == b'\n')
                .map_or(0, |i| i + 1);
            let end = bytes[middle..]
                .iter()
                .position(|&b| b == b'\n')
                .map_or(bytes.len(), |i| middle + i);
            match bytes[start..end].cmp(word.as_bytes()) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = end + 1,
                std::cmp::Ordering::Greater => high = start,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_first_last_and_every_other_word() {
        let words: Vec<&str> = ENGLISH.lines.lines().collect();
        assert!(words.is_sorted(), "binary search needs order");
        for word in words {
            assert!(ENGLISH.contains(word), "{word}");
        }
        for not_a_word in ["", "bakc", "zzzz", "masage", "a b"] {
            assert!(!ENGLISH.contains(not_a_word), "{not_a_word}");
        }
    }
}
