//! Typo repair against a vocabulary: the nearest known word, found by shared deletions instead of a scan.
//!
//! Method: the symmetric-delete index of Garbe's SymSpell (2012). Two words within `d` edits share a string that is
//! left of each by at most `d` deletions; those strings are indexed once, so a look-up touches a handful of words, and
//! only those are measured with `strsim`'s optimal string alignment distance (a swap of neighbours is one edit).

use rustc_hash::{FxHashMap, FxHashSet};

use super::lexicon::Lexicon;

/// Shortest word that is repaired, in characters: shorter ones are too near to everything.
const MIN_CHARS: usize = 4;
/// Length from which two edits are allowed, in characters.
const TWO_EDITS_FROM: usize = 8;
/// Length from which two edits are allowed when the consonants agree ("masuse" for masseuse), in characters.
const TWO_SOUND_EDITS_FROM: usize = 5;
/// How many times more frequent a word must be than an unknown word of the vocabulary itself for the latter to count
/// as its misspelling.
const MISSPELLING_RATIO: u32 = 3;

/// What an unknown word was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// Another word of the vocabulary.
    Word(String),
    /// Two words that were typed without a space.
    Split(String, String),
}

/// A vocabulary with its frequencies, and the index to find near words.
#[derive(Debug, Clone)]
pub struct Spelling {
    english: Lexicon,
    counts: FxHashMap<Box<str>, u32>,
    words: Vec<Box<str>>,
    deletions: FxHashMap<u64, Vec<u32>>,
    /// Misspellings inside the vocabulary itself, with the word that is meant.
    misspelt: FxHashMap<Box<str>, Box<str>>,
}

impl Spelling {
    /// Builds the index over the words that `texts` use; a word that occurs in many is preferred in repairs.
    pub fn learn<'a>(
        texts: impl IntoIterator<Item = &'a super::Normalized>,
        english: Lexicon,
    ) -> Self {
        let mut counts: FxHashMap<Box<str>, u32> = FxHashMap::default();
        for text in texts {
            for word in &text.words {
                match counts.get_mut(word.text.as_str()) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(word.text.as_str().into(), 1);
                    }
                }
            }
        }
        let mut words: Vec<Box<str>> = counts
            .keys()
            .filter(|w| w.chars().count() >= MIN_CHARS)
            .cloned()
            .collect();
        words.sort_unstable();
        let mut deletions: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        for (at, word) in words.iter().enumerate() {
            for key in deletion_keys(word, max_edits(word, true)) {
                deletions.entry(key).or_default().push(at as u32);
            }
        }
        let mut spelling = Self {
            english,
            counts,
            words,
            deletions,
            misspelt: FxHashMap::default(),
        };
        spelling.misspelt = spelling.find_misspelt();
        spelling
    }

    /// Whether the folded `word` needs no repair: it is in the vocabulary and not a misspelling there, is English, or
    /// is too short or not made of letters.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        (self.counts.contains_key(word) && !self.misspelt.contains_key(word))
            || word.chars().count() < MIN_CHARS
            || !word.chars().all(char::is_alphabetic)
            || self.english.contains(word)
    }

    /// What the unknown `word` most likely is, or `None` when nothing is near enough or the word is known.
    #[must_use]
    pub fn repair(&self, word: &str) -> Option<Repair> {
        if let Some(meant) = self.misspelt.get(word) {
            return Some(Repair::Word(meant.to_string()));
        }
        if self.knows(word) {
            return None;
        }
        match self.nearest(word, |_| true) {
            Some((near, 1)) => Some(Repair::Word(near.to_owned())),
            far => self
                .split(word)
                .or_else(|| far.map(|(near, _)| Repair::Word(near.to_owned()))),
        }
    }

    /// The nearest word that `accept` lets through, with its distance: fewest edits, then same first letter, then
    /// most frequent, then alphabetical.
    fn nearest(&self, word: &str, accept: impl Fn(&str) -> bool) -> Option<(&str, usize)> {
        let mut seen = FxHashSet::default();
        let mut best: Option<(usize, bool, std::cmp::Reverse<u32>, &str)> = None;
        for key in deletion_keys(word, max_edits(word, true)) {
            for &at in self.deletions.get(&key).into_iter().flatten() {
                let candidate: &str = &self.words[at as usize];
                if !seen.insert(at)
                    || candidate == word
                    || self.misspelt.contains_key(candidate)
                    || !accept(candidate)
                {
                    continue;
                }
                let edits = strsim::osa_distance(word, candidate);
                let allowed = max_edits(word, consonants(word) == consonants(candidate));
                if edits <= allowed {
                    let other_start = word.chars().next() != candidate.chars().next();
                    let count = self.counts.get(candidate).copied().unwrap_or_default();
                    let rank = (edits, other_start, std::cmp::Reverse(count), candidate);
                    best = Some(best.map_or(rank, |b| b.min(rank)));
                }
            }
        }
        best.map(|(edits, _, _, candidate)| (candidate, edits))
    }

    /// Two known words that make up the unknown one, the more frequent pair first.
    fn split(&self, word: &str) -> Option<Repair> {
        let count = |part: &str| {
            let common = self.counts.get(part).copied().unwrap_or_default();
            // A single letter is a word only where it is "a" or "i".
            (part.len() > 1 || part == "a" || part == "i")
                .then_some(common)
                .filter(|&c| c > 0)
        };
        word.char_indices()
            .skip(1)
            .filter_map(|(at, _)| {
                let (left, right) = word.split_at(at);
                Some((count(left)?.min(count(right)?), left, right))
            })
            .max_by_key(|&(count, left, _)| (count, left.len()))
            .map(|(_, left, right)| Repair::Split(left.to_owned(), right.to_owned()))
    }

    fn find_misspelt(&self) -> FxHashMap<Box<str>, Box<str>> {
        let unknown = self
            .words
            .iter()
            .filter(|w| !self.english.contains(w) && w.chars().all(char::is_alphabetic));
        unknown
            .filter_map(|word| {
                let own = self.counts[word];
                let frequent = |candidate: &str| {
                    // Of two words that are both no English, only the far rarer one is a misspelling.
                    let ratio = if self.english.contains(candidate) {
                        1
                    } else {
                        MISSPELLING_RATIO
                    };
                    self.counts[candidate] > own * ratio && !is_inflection(word, candidate)
                };
                let (meant, _) = self.nearest(word, frequent)?;
                Some((word.clone(), meant.into()))
            })
            .collect()
    }
}

