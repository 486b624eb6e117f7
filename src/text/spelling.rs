//! Typo repair against a vocabulary: the nearest known word, found by shared deletions instead of a scan.
//!
//! Method: the symmetric-delete index of Garbe's SymSpell (2012). Two words within `d` edits share a string that is
//! left of each by at most `d` deletions; those strings are indexed once, so a look-up touches a handful of words, and
//! only those are measured with `strsim`'s optimal string alignment distance (a swap of neighbours is one edit).

use std::hash::Hasher;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::lexicon::Lexicon;

/// Shortest word that is repaired, in characters: shorter ones are too near to everything.
const MIN_CHARS: usize = 3;
/// Length from which one edit is allowed that changes how the word sounds, in characters.
const ONE_EDIT_FROM: usize = 4;
/// Length from which two such edits are allowed, in characters.
const TWO_EDITS_FROM: usize = 8;
/// Most edits between words that sound alike ("tite" for tight).
const SOUND_ALIKE_EDITS: usize = 3;
/// Length from which even an English word is read as one of the vocabulary that sounds alike ("mussels" for muscles),
/// in characters: where nobody speaks of mussels, they are a slip.
const HOMOPHONE_FROM: usize = 5;
/// Most edits between such a pair: "burst" is no slip for breast.
const HOMOPHONE_EDITS: usize = 2;
/// Shortest part of two words typed as one in which a typo is looked for, in characters.
const MIN_MENDED: usize = 4;
/// How many times more frequent a word must be than an unknown word of the vocabulary itself for the latter to count
/// as its misspelling.
const MISSPELLING_RATIO: u32 = 3;

/// What an unknown word was read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repair {
    /// Another word of the vocabulary.
    Word(String),
    /// Two words that were typed without a space.
    Split(String, String),
}

/// A vocabulary with its frequencies, and the index to find near words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spelling {
    #[serde(skip)]
    english: Lexicon,
    counts: FxHashMap<Box<str>, u32>,
    words: Vec<Box<str>>,
    /// How each of the words sounds, as [`sound_key`].
    sound_keys: Vec<u32>,
    deletions: Index,
    sounds: Index,
    /// Misspellings inside the vocabulary itself, with what is meant.
    misspelt: FxHashMap<Box<str>, Repair>,
}

