//! One emergency through every way into the bot: the urgent-care card and nothing else comes out of each.

use backtalk::reply::Content;
use serde_json::json;

use super::{ENGINE, ENTRY, NONSENSE, QUESTION, answers, question_of, somebody};
use crate::support::bot::shared;
use crate::support::people::{Person, Reply};

const EMERGENCY: &str = "I have crushing chest pain and I can't breathe";

/// The card of the emergency, as people see it.
fn card() -> String {
    match ENGINE.respond(EMERGENCY, None).content {
        Content::RedFlag(red_flag) => red_flag.concept.card.plain(),
        other => panic!("the emergency is not seen as one: {other:?}"),
    }
}

fn assert_card(reply: &Reply, way: &str) {
    assert_eq!(reply.text(), card(), "{way}");
    let data: Vec<String> = reply.buttons().into_iter().map(|(_, data)| data).collect();
    assert_eq!(data, ["numbers", "not-me"], "{way}");
    assert!(
        reply.message["reply_to_message"].is_object(),
        "{way}: the card shows what it is about"
    );
}

#[test]
fn an_emergency_gets_the_card_by_every_way_in_private() {
    let ann = somebody();
    for text in [
        EMERGENCY.to_owned(),
        format!("@Backtalk_test_bot {EMERGENCY}"),
        format!("/ask {EMERGENCY}"),
        format!("/help {EMERGENCY}"),
        format!("/start {EMERGENCY}"),
        format!("/weather {EMERGENCY}"),
        format!("/ask@other_bot {EMERGENCY}"),
        format!("/{EMERGENCY}"),
        format!("{QUESTION} {EMERGENCY}"),
    ] {
        assert_card(&ann.says(&text), &text);
    }
    for content in [
        json!({"photo": [], "caption": EMERGENCY}),
        json!({"document": {"file_id": "A"}, "caption": EMERGENCY}),
        json!({"voice": {"file_id": "A"}, "caption": EMERGENCY}),
        json!({"poll": {"id": "1", "question": EMERGENCY, "options": []}}),
        json!({"text": EMERGENCY, "forward_origin": {"type": "hidden_user", "sender_user_name": "B", "date": 1}}),
        json!({"photo": [], "media_group_id": "1", "caption": EMERGENCY}),
    ] {
        assert_card(&ann.shows(&content), &content.to_string());
    }
}

#[test]
fn an_emergency_gets_the_card_by_every_way_in_a_group() {
    let ann = Person::in_group(&shared().server);
    let emergency = ann.message(&json!({"text": EMERGENCY}));
    let of_the_bot = ann.of_the_bot();
    for content in [
        json!({"text": format!("/ask {EMERGENCY}")}),
        json!({"text": format!("/help {EMERGENCY}")}),
        json!({"text": format!("@Backtalk_test_bot {EMERGENCY}")}),
        json!({"text": format!("{EMERGENCY} @Backtalk_test_bot")}),
        json!({"text": EMERGENCY, "reply_to_message": of_the_bot}),
        json!({"text": "/ask", "reply_to_message": emergency}),
        json!({"text": "@Backtalk_test_bot", "reply_to_message": emergency}),
        json!({"video": {"file_id": "A"}, "caption": format!("@Backtalk_test_bot {EMERGENCY}")}),
    ] {
        assert_card(&ann.shows(&content), &content.to_string());
    }
}

#[test]
fn an_emergency_in_pieces_gets_the_card() {
    let ann = somebody();
    let pieces = [NONSENSE, EMERGENCY].map(|text| ann.message(&json!({"text": text})));
    let since = shared().server.push_all("message", pieces.to_vec());
    assert_card(&ann.hears(since), "after a piece that says nothing");
}

#[test]
fn an_edit_into_an_emergency_brings_a_card_that_rings_and_takes_the_old_reply_away() {
    let ann = somebody();
    let reply = ann.says(QUESTION);
    let since = shared().server.count();
    ann.edits(reply.id() - 1, EMERGENCY);
    assert_card(&ann.hears(since), "edited");
    shared()
        .server
        .wait(since, "the end of the old reply", |call| {
            call.method == "deletemessage"
        });
    assert!(shared().server.message(ann.chat, reply.id()).is_none());
}

#[test]
fn an_inline_emergency_offers_only_the_card() {
    let results = somebody().types(EMERGENCY);
    assert_eq!(results.len(), 1);
    let html = results[0]["input_message_content"]["message_text"]
        .as_str()
        .unwrap_or_default();
    let (text, _) = crate::support::markup::parse(html).expect("valid");
    assert_eq!(text, card());
}

#[test]
fn the_cards_buttons_show_the_numbers_and_answer_the_question_with_the_sign_named() {
    let ann = somebody();
    let card = ann.says(&format!("{QUESTION} {EMERGENCY}"));
    let (numbers, not_me) = (card.buttons()[0].0.clone(), card.buttons()[1].0.clone());
    let pressed = ann.presses(&card, &numbers);
    assert!(
        pressed.note().contains("112")
            && pressed.note().contains("999")
            && pressed.note().contains("911")
    );
    assert_eq!(pressed.answer.params["show_alert"], true);
    let edit = ann.presses(&card, &not_me).edit();
    assert_eq!(edit.id(), card.id());
    assert!(
        edit.text()
            .starts_with("You say that this is not about you now: "),
        "{}",
        edit.text()
    );
    assert!(edit.text().contains(question_of(ENTRY)), "{}", edit.text());
    let plain = ann.says(QUESTION);
    assert!(answers(&plain, ENTRY), "the next question is not affected");
}

#[test]
fn when_the_question_is_gone_the_card_stays_and_says_so() {
    let ann = somebody();
    let card = ann.says(EMERGENCY);
    let mut message = shared().server.message(ann.chat, card.id()).expect("there");
    message
        .as_object_mut()
        .expect("an object")
        .remove("reply_to_message");
    let pressed = ann.calls_back(json!({"message": message, "data": "not-me"}));
    assert!(pressed.note().contains("no longer see your question"));
    assert_eq!(ann.message_now(&card), card.text());
}
