//! What the bot does when Telegram, the network or the process itself fails. Each test has a bot of its own, with a
//! small FAQ that is learnt at once.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Folder;
use crate::support::bot::Bot;
use crate::support::people::Person;
use crate::support::server::{Fault, Server, TOKEN};

/// A FAQ of two entries in a folder of its own.
pub(super) fn small_faq() -> Arc<Folder> {
    let file = |path: &str, content: String| (path.to_owned(), content);
    let entry = |id: &str, question: &str| {
        file(
            &format!("entries/all/{id}.md"),
            format!(
                "+++\nquestion = \"{question}\"\nphrasings = []\nsources = []\n+++\nFive < six & {id}.\n"
            ),
        )
    };
    let head = "title = \"tests\"\ndoctor = \"Please see a doctor first.\"\n";
    Arc::new(Folder::with(&[
        file("faq.toml", head.to_owned()),
        entry("cost", "What does it cost?"),
        entry("tables", "Which table do you use?"),
    ]))
}

fn bot() -> Bot {
    let (server, url) = Server::start();
    Bot::start_at(server, &url, Some(small_faq()))
}

#[test]
fn a_flood_limit_holds_up_only_the_chat_it_was_spoken_to() {
    let bot = bot();
    let (ann, bob) = (
        Person::in_private(&bot.server),
        Person::in_private(&bot.server),
    );
    bob.says("What does it cost?");
    bot.server
        .plan("sendMessage", Some(ann.chat), Fault::Flood(2), 1);
    let start = Instant::now();
    let since = ann.sends(&json!({"text": "What does it cost?"}));
    bob.says("What does it cost?");
    let bobs = start.elapsed();
    ann.hears(since);
    assert!(
        start.elapsed() >= Duration::from_secs(2),
        "retry_after is obeyed"
    );
    assert!(
        bobs < Duration::from_secs(2),
        "another chat waited {bobs:?}"
    );
}

#[test]
fn failures_of_server_and_network_are_retried() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    for fault in [Fault::Status(502), Fault::Status(500), Fault::Drop] {
        bot.server.plan("sendMessage", Some(ann.chat), fault, 2);
        assert!(
            ann.says("What does it cost?")
                .text()
                .contains("Five < six & cost."),
            "{fault:?}"
        );
    }
    bot.server.plan("getUpdates", None, Fault::Status(502), 2);
    bot.server.plan("getUpdates", None, Fault::Drop, 1);
    ann.says("What does it cost?");
}

#[test]
fn a_slow_reply_shows_that_the_bot_is_typing() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    bot.server.plan(
        "sendMessage",
        Some(ann.chat),
        Fault::Delay(Duration::from_millis(900)),
        1,
    );
    let since = ann.sends(&json!({"text": "What does it cost?"}));
    bot.server
        .wait(since, "typing", |call| call.method == "sendchataction");
    ann.hears(since);
}

#[test]
fn refused_markup_is_sent_as_plain_text() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    let refusal = Fault::Refuse(
        "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0",
    );
    bot.server.plan("sendMessage", Some(ann.chat), refusal, 1);
    let reply = ann.says("What does it cost?");
    assert!(reply.call.params.get("parse_mode").is_none());
    assert!(reply.text().contains("Five < six & cost."));
}

#[test]
fn being_blocked_or_refused_does_no_harm() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    for fault in [
        Fault::Blocked,
        Fault::Refuse("Bad Request: chat not found"),
        Fault::Refuse("Bad Request: NEW_REASON"),
    ] {
        bot.server.plan("sendMessage", Some(ann.chat), fault, 1);
        let since = ann.sends(&json!({"text": "What does it cost?"}));
        bot.server.wait(since, "refused reply", |call| {
            call.method == "sendmessage" && call.result.is_err()
        });
        let tries = bot
            .server
            .calls(since, |call| call.method == "sendmessage")
            .len();
        assert_eq!(tries, 1, "{fault:?} is final");
    }
    ann.says("What does it cost?");
    let reply = ann.says("Which table do you use?");
    bot.server.plan(
        "answerCallbackQuery",
        None,
        Fault::Refuse(
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        ),
        1,
    );
    assert!(
        ann.presses(&reply, "Topics").edit().has_button("group:"),
        "the edit does not need the note"
    );
    assert!(
        !bot.log().contains("was not answered"),
        "a late callback is no complaint"
    );
}

#[test]
fn buttons_of_an_earlier_process_go_on_working() {
    let (server, url) = Server::start();
    let faq = small_faq();
    let bot = Bot::start_at(server.clone(), &url, Some(faq.clone()));
    let ann = Person::in_private(&server);
    let reply = ann.says("What does it cost?");
    bot.signal("KILL");
    drop(bot);
    let _bot = Bot::start_at(server, &url, Some(faq.clone()));
    let topics = ann.presses(&reply, "Topics").edit();
    let group = ann.presses(&topics, "all").edit();
    let answer = ann.presses(&group, "Which table do you use?").edit();
    assert!(answer.text().contains("Five < six & tables."));
    assert!(!ann.presses(&answer, "👍").edit().has_button("up:"));
}