impl Spelling {
    /// Builds the index over the folded words that texts use, with how often; the more frequent is preferred in repairs.
    pub fn learn<'a>(words: impl IntoIterator<Item = (&'a str, u32)>, english: Lexicon) -> Self {
        let mut counts: FxHashMap<Box<str>, u32> = FxHashMap::default();
        for (word, times) in words {
            match counts.get_mut(word) {
                Some(count) => *count += times,
                None => {
                    counts.insert(word.into(), times);
                }
            }
        }
        let mut words: Vec<Box<str>> = counts
            .keys()
            .filter(|w| w.chars().count() >= MIN_CHARS)
            .cloned()
            .collect();
        words.sort_unstable();
        let deletions = Index::from_pairs(words.iter().zip(0..).flat_map(|(word, at)| {
            let keys = deletion_keys(word, max_edits(word));
            keys.into_iter().map(move |key| (key, at))
        }));
        let sound_keys: Vec<u32> = words.iter().map(|word| sound_key(word)).collect();
        let sounds = Index::from_pairs(sound_keys.iter().copied().zip(0..));
        let misspelt = FxHashMap::default();
        let mut spelling = Self {
            english,
            counts,
            words,
            sound_keys,
            deletions,
            sounds,
            misspelt,
        };
        spelling.misspelt = spelling.find_misspelt();
        spelling
    }

    /// Whether the folded `word` needs no repair: it is in the vocabulary and not a misspelling there, is English, or
    /// is too short or not made of letters.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.uses(word)
            || word.chars().count() < MIN_CHARS
            || !word.chars().all(char::is_alphabetic)
            || self.english.contains(word)
    }

    /// Whether the vocabulary has the word, spelt right.
    fn uses(&self, word: &str) -> bool {
        self.counts.contains_key(word) && !self.misspelt.contains_key(word)
    }

    /// What the unknown `word` most likely is, or `None` when nothing is near enough or the word is known.
    #[must_use]
    pub fn repair(&self, word: &str) -> Option<Repair> {
        if self.uses(word) {
            return None;
        }
        self.repair_unused(word)
    }

    /// The same, or the word of the vocabulary that an English one sounds like. For matching only: triage never reads one
    /// real word as another.
    #[must_use]
    pub fn repair_or_homophone(&self, word: &str) -> Option<Repair> {
        if self.uses(word) {
            return None;
        }
        let sounds_like = || self.homophone(word).map(|w| Repair::Word(w.to_owned()));
        self.repair_unused(word).or_else(sounds_like)
    }

    fn repair_unused(&self, word: &str) -> Option<Repair> {
        if let Some(meant) = self.misspelt.get(word) {
            return Some(meant.clone());
        }
        if self.knows(word) {
            return None;
        }
        match self.nearest(word, |_| true) {
            Some(
                Near { word, edits: 1, .. }
                | Near {
                    word,
                    same_sound: true,
                    ..
                },
            ) => Some(Repair::Word(word.to_owned())),
            far => {
                if let Some(two) = self.split(word) {
                    return Some(as_split(two));
                }
                match far {
                    Some(near) => Some(Repair::Word(near.word.to_owned())),
                    None => self.split_and_mend(word).map(as_split),
                }
            }
        }
    }

    /// The word of the vocabulary that sounds like an English `word` which the vocabulary does not use.
    fn homophone(&self, word: &str) -> Option<&str> {
        if self.counts.contains_key(word)
            || word.chars().count() < HOMOPHONE_FROM
            || !self.english.contains(word)
        {
            return None;
        }
        // Few words sound like another, and only for those is it worth looking for a nearer one.
        self.sounds.words(sound_key(word)).next()?;
        // A plural that the vocabulary lacks is no slip for its singular.
        let near = self.nearest(word, |candidate| !is_inflection(word, candidate))?;
        (near.same_sound && near.edits <= HOMOPHONE_EDITS).then_some(near.word)
    }

    /// The nearest word that `accept` lets through: likeliest edits (a swap, then what keeps the sound, then any),
    /// then same first letter, then most frequent, then alphabetical.
    fn nearest(&self, word: &str, accept: impl Fn(&str) -> bool) -> Option<Near<'_>> {
        let own_sound = sound_key(word);
        let keys = deletion_keys(word, max_edits(word));
        let by_spelling = keys.iter().flat_map(|&key| self.deletions.words(key));
        let by_sound = self.sounds.words(own_sound);
        let mut near: Vec<u32> = by_spelling.chain(by_sound).collect();
        near.sort_unstable();
        near.dedup();
        let ranked = near.into_iter().filter_map(|at| {
            let candidate: &str = &self.words[at as usize];
            if candidate == word {
                return None;
            }
            let edits = strsim::osa_distance(word, candidate);
            let same_sound = own_sound == self.sound_keys[at as usize];
            let allowed = if same_sound {
                SOUND_ALIKE_EDITS
            } else {
                max_edits(word)
            };
            if edits > allowed || self.misspelt.contains_key(candidate) || !accept(candidate) {
                return None;
            }
            // Thumbs swap neighbours more often than anything else, and ears mislead more often than thumbs slip.
            // "Comin" is coming, never common.
            let slip = is_anagram(word, candidate) || drops_g(word, candidate);
            let likely = match (edits, same_sound) {
                (1, _) if slip => 2,
                (_, true) => edits * 3,
                (_, false) => edits * 10,
            };
            // A name that somebody mentioned is seldom meant.
            let is_name = !self.english.contains(candidate);
            let cost = likely + if is_name { 5 } else { 0 };
            let other_start = word.chars().next() != candidate.chars().next();
            let count = self.counts.get(candidate).copied().unwrap_or_default();
            Some((
                (
                    cost,
                    !same_sound,
                    other_start,
                    std::cmp::Reverse(count),
                    candidate,
                ),
                Near {
                    word: candidate,
                    edits,
                    same_sound,
                },
            ))
        });
        ranked.min_by(|a, b| a.0.cmp(&b.0)).map(|(_, near)| near)
    }

    /// Two known words that make up the unknown one, the more frequent pair first.
    fn split<'w>(&self, word: &'w str) -> Option<(&'w str, &'w str)> {
        // A single letter is a word only where it is "a" or "i".
        let is_word =
            |part: &str| (part.len() > 1 || part == "a" || part == "i") && self.uses(part);
        let cuts = word.char_indices().skip(1);
        let pairs = cuts.map(|(at, _)| word.split_at(at));
        self.most_frequent(pairs.filter(|(left, right)| is_word(left) && is_word(right)))
    }

    /// Two words that were typed without a space, one of them one edit off ("trigerpoints"). Only long words and long
    /// parts: short ones are near to everything.
    fn split_and_mend<'w>(&'w self, word: &'w str) -> Option<(&'w str, &'w str)> {
        let whole = word.chars().count();
        let cuts = word.char_indices().enumerate();
        let halves = cuts
            .filter(|(before, _)| *before >= MIN_MENDED && whole - before >= MIN_MENDED)
            .map(|(_, (at, _))| word.split_at(at));
        let sound = |part: &str| self.uses(part) && self.english.contains(part);
        let one_edit = |part: &str| {
            let near = self.nearest(part, |_| true)?;
            (near.edits == 1).then_some(near.word)
        };
        let pairs = halves.filter_map(|(left, right)| match (sound(left), sound(right)) {
            (true, false) => Some((left, one_edit(right)?)),
            (false, true) => Some((one_edit(left)?, right)),
            _ => None,
        });
        self.most_frequent(pairs)
    }

    /// The pair whose rarer word is the most frequent; of equals the one with the longest first word.
    fn most_frequent<'w>(
        &self,
        pairs: impl Iterator<Item = (&'w str, &'w str)>,
    ) -> Option<(&'w str, &'w str)> {
        let count = |part: &str| self.counts.get(part).copied().unwrap_or_default();
        pairs.max_by_key(|(left, right)| (count(left).min(count(right)), left.len()))
    }

    /// Whether both of two words are real ones and far more frequent than what is written as one.
    fn are_frequent(&self, (left, right): (&str, &str), one: u32) -> bool {
        [left, right]
            .into_iter()
            .all(|word| self.english.contains(word) && self.counts[word] > one * MISSPELLING_RATIO)
    }

    fn find_misspelt(&self) -> FxHashMap<Box<str>, Repair> {
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
                let meant = match self.nearest(word, frequent) {
                    Some(near) => Repair::Word(near.word.to_owned()),
                    None => [self.split(word), self.split_and_mend(word)]
                        .into_iter()
                        .flatten()
                        .find(|two| self.are_frequent(*two, own))
                        .map(as_split)?,
                };
                Some((word.clone(), meant))
            })
            .collect()
    }
}

