//! Every kind of reply as HTML, to be read like prose. `INSTA_UPDATE=always` writes them anew.

use backtalk::reply::{Content, Notes};
use backtalk::telegram::render::{self, Text};

use super::{ENGINE, NONSENSE, QUESTION, somebody};
use crate::support::markup;

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
    ] {
        insta::assert_snapshot!(name, reply(utterance));
    }
}

#[test]
fn notes_above_a_reply() {
    let mut reply = ENGINE.respond(NONSENSE, None);
    reply.content = Content::Abstain(Notes {
        caution: None,
        denied: vec!["fever".to_owned(), "numbness".to_owned()],
    });
    insta::assert_snapshot!("denied", html(&render::reply(&reply, ENGINE.faq())));
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
