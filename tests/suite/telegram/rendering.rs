//! Every kind of reply as HTML, to be read like prose. `INSTA_UPDATE=always` writes them anew.

use backtalk::reply::{Content, Notes, Offer};
use backtalk::telegram::render::{self, Text};

use super::{ENGINE, ENTRY, NONSENSE, QUESTION, somebody};
use crate::support::markup;
use crate::support::people::Reply;
use serde_json::json;

fn html(text: &Text) -> String {
    let chunks = text.chunks();
    for chunk in &chunks {
        let (plain, _) = markup::parse(&chunk.html).expect("the server takes it");
        assert_eq!(plain, chunk.plain);
    }
    chunks
        .into_iter()
        .map(|chunk| chunk.html)
        .collect::<Vec<_>>()
        .join("\n---- next message ----\n")
}

fn reply(utterance: &str) -> String {
    html(&render::reply(
        &ENGINE.respond(utterance, None),
        ENGINE.faq(),
    ))
}

#[test]
fn each_kind_of_reply() {
    for (name, utterance) in [
        ("answer", QUESTION),
        ("answer_against_the_article", "does massage remove toxins?"),
        (
            "two_answers",
            "Does massage hurt? And how often should I have a massage?",
        ),
        ("small_talk", "hello"),
        ("abstain", NONSENSE),
        ("red_flag", "I have crushing chest pain and I can't breathe"),
    ] {
        insta::assert_snapshot!(name, reply(utterance));
    }
}

#[test]
fn notes_above_a_reply() {
    let mut reply = ENGINE.respond(NONSENSE, None);
    reply.content = Content::Abstain(Notes {
        denied: vec!["fever".to_owned(), "numbness".to_owned()],
        ..Notes::default()
    });
    insta::assert_snapshot!("denied", html(&render::reply(&reply, ENGINE.faq())));
}

#[test]
fn a_caution_above_an_answer_and_above_an_offer() {
    let (_, concept) = ENGINE
        .respond("I have a pacemaker", None)
        .triage
        .expect("a caution");
    let notes = Notes {
        caution: Some(concept),
        ..Notes::default()
    };
    let entry = ENGINE.faq().position(ENTRY).expect("an entry");
    let advice = ENGINE.answer(entry).with_notes(notes.clone());
    insta::assert_snapshot!("caution", html(&render::advice(&advice, ENGINE.faq())));
    let mut reply = ENGINE.respond(QUESTION, None);
    let entries = vec![&ENGINE.faq()[entry]];
    reply.content = Content::Suggest(Offer { entries, notes });
    insta::assert_snapshot!("suggest", html(&render::reply(&reply, ENGINE.faq())));
}

#[test]
fn each_command() {
    let ann = somebody();
    for command in [
        "start", "help", "topics", "doctor", "share", "sources", "privacy", "about", "ask",
    ] {
        let reply = ann.says(&format!("/{command}"));
        insta::assert_snapshot!(format!("command_{command}"), reply.html());
    }
}

/// A reply with its buttons.
fn whole(reply: &Reply) -> String {
    let labels = reply
        .buttons()
        .into_iter()
        .map(|(label, _)| format!("\n[{label}]"));
    format!("{}\n{}", reply.html(), labels.collect::<String>())
}

#[test]
fn what_stands_in_a_chat_with_its_buttons() {
    let ann = somebody();
    let answer = ann.says(QUESTION);
    insta::assert_snapshot!("chat_answer", whole(&answer));
    insta::assert_snapshot!("chat_instead", whole(&ann.presses(&answer, "👎").edit()));
    let topics = ann.says("/topics");
    let group = ann.forges(&topics, "group:0:effects").edit();
    insta::assert_snapshot!("chat_group", whole(&group));
    insta::assert_snapshot!("chat_suggest", whole(&ann.says("massage for legs")));
    insta::assert_snapshot!("chat_missed", whole(&ann.says(NONSENSE)));
    insta::assert_snapshot!("chat_missed_again", whole(&ann.says(NONSENSE)));
    let card = ann.says("Does massage hurt? I have crushing chest pain and I can't breathe");
    insta::assert_snapshot!("chat_red_flag", whole(&card));
    let not_me = card.buttons()[1].0.clone();
    insta::assert_snapshot!(
        "chat_disclaimed",
        whole(&ann.presses(&card, &not_me).edit())
    );
    let voice = json!({"voice": {"duration": 2, "file_id": "A", "file_unique_id": "B"}});
    insta::assert_snapshot!("chat_not_text", whole(&ann.shows(&voice)));
    insta::assert_snapshot!("chat_empty", whole(&somebody().says("...")));
    for command in ["forget", "weather"] {
        insta::assert_snapshot!(
            format!("chat_{command}"),
            whole(&ann.says(&format!("/{command}")))
        );
    }
    let results = ann.types("does massage hurt");
    let lines = results.iter().map(|result| {
        let text = |field: &str| result[field].as_str().unwrap_or_default().to_owned();
        format!("{}\n    {}\n", text("title"), text("description"))
    });
    insta::assert_snapshot!("inline_results", lines.collect::<String>());
}

#[test]
fn replies_to_other_languages_and_to_long_messages() {
    for (name, utterance) in [
        ("other_language", "tut eine massage weh und was kostet das"),
        (
            "red_flag_in_two_languages",
            "ich habe starke schmerzen in der brust und bekomme keine luft",
        ),
        (
            "more_asked",
            "Does massage hurt? How often should I have a massage? How long is a session? Does massage remove toxins? \
             Is massage safe when I am pregnant? How much does massage cost?",
        ),
    ] {
        insta::assert_snapshot!(name, reply(utterance));
    }
}

#[test]
fn every_answer_fits_one_message_and_parses() {
    for entry in &ENGINE.faq().entries {
        let index = ENGINE
            .faq()
            .position(entry.id.as_str())
            .expect("its own id");
        let text = render::advice(&ENGINE.answer(index), ENGINE.faq());
        assert_eq!(text.chunks().len(), 1, "{}", entry.id);
        html(&text);
    }
}