/// Whether one word is the other with a regular ending: "therapists" is no typo for "therapist".
fn is_inflection(a: &str, b: &str) -> bool {
    super::stem(a) == super::stem(b)
}

/// How many edits a word of this length may be away from a known one. Two edits in a short word are accepted only
/// when the consonants agree, since people mishear vowels and doubled letters more than they invent consonants.
fn max_edits(word: &str, same_consonants: bool) -> usize {
    match word.chars().count() {
        n if n >= TWO_EDITS_FROM => 2,
        n if n >= TWO_SOUND_EDITS_FROM && same_consonants => 2,
        n if n >= MIN_CHARS => 1,
        _ => 0,
    }
}

/// The consonants in order, doubled ones once.
fn consonants(word: &str) -> String {
    let mut skeleton = String::with_capacity(word.len());
    for c in word
        .chars()
        .filter(|c| !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h'))
    {
        if !skeleton.ends_with(c) {
            skeleton.push(c);
        }
    }
    skeleton
}

/// The word itself and every string that at most `edits` deletions leave, as hashes, each once.
fn deletion_keys(word: &str, edits: usize) -> FxHashSet<u64> {
    let mut keys = FxHashSet::default();
    let mut frontier = vec![word.chars().collect::<Vec<char>>()];
    keys.insert(key_of(&frontier[0]));
    for _ in 0..edits {
        let mut shorter = Vec::new();
        for chars in &frontier {
            for skip in 0..chars.len() {
                let mut left = chars.clone();
                left.remove(skip);
                if keys.insert(key_of(&left)) {
                    shorter.push(left);
                }
            }
        }
        frontier = shorter;
    }
    keys
}

fn key_of(chars: &[char]) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    chars.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{lexicon::ENGLISH, normalize};

    fn spelling() -> Spelling {
        let texts = [
            "full body massage",
            "massage for the back",
            "myofascial release",
            "myofascial release massage",
            "myofascial massage",
            "myofascial",
            "what is myofacial release",
            "chiropractor or masseuse",
            "trigger points",
            "a desert of pain",
            "hurt the neck",
        ];
        let texts: Vec<_> = texts.iter().map(|t| normalize(t)).collect();
        Spelling::learn(&texts, ENGLISH)
    }

    #[test]
    fn repairs_what_people_mistype() {
        let spelling = spelling();
        let word = |w: &str| Some(Repair::Word(w.to_owned()));
        let rows = [
            ("masage", word("massage")),
            ("massgae", word("massage")),
            ("chiropracter", word("chiropractor")),
            ("masuse", word("masseuse")),
            ("myofacial", word("myofascial")), // although a phrasing spells it so too
            (
                "fullbody",
                Some(Repair::Split("full".into(), "body".into())),
            ),
            ("dessert", None), // an English word stays what it is
            ("massage", None),
            ("massages", None),
            ("bak", None), // too short to tell
            ("qwertyuiop", None),
            ("l5", None),
        ];
        for (typed, expected) in rows {
            assert_eq!(spelling.repair(typed), expected, "{typed}");
        }
    }

    #[test]
    fn long_words_cost_bounded_time() {
        // Two deletions of a word at the length limit stay under a thousand keys.
        let word: String = ('a'..='z')
            .cycle()
            .take(crate::text::normalize::MAX_WORD_CHARS)
            .collect();
        assert!(deletion_keys(&word, 2).len() < 1000);
    }
}
