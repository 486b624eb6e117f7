//! Texts that nobody writes: a hundred kilobytes of what is worst for each step on the way to a reply. Telegram cuts texts
//! at 4096 characters; nothing here relies on that.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use backtalk::plain;
use backtalk::redact::Redactor;
use backtalk::telegram::incoming::Update;
use backtalk::telegram::payload::{self, Payload};
use backtalk::telegram::{commands, render};
use serde_json::{Value, json};

use super::{ENGINE, ENTRY, QUESTION, answers, somebody};
use crate::support::bot::shared;
use crate::support::markup;
use crate::support::people::Person;

/// How long each text is, in bytes.
const SIZE: usize = 100_000;

/// Most that one text may cost from utterance to reply: in a build for tests, on a machine that does other things besides.
const MOST: Duration = Duration::from_secs(3);

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::learn(ENGINE.faq()));

/// So much of a text, repeated.
fn filled(with: &str) -> String {
    with.repeat(SIZE / with.len() + 1)
}

/// So many words of a kind, no two alike.
fn words(word: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.len() >= SIZE {
            break;
        }
        text.push_str(&word(number));
        text.push(' ');
    }
    text
}

/// A number in letters: `a`, `b`, … `ba`, `bb`, …
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    loop {
        text.insert(0, char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return text;
        }
    }
}

