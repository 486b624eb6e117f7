//! Wordings of lay people, found in folded words.
//!
//! A wording is words in an order, with at most [`MAX_BETWEEN`] others between two of them; `a|b` is either word,
//! `bol*` any word that begins so, and `+` joins parts that may stand anywhere in the message. Small on purpose: the
//! languages are looked after by people who can read them, and need not be programmers.

use rustc_hash::FxHashMap;

use crate::text::{Beginnings, Break, Word, normalize};

/// Most words between two words of a wording: room for "very", "already", "my", not for another thought.
const MAX_BETWEEN: usize = 2;

/// Shortest beginning of a word, in letters: shorter ones begin half the dictionary.
const MIN_BEGINNING: usize = 3;

/// A wording of one red flag.
#[derive(Debug, Clone)]
pub(super) struct Wording {
    /// Position of its language.
    pub(super) language: usize,
    /// The red flag's id in `triage.toml`.
    pub(super) concept: String,
    /// As it stands in the file.
    pub(super) text: String,
    /// What must all occur, anywhere.
    parts: Vec<Vec<Term>>,
}

/// One place in a wording.
#[derive(Debug, Clone, Default)]
struct Term {
    words: Vec<String>,
    beginnings: Vec<String>,
}

impl Wording {
    /// Reads a wording.
    ///
    /// # Errors
    /// When a part is empty, or an alternative is not exactly one word; the text says which.
    pub(super) fn parse(language: usize, concept: &str, text: &str) -> Result<Self, String> {
        let parts = text.split('+').map(|part| {
            let terms: Vec<Term> = part
                .split_whitespace()
                .map(Term::parse)
                .collect::<Result<_, _>>()?;
            if terms.is_empty() {
                return Err(format!("{text:?} has an empty part"));
            }
            Ok(terms)
        });
        Ok(Self {
            language,
            concept: concept.to_owned(),
            text: text.to_owned(),
            parts: parts.collect::<Result<_, _>>()?,
        })
    }

    /// Whether every part occurs, somewhere where it is not denied, with a word that `tells` in one of them.
    fn occurs(&self, words: &[Word], denials: &[Vec<String>], tells: Tells<'_>) -> bool {
        let stands = |part: &[Term], tells: Tells<'_>| {
            let here =
                |at| follows(part, words, at, 0, tells, false) && !denied(words, at, denials);
            (0..words.len()).any(here)
        };
        let mut parts = self.parts.iter();
        self.parts.iter().all(|part| stands(part, &|_| true))
            && parts.any(|part| stands(part, tells))
    }
}

impl Term {
    fn parse(text: &str) -> Result<Self, String> {
        let mut term = Self::default();
        for alternative in text.split('|') {
            let (word, is_beginning) = match alternative.strip_suffix('*') {
                Some(beginning) => (beginning, true),
                None => (alternative, false),
            };
            let [folded] = normalize(word).words.try_into().map_err(|_| {
                format!("{alternative:?} does not stay one word when accents and contractions go")
            })?;
            if is_beginning && folded.text.chars().count() < MIN_BEGINNING {
                return Err(format!(
                    "{alternative:?} has fewer than {MIN_BEGINNING} letters"
                ));
            }
            let list = if is_beginning {
                &mut term.beginnings
            } else {
                &mut term.words
            };
            list.push(folded.text);
        }
        Ok(term)
    }

    fn matches(&self, word: &str) -> bool {
        self.words.iter().any(|w| w == word)
            || self.beginnings.iter().any(|b| word.starts_with(b.as_str()))
    }
}

/// Which words say that a wording is meant in its own language.
type Tells<'a> = &'a dyn Fn(&str) -> bool;

/// Whether the first term stands within `slack` words from `at`, and the others follow it closely; `told` is whether a
/// word before tells already.
fn follows(
    terms: &[Term],
    words: &[Word],
    at: usize,
    slack: usize,
    tells: Tells<'_>,
    told: bool,
) -> bool {
    let Some((first, rest)) = terms.split_first() else {
        return told;
    };
    let end = words.len().min(at + slack + 1);
    (at..end).any(|i| {
        let word = &words[i].text;
        first.matches(word) && follows(rest, words, i + 1, MAX_BETWEEN, tells, told || tells(word))
    })
}

