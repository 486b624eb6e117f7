//! In groups the bot speaks only when spoken to.

use serde_json::json;

use super::{ENTRY, QUESTION, answers};
use crate::support::bot::shared;
use crate::support::people::Person;

fn somebody() -> Person {
    Person::in_group(&shared().server)
}

#[test]
fn commands_mentions_and_replies_are_answered_and_quote_the_question() {
    let ann = somebody();
    let of_the_bot = ann.of_the_bot();
    for content in [
        json!({"text": format!("/ask {QUESTION}")}),
        json!({"text": format!("/ask@backtalk_TEST_bot {QUESTION}")}),
        json!({"text": format!("@Backtalk_test_bot {QUESTION}")}),
        json!({"text": format!("@backtalk_test_bot: {QUESTION}")}),
        json!({"text": format!("{QUESTION} @Backtalk_test_bot")}),
        json!({"text": QUESTION, "reply_to_message": of_the_bot}),
        json!({"photo": [], "caption": format!("@Backtalk_test_bot {QUESTION}")}),
    ] {
        let reply = ann.shows(&content);
        assert!(answers(&reply, ENTRY), "{content}: {}", reply.text());
        assert_eq!(
            reply.message["reply_to_message"]["message_id"],
            reply.id() - 1,
            "{content}"
        );
    }
}

#[test]
fn a_mention_or_ask_in_reply_to_a_question_means_that_question() {
    let ann = somebody();
    let question = ann.message(&json!({"text": QUESTION}));
    for text in ["@Backtalk_test_bot", "/ask"] {
        let reply = ann.shows(&json!({"text": text, "reply_to_message": question}));
        assert!(answers(&reply, ENTRY), "{text}: {}", reply.text());
    }
    assert!(
        ann.says("/ask")
            .text()
            .starts_with("Please write your question after the command")
    );
    assert!(
        ann.says("@Backtalk_test_bot")
            .text()
            .starts_with("Please write your question")
    );
}

#[test]
fn everything_else_is_ignored() {
    let ann = somebody();
    let someone_elses = ann.message(&json!({"text": "hi"}));
    for content in [
        json!({"text": QUESTION}),
        json!({"text": "/ask@other_bot does massage hurt?"}),
        json!({"text": "/weather"}),
        json!({"text": "mail me@Backtalk_test_bot.org"}),
        json!({"text": QUESTION, "reply_to_message": someone_elses}),
        json!({"photo": [], "caption": QUESTION}),
        json!({"sticker": {"emoji": "🙂"}}),
        json!({"new_chat_members": [{"id": 1, "is_bot": false, "first_name": "B"}]}),
        json!({"new_chat_title": "does massage hurt?"}),
        json!({"text": QUESTION, "is_automatic_forward": true, "sender_chat": {"id": -1, "type": "channel"}}),
    ] {
        ann.is_ignored("message", ann.message(&content));
    }
}

#[test]
fn buttons_work_in_groups() {
    let ann = somebody();
    let reply = ann.says(&format!("/ask {QUESTION}"));
    let edit = ann.presses(&reply, "Topics").edit();
    assert_eq!(edit.id(), reply.id());
    assert!(edit.has_button("group:"));
}
