//! The bot in the chats of people who have connected it to their own account.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use backtalk::plain;
use serde_json::{Value, json};

use super::{ENGINE, NONSENSE, QUESTION, question_of};
use crate::support::Folder;
use crate::support::accounts::{Account, hours_ago};
use crate::support::bot::{Bot, shared};
use crate::support::people::{Person, Reply};
use crate::support::server::{Fault, Server};

const NOTICE: &str =
    "Automatic reply. This was written by a bot, not by the person you are writing to.";
const EMERGENCY: &str = "I have crushing chest pain and I can't breathe";

static BOT: LazyLock<Bot> = LazyLock::new(|| {
    let (server, url) = Server::start();
    start(server, &url, Arc::new(Folder::with(&[])))
});

fn start(server: Server, url: &str, data: Arc<Folder>) -> Bot {
    Bot::launch(server, url, None, data, &[("BUSINESS", "on")])
}

fn client() -> Person {
    Person::in_private(&BOT.server)
}

/// What is said to a question in an owner's name.
fn expected(question: &str) -> String {
    let reply = plain::render(&ENGINE.respond(question, None), ENGINE.faq());
    format!("{NOTICE}\n\n{reply}")
}

/// Checks that the bot did nothing for an account since then: all chats of one client are handled in order, so another
/// account's answer comes after.
fn is_silent(account: &Account, client: &Person, since: usize) {
    let other = Account::connected(&BOT.server);
    let asked = other.gets(client, &json!({"text": QUESTION}));
    other.says(client, asked);
    let calls = account.calls(since);
    assert!(calls.is_empty(), "{calls:?}");
}

#[test]
fn a_clear_match_is_answered_and_says_first_that_it_is_automatic() {
    let (account, ann) = (Account::connected(&BOT.server), client());
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    let reply = account.says(&ann, since);
    assert_eq!(reply.text(), expected(QUESTION));
    assert!(
        reply.html().starts_with("<b>Automatic reply.</b>"),
        "{}",
        reply.html()
    );
    assert!(reply.html().contains("<blockquote expandable>Source: "));
    assert!(
        reply.buttons().is_empty(),
        "buttons belong to the bot's own chat"
    );
    let quoted = &reply.message["reply_to_message"]["text"];
    assert_eq!(quoted, QUESTION, "it shows what it answers");
    let follow_up = "and how long does it last?";
    let previous = ENGINE.faq().position(super::ENTRY);
    let clear = ENGINE.respond(follow_up, previous).decision() == "answer";
    let since = account.gets(&ann, &json!({"text": follow_up}));
    if clear {
        account.says(&ann, since);
    } else {
        is_silent(&account, &ann, since);
    }
}

#[test]
fn an_emergency_gets_the_card_in_the_owners_name() {
    let (account, ann) = (Account::connected(&BOT.server), client());
    for content in [
        json!({"text": EMERGENCY}),
        json!({"photo": [], "caption": EMERGENCY}),
    ] {
        let since = account.gets(&ann, &content);
        assert_eq!(
            account.says(&ann, since).text(),
            expected(EMERGENCY),
            "{content}"
        );
    }
}

#[test]
fn what_is_not_clear_is_left_to_the_owner_and_counted_nowhere() {
    let (account, ann) = (Account::connected(&BOT.server), client());
    let bot = json!({"id": 5, "is_bot": true, "first_name": "B", "username": "b_bot"});
    let unclear = [
        "massage",
        "hello",
        "thank you",
        NONSENSE,
        "/start",
        "/about",
        "Can we move it to five, Katarzyna?",
    ];
    let since = BOT.server.count();
    for text in unclear {
        assert_ne!(ENGINE.respond(text, None).decision(), "answer", "{text}");
        account.gets(&ann, &json!({"text": text}));
    }
    for content in [
        json!({"voice": {"duration": 2, "file_id": "A", "file_unique_id": "B"}}),
        json!({"sticker": {"emoji": "🙂"}}),
        json!({"text": QUESTION, "via_bot": bot}),
        json!({"text": QUESTION, "from": bot}),
        json!({"text": QUESTION, "sender_business_bot": bot}),
        json!({"text": QUESTION, "business_connection_id": null}),
        json!({"hologram": {"of": 2031}}),
    ] {
        account.gets(&ann, &content);
    }
    is_silent(&account, &ann, since);
    assert!(!BOT.log().contains("Katarzyna"));
    // A miss in a private chat is a first one all the same.
    assert!(ann.says(NONSENSE).text().contains("ask in other words"));
}