/// Texts that hold no red flag.
fn harmless() -> Vec<(&'static str, String)> {
    let noise: Vec<u8> = (0..SIZE as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    vec![
        ("one letter", filled("a")),
        ("letters without end", filled("massage")),
        ("a question", filled("does massage hurt? ")),
        ("words", filled("massage hurt ")),
        ("denials", filled("no not never without ")),
        ("joints", filled("and but also if ")),
        ("typos", filled("masage hurst acke bakc ")),
        ("unknown words", words(|n| format!("xq{}zv", letters(n)))),
        ("near misses", words(|n| format!("massa{}ge", letters(n)))),
        ("long words", words(|n| letters(n).repeat(50))),
        ("digits", filled("0123456789 ")),
        ("one number", filled("7")),
        ("dots", filled(".")),
        ("questions", filled("? ")),
        ("lines", filled("a\n")),
        ("blanks", filled(" ")),
        ("zero width", filled("\u{200b}\u{200d}\u{feff}")),
        (
            "zero width in words",
            filled("m\u{200b}a\u{200d}s\u{ad}s a\u{2060}ge "),
        ),
        (
            "right to left",
            filled("\u{202e}egassam\u{202c} \u{2067}truh\u{2069} "),
        ),
        ("Arabic and Hebrew", filled("مرحبا שלום ")),
        ("one mark on another", format!("e{}", filled("\u{301}"))),
        (
            "marks of many kinds",
            filled("a\u{316}\u{301}\u{327}\u{338}\u{489}"),
        ),
        ("ligatures that unfold", filled("\u{fdfa}")),
        ("wide letters", filled("ｍａｓｓａｇｅ ")),
        ("syllables", filled("\u{1100}\u{1161}\u{11a8}")),
        ("emoji", filled("👩‍👩‍👧‍👦🏳️‍🌈💆🏽‍♀️")),
        ("flags", filled("🇬")),
        ("markup", filled("<b><i><a href=\"x\">&lt;</b>")),
        ("markup in markup", filled("<b>")),
        ("entities", filled("&amp;")),
        ("Markdown", filled("**[_`")),
        ("brackets", format!("{}{}", filled("("), filled(")"))),
        ("quotes", filled("\"'“”‘’`")),
        (
            "control characters",
            filled("\u{0}\u{1}\u{7f}\u{85}\u{1b}[31m"),
        ),
        ("noise", String::from_utf8_lossy(&noise).into_owned()),
        ("replacement characters", filled("\u{fffd}")),
        ("slashes", filled("/")),
        ("commands", filled("/start ")),
        ("mentions", filled("@Backtalk_test_bot ")),
        ("addresses", filled("https://a.example/?q=%ff&x=1#y ")),
        ("mail", filled("a.b+c@d.example ")),
        ("telephone numbers", filled("+49 172 5550199 ")),
        (
            "names",
            filled("my name is Ann and I live in Main Street 5 "),
        ),
        (
            "a pattern against patterns",
            filled("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! "),
        ),
        ("private use", filled("\u{e000}\u{f8ff}\u{10ffff}")),
    ]
}

/// Texts that hold red flags, over and over.
fn alarming() -> Vec<(&'static str, String)> {
    vec![
        ("one red flag", filled("I have crushing chest pain ")),
        (
            "many red flags",
            filled("numb between my legs, chest pain, he is unconscious, I want to die. "),
        ),
        (
            "a red flag at the end",
            // As long as Telegram lets a message be; what is longer is read to its first 16 kB (`text::normalize`).
            "my back is fine today. ".repeat(170) + " I have crushing chest pain",
        ),
        (
            "denied red flags",
            filled("no chest pain and no numbness, no fever, "),
        ),
        (
            "other languages",
            filled("ich habe starke schmerzen in der brust und "),
        ),
    ]
}

/// Runs a step, and fails when it takes too long.
fn bounded<T>(text: &str, step: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    let took = start.elapsed();
    println!("{text:26} {step:10} {took:?}");
    assert!(took < MOST, "{text}: {step} took {took:?}");
    result
}

fn everything_is_bounded(texts: Vec<(&'static str, String)>) {
    LazyLock::force(&ENGINE);
    LazyLock::force(&REDACTOR);
    for (name, text) in texts {
        let reply = bounded(name, "respond", || ENGINE.respond(&text, None));
        let said = bounded(name, "render", || render::reply(&reply, ENGINE.faq()));
        for chunk in said.chunks() {
            let (shown, _) = markup::parse(&chunk.html).expect("sound markup");
            assert!(markup::units(&shown) <= 4096, "{name}");
        }
        assert!(!plain::render(&reply, ENGINE.faq()).is_empty(), "{name}");
        let kept = bounded(name, "redact", || REDACTOR.redact(&text));
        assert!(
            kept.as_str().len() < 1000,
            "{name}: {}",
            kept.as_str().len()
        );
        bounded(name, "the rest", || {
            let _ = commands::parse(&text, "Backtalk_test_bot", true);
            assert_eq!(Payload::decode(&text), None, "{name}");
            let update = json!({"update_id": 1, "message": {"message_id": 1, "text": text,
                "chat": {"id": 1, "type": "private"}}});
            assert!(Update::read(&update).is_some(), "{name}");
        });
    }
}

#[test]
fn harmless_texts_of_any_kind_cost_bounded_work() {
    everything_is_bounded(harmless());
}

#[test]
fn texts_full_of_red_flags_cost_bounded_work_and_still_raise_them() {
    everything_is_bounded(alarming());
    for (name, text) in alarming() {
        if !["denied red flags", "other languages"].contains(&name) {
            assert_eq!(ENGINE.respond(&text, None).decision(), "red-flag", "{name}");
        }
    }
}

#[test]
fn a_red_flag_is_found_under_disguise() {
    let plain = "I have crushing chest pain and I can't breathe";
    let spaced = |mark: char| -> String { plain.chars().flat_map(|c| [c, mark]).collect() };
    for text in [
        spaced('\u{200b}'),
        spaced('\u{ad}'),
        spaced('\u{301}'),
        format!("\u{202e}{plain}\u{202c}"),
        format!("<b>{plain}</b>"),
        plain.to_uppercase(),
        plain.replace(' ', "\u{a0}\n\u{2003}"),
        plain.chars().map(wide).collect(),
    ] {
        assert_eq!(ENGINE.respond(&text, None).decision(), "red-flag", "{text}");
    }
}

/// The full-width form of a letter.
fn wide(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[test]
fn nested_and_odd_updates_are_read_or_left_and_harm_nothing() {
    let mut deep = json!({"message_id": 1, "text": QUESTION, "chat": {"id": 1, "type": "private"}});
    for _ in 0..50 {
        deep = json!({"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": "x", "reply_to_message": deep});
    }
    assert!(Update::read(&json!({"update_id": 1, "message": deep})).is_some());
    let ann = somebody();
    let odd = [
        json!({"message_id": 1}),
        json!([]),
        json!("message"),
        json!({"message_id": 1e300, "chat": {"id": 5, "type": "private"}}),
        json!({"message_id": 1, "chat": {"id": "5", "type": "private"}, "text": QUESTION}),
        json!({"message_id": 1, "chat": {"id": 5, "type": "private"}, "text": {"deep": QUESTION}}),
    ];
    for content in odd {
        for kind in [
            "message",
            "edited_message",
            "callback_query",
            "inline_query",
        ] {
            shared().server.push(kind, content.clone());
        }
    }
    assert!(answers(&ann.says(QUESTION), ENTRY));
}

#[test]
fn payloads_of_any_kind_are_refused_kindly() {
    let ann = somebody();
    let greeting = ann.says("/start").text().to_owned();
    for hostile in [
        "\u{202e}anna".to_owned(),
        "../../etc/passwd".to_owned(),
        "'; DROP TABLE inbox; --".replace(' ', "_"),
        "claim-".to_owned(),
        "claim-0000".to_owned(),
        "A".repeat(4000),
        "%00%ff".to_owned(),
        "<b>".to_owned(),
    ] {
        assert!(payload::MAX_CALLBACK_BYTES == 64 && Payload::decode(&hostile).is_none());
        let reply = ann.says(&format!("/start {hostile}"));
        assert!(
            reply.text() == greeting || reply.text().starts_with("This link was used before"),
            "{hostile:.40}: {}",
            reply.text()
        );
    }
}

#[test]
fn whoever_sends_hostile_texts_is_answered_and_hinders_nobody() {
    let bob = somebody();
    for (name, text) in harmless().into_iter().chain(alarming()).step_by(4) {
        let ann = Person::in_private(&shared().server);
        let content: Value = json!({ "text": text });
        let since = ann.sends(&content);
        let asked = Instant::now();
        assert!(answers(&bob.says(QUESTION), ENTRY), "{name}");
        assert!(asked.elapsed() < MOST, "{name}: {:?}", asked.elapsed());
        if !text.trim().is_empty() {
            ann.hears(since);
        }
    }
}