fn as_split((left, right): (&str, &str)) -> Repair {
    Repair::Split(left.to_owned(), right.to_owned())
}

/// Whether one word is the other with a regular ending: "therapists" is no typo for "therapist".
fn is_inflection(a: &str, b: &str) -> bool {
    super::stem(a) == super::stem(b)
}

/// A word of the vocabulary near to another.
struct Near<'a> {
    word: &'a str,
    edits: usize,
    same_sound: bool,
}

fn is_anagram(a: &str, b: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    a.len() == b.len() && sorted(a) == sorted(b)
}

/// Whether a word is another one in "-ing" as it is often said and typed.
fn drops_g(word: &str, full: &str) -> bool {
    word.ends_with("in") && full.strip_suffix('g') == Some(word)
}

/// How many edits that change its sound a word of this length may be away from a known one.
fn max_edits(word: &str) -> usize {
    match word.chars().count() {
        n if n >= TWO_EDITS_FROM => 2,
        n if n >= ONE_EDIT_FROM => 1,
        _ => 0,
    }
}

/// Roughly how a word sounds in English: consonants by sound, neighbours of one sound once, vowels only at the start.
/// A much smaller relative of Philips' Metaphone (1990), enough for how people misspell what they have only heard.
fn sound(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let mut code = String::with_capacity(chars.len());
    let mut last = None;
    let mut at = 0;
    while at < chars.len() {
        let next = chars.get(at + 1).copied().unwrap_or('\0');
        let (sounds, width): (&str, usize) = match (chars[at], next) {
            ('p', 's') if at == 0 => ("s", 2),
            ('k' | 'g', 'n') if at == 0 => ("n", 2),
            ('w', 'r') if at == 0 => ("r", 2),
            ('p', 'h') => ("f", 2),
            ('g', 'h') => ("", 2),
            ('c', 'h') if at > 0 || chars.get(2) == Some(&'r') || chars.get(2) == Some(&'i') => {
                ("k", 2)
            }
            ('c' | 's' | 't', 'h') => ("x", 2),
            ('s', 'c') if matches!(chars.get(at + 2), Some('e' | 'i' | 'y' | 'l')) => ("s", 2),
            ('c', 'e' | 'i' | 'y') | ('s' | 'z', _) => ("s", 1),
            ('c' | 'k' | 'q', _) => ("k", 1),
            ('x', _) => ("ks", 1),
            ('g' | 'j', _) => ("j", 1),
            ('d' | 't', _) => ("t", 1),
            ('b', _) => ("b", 1),
            ('v' | 'f', _) => ("f", 1),
            ('h' | 'w' | 'y', _) if at > 0 => ("", 1),
            ('a' | 'e' | 'i' | 'o' | 'u' | 'y', _) => (if at == 0 { "a" } else { "" }, 1),
            (other, _) => {
                if last != Some(other) {
                    code.push(other);
                }
                ("", 1)
            }
        };
        if last != sounds.chars().next() || sounds.is_empty() {
            code.push_str(sounds);
        }
        // Vowels part two equal consonants: "tite" has two t.
        last = sounds.chars().last().or_else(|| {
            (!matches!(chars[at], 'a' | 'e' | 'i' | 'o' | 'u' | 'y')).then_some(chars[at])
        });
        at += width;
    }
    code
}