#[test]
fn the_owner_is_never_answered_and_silences_the_bot_in_that_chat_for_hours() {
    let (account, ann, ben) = (Account::connected(&BOT.server), client(), client());
    let away = json!({"text": "I am away until Monday", "is_from_offline": true});
    account.writes(&ann, &away);
    let bot = json!({"id": 5, "is_bot": true, "first_name": "B", "username": "b_bot"});
    account.writes(&ann, &json!({"text": "Hi", "sender_business_bot": bot}));
    account.writes(&ann, &json!({"text": QUESTION, "date": hours_ago(13)}));
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    account.says(&ann, since);
    let since = account.writes(&ann, &json!({"text": QUESTION}));
    account.gets(&ann, &json!({"text": QUESTION}));
    account.gets(&ann, &json!({"text": EMERGENCY}));
    is_silent(&account, &ann, since);
    let since = account.gets(&ben, &json!({"text": QUESTION}));
    account.says(&ben, since);
    // The client asks to be forgotten, and that there is a pause goes with it.
    ann.says("/forget");
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    account.says(&ann, since);
}

#[test]
fn nothing_is_said_a_day_later() {
    let (account, ann) = (Account::connected(&BOT.server), client());
    let since = BOT.server.count();
    for hours in [24, 200] {
        account.gets(&ann, &json!({"text": QUESTION, "date": hours_ago(hours)}));
    }
    is_silent(&account, &ann, since);
    let since = account.gets(&ann, &json!({"text": QUESTION, "date": hours_ago(23)}));
    account.says(&ann, since);
}

#[test]
fn only_with_the_right_to_reply_and_while_the_connection_stands() {
    let (account, ann) = (Account::new(&BOT.server), client());
    let since = account.connects(true, &json!({"can_read_messages": true}));
    let told = account.owner.hears(since);
    assert!(
        told.text().contains("I may not reply there"),
        "{}",
        told.text()
    );
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    is_silent(&account, &ann, since);
    let since = account.connects(true, &json!({"can_reply": true}));
    let told = account.owner.hears(since);
    assert!(
        told.text().contains("keep quiet for 12 hours"),
        "{}",
        told.text()
    );
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    account.says(&ann, since);
    account.connects(false, &json!({"can_reply": true}));
    wait_for_log(&BOT, "may_reply=false", 2);
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    account.gets(&ann, &json!({"text": EMERGENCY}));
    is_silent(&account, &ann, since);
}

#[test]
fn an_account_that_was_connected_before_is_asked_about_once() {
    let (account, ann) = (Account::new(&BOT.server), client());
    BOT.server
        .connect(&account.connection(true, &json!({"can_reply": true})));
    for _ in 0..2 {
        let since = account.gets(&ann, &json!({"text": QUESTION}));
        account.says(&ann, since);
    }
    let asked = account.calls(0).into_iter();
    assert_eq!(
        asked
            .filter(|call| call.method == "getbusinessconnection")
            .count(),
        1
    );
    let (stranger, since) = (Account::new(&BOT.server), BOT.server.count());
    stranger.gets(&ann, &json!({"text": QUESTION}));
    is_silent_but_for_asking(&stranger, &ann, since);
}

fn is_silent_but_for_asking(account: &Account, client: &Person, since: usize) {
    let other = Account::connected(&BOT.server);
    let asked = other.gets(client, &json!({"text": QUESTION}));
    other.says(client, asked);
    let calls = account.calls(since);
    assert!(
        calls
            .iter()
            .all(|call| call.method == "getbusinessconnection"),
        "{calls:?}"
    );
}