#[test]
fn an_order_to_stop_is_obeyed_after_the_work_in_hand() {
    for signal in ["TERM", "INT"] {
        let bot = bot();
        let people: Vec<Person> = (0..5).map(|_| Person::in_private(&bot.server)).collect();
        people[0].says("What does it cost?");
        bot.server.plan(
            "sendMessage",
            None,
            Fault::Delay(Duration::from_millis(300)),
            5,
        );
        let since: Vec<usize> = people
            .iter()
            .map(|p| p.sends(&json!({"text": "zxcv qwer"})))
            .collect();
        // Each of them is held back for two seconds; the order to stop ends the wait.
        bot.server
            .wait(since[0], "typing", |call| call.method == "sendchataction");
        bot.signal(signal);
        for (person, since) in people.iter().zip(since) {
            person.hears(since);
        }
        let end = Instant::now() + Duration::from_secs(10);
        while bot.is_running() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!bot.is_running(), "SIG{signal} ends the bot");
        assert_eq!(bot.server.pending(), 0, "everything is acknowledged");
    }
}

#[test]
fn a_reply_whose_receipt_is_garbled_is_not_sent_twice() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    bot.server
        .plan("sendMessage", Some(ann.chat), Fault::Garble, 1);
    let since = ann.sends(&json!({"text": "What does it cost?"}));
    ann.hears(since);
    ann.says("/about");
    let sent = bot.server.calls(since, |call| call.method == "sendmessage");
    assert_eq!(sent.len(), 2);
}

#[test]
fn a_single_refusal_of_the_token_does_not_end_a_running_bot() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    ann.says("What does it cost?");
    bot.server.plan("getUpdates", None, Fault::Unauthorized, 2);
    ann.says("What does it cost?");
    ann.says("Which table do you use?");
}

#[test]
fn a_server_that_is_not_there_yet_is_waited_for() {
    let (server, url) = Server::start();
    server.plan("getMe", None, Fault::Status(502), 2);
    let bot = Bot::start_at(server, &url, Some(small_faq()));
    Person::in_private(&bot.server).says("What does it cost?");
}

#[test]
fn a_webhook_left_over_is_removed() {
    let (server, url) = Server::start();
    server
        .set_webhook(&json!({"url": "https://bot.example/"}))
        .expect("an address");
    let bot = Bot::start_at(server, &url, Some(small_faq()));
    Person::in_private(&bot.server).says("What does it cost?");
    assert_eq!(bot.server.webhook(), None);
}

#[test]
fn another_program_with_the_same_token_is_complained_about_and_outlived() {
    let (server, url) = Server::start();
    let bot = Bot::start_at(server, &url, Some(small_faq()));
    let ann = Person::in_private(&bot.server);
    ann.says("What does it cost?");
    bot.server.plan("getUpdates", None, Fault::Conflict, 3);
    ann.says("What does it cost?");
    ann.says("Which table do you use?");
    assert!(
        bot.log()
            .contains("another program polls with the same token")
    );
}

#[test]
fn a_wrong_token_is_one_clear_line_and_exit_code_2() {
    let (_server, url) = Server::start();
    let faq = small_faq();
    for (token, words) in [
        ("123:wrong", "Telegram does not accept this token"),
        ("nonsense", "does not look like a bot token"),
        ("", "TELOXIDE_TOKEN is not set"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_backtalk"))
            .args(["telegram", "--faq"])
            .arg(faq.path())
            .env("TELOXIDE_TOKEN", token)
            .env("TELOXIDE_API_URL", &url)
            .env("DATABASE_URL", "sqlite::memory:")
            .env("CACHE_DIR", "off")
            .current_dir(std::env::temp_dir())
            .output()
            .expect("the program starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{token}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn neither_log_nor_output_holds_words_names_chats_or_the_token() {
    let bot = bot();
    let ann = Person::in_private(&bot.server);
    bot.server
        .plan("sendMessage", Some(ann.chat), Fault::Drop, 1);
    ann.says("What does it cost, my dear Watson?");
    bot.server.plan(
        "sendMessage",
        Some(ann.chat),
        Fault::Refuse("Bad Request: NEW_REASON"),
        1,
    );
    let since = ann.sends(&json!({"text": "Which table do you use?"}));
    bot.server
        .wait(since, "refused reply", |call| call.result.is_err());
    ann.says("/about");
    let log = bot.log();
    assert!(log.contains("NEW_REASON"), "the log is on: {log}");
    let secret = TOKEN.split(':').next_back().unwrap_or_default();
    for private in [
        "Watson",
        "Which table",
        "Ann",
        "O'Neil",
        "ann_o",
        &ann.chat.to_string(),
        secret,
    ] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}
