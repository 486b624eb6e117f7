//! The questions that one message asks.
//!
//! People ask several things at once ("what's the price and how long do I get for it?") and bury questions in stories.
//! A message is cut into units at sentence ends, commas and conjunctions; a unit is a question when it has the form of
//! one. Which neighbouring units belong together is not decided here: see `super`.

use std::ops::Range;

use crate::text::{Break, Normalized, Word};

/// Most units that are looked at; later ones join the last.
const MAX_UNITS: usize = 12;
/// Fewest words after a conjunction that can be a question of their own.
const MIN_PART_WORDS: usize = 2;

/// A stretch of words that may be a question of its own, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// Its words, as positions in the text.
    pub(super) words: Range<usize>,
    /// Whether it has the form of a question.
    pub(super) asks: bool,
    /// Whether its sentence does.
    pub(super) in_question: bool,
    /// Whether a sentence begins here.
    pub(super) starts_sentence: bool,
}

/// Cuts a text into units. They follow each other without gaps; empty only for a text without words.
pub(super) fn units(text: &Normalized, utterance: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (at, word) in text.words.iter().enumerate() {
        let joins = at > 0 && is_conjunction(&word.text) && stands_alone(&text.words[at + 1..]);
        let cuts = at == 0 || word.before != Break::None || joins;
        let full = units.len() == MAX_UNITS;
        match units.last_mut() {
            Some(last) if !cuts || full => last.words.end = at + 1,
            _ => units.push(Unit {
                words: at..at + 1,
                asks: false,
                in_question: false,
                starts_sentence: at == 0 || word.before == Break::Sentence,
            }),
        }
    }
    for at in 0..units.len() {
        let unit = &units[at];
        let words = &text.words[unit.words.clone()];
        // A question mark counts for the unit that it ends.
        let end = words.last().map_or(0, |w| w.span.end);
        let marked = utterance[end..]
            .chars()
            .find(|c| !c.is_whitespace() && *c != ')')
            .is_some_and(|c| c == '?' || c == '؟');
        let form = asks(words);
        // "Can it help my neck and get me back to work": what follows "and" goes on asking.
        let goes_on = at > 0
            && units[at - 1].asks
            && !unit.starts_sentence
            && words
                .first()
                .is_some_and(|w| w.text == "and" || w.text == "or");
        units[at].asks = marked || form || goes_on;
    }
    for sentence in units.chunk_by_mut(|_, next| !next.starts_sentence) {
        let asks = sentence.iter().any(|unit| unit.asks);
        sentence.iter_mut().for_each(|unit| unit.in_question = asks);
    }
    units
}

fn is_conjunction(word: &str) -> bool {
    matches!(word, "and" | "also" | "plus" | "or" | "but" | "then")
}

/// Whether enough follows a conjunction to be a question of its own. A second noun ("neck and shoulders") is not; whether
/// a longer part really asks something else is left to its answer.
fn stands_alone(rest: &[Word]) -> bool {
    let part = rest.iter().enumerate();
    let part =
        part.take_while(|(i, w)| *i == 0 || w.before == Break::None && !is_conjunction(&w.text));
    part.count() >= MIN_PART_WORDS
}

/// Whether the words have the form of a question: a question word or an auxiliary verb where an English question has
/// it, or one of the ways of asking without either.
fn asks(words: &[Word]) -> bool {
    let words: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    let start = words
        .iter()
        .position(|w| !LEAD_INS.contains(w))
        .unwrap_or(0);
    let Some(first) = words.get(start) else {
        return false;
    };
    if is_question_word(first) || matches!(*first, "any" | "wondering" | "anyone") {
        return true;
    }
    let second = words.get(start + 1).copied().unwrap_or_default();
    if is_auxiliary(first) && second != "not" && !second.is_empty() {
        return true;
    }
    // "I want to know how …", "can you tell me if …"
    words.windows(2).any(|pair| matches!(pair, ["know" | "wonder" | "wondering" | "ask" | "tell" | "explain" | "sure", what] if is_question_word(what) || matches!(*what, "if" | "whether" | "me" | "about")))
}

const LEAD_INS: [&str; 20] = [
    "and", "also", "plus", "but", "so", "or", "then", "ok", "okay", "hi", "hello", "hey", "well",
    "please", "sorry", "oh", "um", "just", "now", "the",
];

fn is_question_word(word: &str) -> bool {
    matches!(
        word,
        "what" | "how" | "when" | "where" | "which" | "who" | "why" | "whose"
    )
}

fn is_auxiliary(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "am"
            | "was"
            | "were"
            | "do"
            | "does"
            | "did"
            | "can"
            | "could"
            | "should"
            | "would"
            | "will"
            | "has"
            | "have"
            | "may"
            | "might"
            | "shall"
            | "must"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize;

    fn cut(utterance: &str) -> Vec<(String, bool)> {
        let text = normalize(utterance);
        units(&text, utterance)
            .into_iter()
            .map(|u| {
                (
                    text.words[u.words]
                        .iter()
                        .map(|w| w.text.as_str())
                        .collect::<Vec<_>>()
                        .join(" "),
                    u.asks,
                )
            })
            .collect()
    }

    #[test]
    fn messages_fall_into_their_questions() {
        let rows: [(&str, &[(&str, bool)]); 6] = [
            ("does it hurt?", &[("does it hurt", true)]),
            (
                "whats the price and how long do i get",
                &[("what is the price", true), ("and how long do i get", true)],
            ),
            (
                "can it help my neck and shoulders",
                &[("can it help my neck and shoulders", true)],
            ),
            (
                "My back went. Is massage ok so soon?",
                &[("my back went", false), ("is massage ok so soon", true)],
            ),
            (
                "swedish or deep tissue",
                &[("swedish", false), ("or deep tissue", false)],
            ),
            (
                "can it save me an op and get me to work sooner",
                &[
                    ("can it save me an op", true),
                    ("and get me to work sooner", true),
                ],
            ),
        ];
        for (utterance, expected) in rows {
            let expected: Vec<(String, bool)> = expected
                .iter()
                .map(|(t, q)| ((*t).to_owned(), *q))
                .collect();
            assert_eq!(cut(utterance), expected, "{utterance}");
        }
    }

    #[test]
    fn a_wall_of_clauses_stays_bounded() {
        let utterance = "does it hurt, ".repeat(500);
        assert!(cut(&utterance).len() <= MAX_UNITS);
        assert!(cut("").is_empty());
    }
}
