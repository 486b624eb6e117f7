//! What becomes of somebody who sends far too much, and of everybody else meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ENTRY, QUESTION, answers, somebody};
use crate::support::bot::shared;
use crate::support::people::Person;
use crate::support::server::Call;

const NOTE: &str = "That was a lot at once";
const EMERGENCY: &str = "I have crushing chest pain and I can't breathe";

/// What the bot sent to somebody.
fn sent_to(ann: &Person, since: usize) -> Vec<Call> {
    shared().server.calls(since, |call| {
        call.method == "sendmessage" && call.params["chat_id"] == ann.chat
    })
}

fn text(call: &Call) -> &str {
    call.params["text"].as_str().unwrap_or_default()
}

/// Sends texts at once, and waits until the last is dealt with.
fn flood(ann: &Person, texts: impl Iterator<Item = String>) -> usize {
    let messages: Vec<Value> = texts
        .map(|text| ann.message(&json!({ "text": text })))
        .collect();
    let since = shared().server.push_all("message", messages);
    // A pressed button is answered in turn, whatever came before it.
    ann.calls_back(json!({"data": "numbers", "message": ann.of_the_bot()}));
    since
}

#[test]
fn a_flood_is_answered_at_a_bounded_rate_with_one_calm_note() {
    let (ann, bob) = (somebody(), somebody());
    let start = Instant::now();
    let texts = (0..400).map(|n| match n {
        150 | 390 => EMERGENCY.to_owned(),
        _ => format!("{QUESTION} {n}"),
    });
    let messages: Vec<Value> = texts
        .map(|text| ann.message(&json!({ "text": text })))
        .collect();
    let since = shared().server.push_all("message", messages);
    let asked = Instant::now();
    assert!(answers(&bob.says(QUESTION), ENTRY));
    let bobs = asked.elapsed();
    ann.calls_back(json!({"data": "numbers", "message": ann.of_the_bot()}));
    let passed = start.elapsed().as_secs() as usize + 1;
    let sent = sent_to(&ann, since);
    let notes = sent.iter().filter(|call| text(call).contains(NOTE)).count();
    let card = |call: &&Call| text(call).contains("999") && !text(call).contains(NOTE);
    let cards: Vec<&Call> = sent.iter().filter(card).collect();
    assert_eq!(notes, 1 + passed / 60);
    assert_eq!(cards.len(), 2, "red flags get their card all the same");
    assert!(
        cards[0].params["reply_parameters"]["message_id"] != Value::Null,
        "with the words that it is about"
    );
    let rest = sent.len() - notes - cards.len();
    assert!((60..=60 + passed).contains(&rest), "{rest} in {passed} s");
    assert!(bobs < Duration::from_secs(10), "another waited {bobs:?}");
}

#[test]
fn whoever_types_fast_gets_every_answer() {
    let ann = somebody();
    let since = flood(&ann, (0..5).map(|_| QUESTION.to_owned()));
    let sent = sent_to(&ann, since);
    assert_eq!(sent.len(), 5);
    assert!(sent.iter().all(|call| !text(call).contains(NOTE)));
}

#[test]
fn after_a_flood_the_next_question_is_answered_again() {
    let ann = somebody();
    flood(&ann, (0..80).map(|_| "/about".to_owned()));
    std::thread::sleep(Duration::from_millis(1500));
    assert!(answers(&ann.says(QUESTION), ENTRY));
}

#[test]
fn forgetting_does_not_forget_a_flood() {
    let ann = somebody();
    let start = Instant::now();
    let since = flood(&ann, (0..200).map(|_| "/forget".to_owned()));
    let most = 60 + start.elapsed().as_secs() as usize + 1;
    let sent = sent_to(&ann, since);
    let notes = sent.iter().filter(|call| text(call).contains(NOTE)).count();
    assert!(notes >= 1 && sent.len() - notes <= most, "{}", sent.len());
}

#[test]
fn buttons_pressed_without_end_get_a_note_and_do_nothing() {
    let ann = somebody();
    let start = Instant::now();
    let answered: Vec<_> = (0..70 + 60)
        .map(|_| ann.calls_back(json!({"data": "numbers", "message": ann.of_the_bot()})))
        .collect();
    let passed = start.elapsed().as_secs() as usize + 1;
    let refused = answered
        .iter()
        .filter(|pressed| pressed.note().contains(NOTE))
        .count();
    assert!(
        (130 - 60usize).saturating_sub(passed) <= refused && refused <= 130 - 60,
        "{refused} in {passed} s"
    );
    assert!(
        answered.iter().all(|p| p.note().chars().count() < 200),
        "a whole sentence"
    );
}
