//! What redaction leaves, case by case (`cases.txt`), and what it never leaves.

use proptest::prelude::*;

use super::*;
use crate::faq::{Tree, load};

fn redactor() -> &'static Redactor {
    static REDACTOR: std::sync::LazyLock<Redactor> = std::sync::LazyLock::new(|| {
        Redactor::learn(&load::load(&Tree::built_in()).expect("the FAQ loads"))
    });
    &REDACTOR
}

#[test]
fn only_the_question_is_left() {
    let cases = include_str!("cases.txt").lines();
    let cases: Vec<&str> = cases.filter(|line| !line.starts_with('#')).collect();
    assert!(cases.len() > 60);
    for case in cases {
        let (utterance, left) = case.split_once('→').expect("each line has an arrow");
        let redacted = redactor().redact(utterance.trim());
        assert_eq!(redacted.as_str(), left.trim(), "{utterance:?}");
    }
}

#[test]
fn a_long_message_is_cut() {
    let redacted = redactor().redact(&"does it hurt ".repeat(2000));
    assert_eq!(redacted.as_str().split(' ').count(), MAX_WORDS);
}

#[test]
fn names_are_no_words_of_the_subject() {
    for name in NAMES.iter() {
        assert!(!redactor().is_known(name), "{name}");
        assert!(!SUBJECT.contains(name), "{name}");
    }
}

/// Pieces that people's messages are made of, the personal ones among them.
fn message() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[0-9 +()./-]{1,20}",
        "[A-Z]?[a-z]{1,10}",
        "[a-z.]{1,8}@[a-z]{1,8}\\.[a-z]{2,3}",
        prop::sample::select(vec![
            "my name is",
            "i am",
            "I'm",
            "call me",
            "dr",
            "I live at",
            "does it hurt",
            "street",
            "@",
            "٣",
            "Ⅷ",
            "①",
            "\u{202e}",
            "\u{200d}",
            "://",
            "ß",
            "İ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #[test]
    fn only_known_words_and_placeholders_survive(message in message()) {
        let redacted = redactor().redact(&message);
        for word in redacted.as_str().split_whitespace() {
            prop_assert!(is_placeholder(word) || redactor().is_known(word), "{word:?}");
            prop_assert!(!has_digit(word) && !word.contains('@'), "{word:?}");
        }
        prop_assert!(redacted.as_str().split_whitespace().count() <= 2 * MAX_WORDS);
    }

    #[test]
    fn an_unknown_word_never_survives_anywhere(before in "[a-z ]{0,30}", name in "[A-Z]?[b-df-hj-np-tv-z]{5,9}", after in "[a-z ]{0,30}") {
        let redacted = redactor().redact(&format!("{before} {name} {after} does it hurt"));
        let name = name.to_lowercase();
        prop_assert!(!redacted.as_str().split(' ').any(|word| word == name), "{redacted}");
    }
}