#[test]
fn a_changed_question_changes_its_answer_and_a_deleted_one_takes_it_back() {
    let (account, ann) = (Account::connected(&BOT.server), client());
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    let reply = account.says(&ann, since);
    let id = reply.message["reply_to_message"]["message_id"]
        .as_i64()
        .expect("quoted");
    let edited = |text: &str| {
        let mut message = BOT.server.message(ann.chat, id).expect("there");
        message["text"] = json!(text);
        message["edit_date"] = json!(hours_ago(0));
        BOT.server.push("edited_business_message", message)
    };
    let since = edited("how often should I have a massage?");
    let call = BOT
        .server
        .wait(since, "an edit", |call| call.method == "editmessagetext");
    assert_eq!(call.params["business_connection_id"], account.id.as_str());
    let edit = Reply::of(call);
    assert_eq!(edit.id(), reply.id());
    assert!(edit.text().starts_with(NOTICE) && edit.text().contains(question_of("how-often")));
    let since = edited(NONSENSE);
    is_silent(&account, &ann, since);
    let since = edited(EMERGENCY);
    let card = account.says(&ann, since);
    assert_eq!(card.text(), expected(EMERGENCY), "a card rings");
    let gone = json!({"business_connection_id": account.id, "message_ids": [id, 999_999],
        "chat": {"id": ann.chat, "type": "private", "first_name": "Ann"}});
    let since = BOT.server.push("deleted_business_messages", gone);
    let call = BOT.server.wait(since, "a deletion", |call| {
        call.method == "deletebusinessmessages"
    });
    assert_eq!(call.params["message_ids"], json!([card.id()]));
}

#[test]
fn one_chats_answers_come_in_order_and_others_do_not_wait() {
    let (account, ann, ben) = (Account::connected(&BOT.server), client(), client());
    let slow = Fault::Delay(Duration::from_secs(3));
    BOT.server.plan("sendMessage", Some(ann.chat), slow, 1);
    let questions = [QUESTION, "how often should I have a massage?"];
    let messages = questions.map(|text| account.message(&ann, &ann, &json!({"text": text})));
    let since = BOT.server.push_all("business_message", messages.to_vec());
    let bens = account.gets(&ben, &json!({"text": QUESTION}));
    account.says(&ben, bens);
    let second = BOT.server.wait(since, "the second answer", |call| {
        call.params["chat_id"] == ann.chat
            && call.params["text"]
                .as_str()
                .is_some_and(|text| text.contains(question_of("how-often")))
    });
    let calls = account.calls(since);
    let to_ann: Vec<_> = calls
        .iter()
        .filter(|call| call.params["chat_id"] == ann.chat)
        .collect();
    assert_eq!(to_ann.len(), 2);
    assert_eq!(to_ann[1].params["text"], second.params["text"]);
    assert_eq!(
        calls[0].params["chat_id"], ben.chat,
        "he did not wait for her"
    );
}

#[test]
fn what_is_known_of_accounts_and_pauses_outlives_a_restart_and_names_nobody() {
    let (server, url) = Server::start();
    let data = Arc::new(Folder::with(&[]));
    let bot = start(server.clone(), &url, data.clone());
    let account = Account::connected(&server);
    let (ann, ben) = (Person::in_private(&server), Person::in_private(&server));
    account.writes(&ann, &json!({"text": "I am here"}));
    let since = account.gets(&ben, &json!({"text": QUESTION}));
    account.says(&ben, since);
    bot.signal("TERM");
    bot.ended();
    for file in std::fs::read_dir(data.path()).expect("a folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        for name in [
            ann.chat.to_string(),
            account.owner.chat.to_string(),
            account.id.clone(),
        ] {
            let found = bytes
                .windows(name.len())
                .any(|window| window == name.as_bytes());
            assert!(!found, "{name} in {file:?}");
        }
    }
    let _again = start(server.clone(), &url, data);
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    let bens = account.gets(&ben, &json!({"text": QUESTION}));
    account.says(&ben, bens);
    let other = Account::connected(&server);
    let asked = other.gets(&ann, &json!({"text": QUESTION}));
    other.says(&ann, asked);
    let methods: Vec<String> = account
        .calls(since)
        .into_iter()
        .map(|call| call.method)
        .collect();
    assert_eq!(
        methods,
        ["sendmessage"],
        "to Ben; nothing is asked again, and Ann's chat is paused"
    );
}

#[test]
fn it_is_off_unless_it_is_turned_on() {
    let (account, ann) = (Account::new(&shared().server), super::somebody());
    account.connects(true, &json!({"can_reply": true}));
    let since = account.gets(&ann, &json!({"text": QUESTION}));
    ann.says("/about");
    assert!(account.calls(since).is_empty());
    let kinds = |allowed: Value| allowed.to_string().contains("business");
    assert!(!kinds(shared().server.allowed()), "not even asked for");
    client().says("/about");
    assert!(kinds(BOT.server.allowed()));
    assert!(
        client()
            .says("/privacy")
            .text()
            .contains("connected this bot to their own account")
    );
}

fn wait_for_log(bot: &Bot, words: &str, times: usize) {
    for _ in 0..600 {
        if bot.log().matches(words).count() >= times {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no {words:?} in the log");
}