/// Words by keys that several may share, and one may have many of: sorted pairs, a tenth of a map's size.
///
/// Keys are hashes, spread evenly, so where one stands is nearly known from its upper bits: a look-up goes over a
/// handful of pairs instead of halving all of them twenty times.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Index {
    /// Key in the upper half, position of a word in the lower: one number sorts twice as fast as two.
    pairs: Vec<u64>,
    /// Where the pairs begin whose keys share their upper bits, by these; and where the last of them end.
    starts: Vec<u32>,
    /// How many lower bits of a key are not in `starts`.
    shift: u32,
}

impl Index {
    /// About so many pairs share a start.
    const SHARING: usize = 4;

    /// From keys and the positions of the words that have them.
    fn from_pairs(pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let pairs = pairs.map(|(key, at)| u64::from(key) << 32 | u64::from(at));
        let mut pairs: Vec<u64> = pairs.collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.shrink_to_fit();
        let upper_bits = (pairs.len() / Self::SHARING).max(1).ilog2();
        let shift = u32::BITS - upper_bits;
        let begins = |upper: u64| pairs.partition_point(|&pair| pair >> 32 >> shift < upper) as u32;
        let starts = (0..=1_u64 << upper_bits).map(begins).collect();
        Self {
            pairs,
            starts,
            shift,
        }
    }