/// Whether a denial stands directly before the word at `at`, in the same clause.
fn denied(words: &[Word], at: usize, denials: &[Vec<String>]) -> bool {
    denials.iter().any(|denial| {
        let Some(start) = at.checked_sub(denial.len()) else {
            return false;
        };
        let same_clause = words[start + 1..=at]
            .iter()
            .all(|w| w.before == Break::None);
        same_clause
            && words[start..at]
                .iter()
                .zip(denial)
                .all(|(w, d)| w.text == *d)
    })
}

/// All wordings of all languages, found by the words that their first part begins with.
#[derive(Debug, Clone, Default)]
pub(super) struct Wordings {
    wordings: Vec<Wording>,
    by_word: FxHashMap<String, Vec<usize>>,
    by_beginning: Beginnings<usize>,
    /// By language.
    denials: Vec<Vec<Vec<String>>>,
}

impl Wordings {
    /// Indexes wordings; `denials` are by language.
    pub(super) fn new(wordings: Vec<Wording>, denials: Vec<Vec<Vec<String>>>) -> Self {
        let mut all = Self {
            denials,
            ..Self::default()
        };
        for (place, wording) in wordings.iter().enumerate() {
            let first = &wording.parts[0][0];
            for word in &first.words {
                all.by_word.entry(word.clone()).or_default().push(place);
            }
            for beginning in &first.beginnings {
                all.by_beginning.add(beginning, place);
            }
        }
        all.wordings = wordings;
        all
    }

    /// The red flag of each wording.
    pub(super) fn concepts(&self) -> impl Iterator<Item = &str> {
        self.wordings.iter().map(|wording| wording.concept.as_str())
    }

    /// The wordings that occur with a word that `tells`, in the order of the file.
    pub(super) fn find(&self, words: &[Word], tells: Tells<'_>) -> Vec<&Wording> {
        let mut places: Vec<usize> = Vec::new();
        for Word { text, .. } in words {
            places.extend(self.by_word.get(text).into_iter().flatten());
            places.extend(self.by_beginning.of(text));
        }
        places.sort_unstable();
        places.dedup();
        let wordings = places.into_iter().map(|place| &self.wordings[place]);
        wordings
            .filter(|w| w.occurs(words, &self.denials[w.language], tells))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(wording: &str, message: &str) -> bool {
        let wording = Wording::parse(0, "x", wording).expect("a sound wording");
        let denials = vec![vec![vec!["sin".to_owned()]]];
        let wordings = Wordings::new(vec![wording], denials);
        !wordings
            .find(&normalize(message).words, &|_| true)
            .is_empty()
    }

    #[test]
    fn words_stand_in_order_and_close_together() {
        let rows = [
            ("dolor pecho", "dolor en el pecho", true),
            ("dolor pecho", "dolor aquí en el pecho", false),
            ("dolor pecho", "pecho con dolor", false),
            ("a b d", "a b x b x x d", true),
            ("dolor|duele pecho", "me duele el PECHO", true),
            ("dol* pecho", "dolores de pecho", true),
            ("dol* pecho", "do de pecho", false),
            ("pier*", "pie", false),
            ("pier*", "pier", true),
            (
                "fiebre + cuello rígid*",
                "cuello muy rigido desde ayer, y mucha fiebre",
                true,
            ),
            ("fiebre + cuello rígid*", "fiebre, y el cuello bien", false),
            ("dolor pecho", "sin dolor en el pecho", false),
            ("dolor pecho", "sin fiebre, dolor en el pecho", true),
            (
                "dolor pecho",
                "sin dolor en el pecho antes, ahora dolor de pecho",
                true,
            ),
        ];
        for (wording, message, expected) in rows {
            assert_eq!(finds(wording, message), expected, "{wording} in {message}");
        }
    }

    #[test]
    fn unsound_wordings_are_refused() {
        for wording in ["", "a +", "a || b", "do*", "im rücken", "matar-me"] {
            assert!(Wording::parse(0, "x", wording).is_err(), "{wording}");
        }
    }
}