    /// The positions of the words that have a key.
    fn words(&self, key: u32) -> impl Iterator<Item = u32> {
        // In 64 bits, since all of a key may be lower bits.
        let upper = (u64::from(key) >> self.shift) as usize;
        let pairs = self.starts[upper] as usize..self.starts[upper + 1] as usize;
        let pairs = self.pairs[pairs].iter();
        pairs
            .skip_while(move |&&pair| pair >> 32 < u64::from(key))
            .take_while(move |&&pair| pair >> 32 == u64::from(key))
            .map(|&pair| pair as u32)
    }
}

/// Keys of the word itself and of every string that at most two `edits` deletions leave.
fn deletion_keys(word: &str, edits: usize) -> Vec<u32> {
    let chars: Vec<char> = word.chars().collect();
    let without = |left_out: [usize; 2]| {
        let kept = chars.iter().enumerate();
        let kept = kept.filter(|(at, _)| !left_out.contains(at));
        key_of(kept.map(|(_, c)| *c))
    };
    let none = chars.len();
    let mut keys = vec![without([none; 2])];
    if edits > 0 {
        keys.extend((0..none).map(|one| without([one, none])));
    }
    if edits > 1 {
        let pairs = (0..none).flat_map(|one| (one + 1..none).map(move |other| [one, other]));
        keys.extend(pairs.map(without));
    }
    keys
}

/// How a word sounds, in 32 bits: words that sound alike have the same, others hardly ever.
fn sound_key(word: &str) -> u32 {
    key_of(sound(word).chars())
}

/// 32 bits of a hash: that two strings may share them costs a comparison, nothing else.
fn key_of(chars: impl Iterator<Item = char>) -> u32 {
    let mut hasher = rustc_hash::FxHasher::default();
    chars.for_each(|c| hasher.write_u32(u32::from(c)));
    (hasher.finish() >> 32) as u32
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
            "tight muscles",
            "last time",
            "all kinds of knots",
            "is it coming back",
            "how common is it, is it common",
        ];
        let texts: Vec<_> = texts.iter().map(|t| normalize(t)).collect();
        let words = texts.iter().flat_map(|text| &text.words);
        Spelling::learn(words.map(|word| (word.text.as_str(), 1)), ENGLISH)
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
            ("nek", word("neck")),
            ("tite", word("tight")),
            ("konts", word("knots")), // not "kinds", which only sounds like it
            ("comin", word("coming")), // not the more frequent "common"
            ("myofacial", word("myofascial")), // although a phrasing spells it so too
            (
                "fullbody",
                Some(Repair::Split("full".into(), "body".into())),
            ),
            (
                "trigerpoints",
                Some(Repair::Split("trigger".into(), "points".into())),
            ),
            ("dessert", None), // an English word stays what it is
            ("massage", None),
            ("massages", None),
            ("bak", word("back")), // short, but it sounds the same
            ("qik", None),         // too short to tell
            ("qwertyuiop", None),
            ("l5", None),
        ];
        for (typed, expected) in rows {
            assert_eq!(spelling.repair(typed), expected, "{typed}");
        }
    }

    #[test]
    fn homophones_are_offered_only_for_english_words_the_vocabulary_lacks() {
        let spelling = spelling();
        assert_eq!(spelling.homophone("mussels"), Some("muscles"));
        assert_eq!(spelling.homophone("muscle"), None, "a singular is no slip");
        assert_eq!(spelling.homophone("massage"), None);
        assert_eq!(spelling.homophone("zzzzz"), None);
        assert_eq!(
            spelling.homophone("rules"),
            None,
            "release is three edits off"
        );
    }

    #[test]
    fn words_that_sound_alike_share_a_code() {
        for (a, b) in [
            ("tite", "tight"),
            ("nek", "neck"),
            ("mussels", "muscles"),
            ("fysio", "physio"),
            ("akupunkture", "acupuncture"),
            ("stinosis", "stenosis"),
            ("theripist", "therapist"),
            ("nuromuscular", "neuromuscular"),
        ] {
            assert_eq!(sound(a), sound(b), "{a} {b}");
        }
        assert_ne!(sound("tite"), sound("time"));
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
