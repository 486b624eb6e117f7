//! The bot in Telegram, as people and their phones see it: the real program over HTTP.

mod business;
mod crashes;
mod entry_points;
mod faults;
mod figures;
mod flood;
mod groups;
mod hostile;
mod privacy;
mod reload;
mod rendering;
mod replicas;
mod stats;
mod therapists;
mod webhook;

use std::sync::LazyLock;

use backtalk::engine::Engine;
use backtalk::faq::{Tree, load};
use backtalk::plain;
use serde_json::{Value, json};

use crate::support::bot::{Bot, shared};
use crate::support::people::{Person, Reply};
use crate::support::process::{backtalk, run};
use crate::support::server::Fault;

/// The engine inside the bot.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(load::load(&Tree::built_in()).expect("the built-in FAQ is valid"))
});

fn somebody() -> Person {
    Person::in_private(&shared().server)
}

/// A question that one entry answers, and that entry.
const QUESTION: &str = "does massage hurt?";
const ENTRY: &str = "does-it-hurt";

/// Words that nothing in the FAQ fits.
const NONSENSE: &str = "zxcv qwer asdf";

fn question_of(entry: &str) -> &'static str {
    &ENGINE.faq().entry(entry).expect("an entry").question
}

fn answers(reply: &Reply, entry: &str) -> bool {
    reply.text().starts_with(question_of(entry))
}

#[test]
fn a_question_gets_exactly_the_answer_of_the_engine() {
    let reply = somebody().says(QUESTION);
    let expected = plain::render(&ENGINE.respond(QUESTION, None), ENGINE.faq());
    assert_eq!(reply.text(), expected);
    assert!(reply.html().contains("<blockquote expandable>Source: "));
    assert_eq!(
        reply.call.params["link_preview_options"]["is_disabled"],
        true
    );
    let related = ENGINE
        .faq()
        .entry(ENTRY)
        .expect("an entry")
        .related
        .len()
        .min(3);
    let buttons = reply.buttons();
    assert_eq!(
        buttons
            .iter()
            .filter(|(_, data)| data.starts_with("entry:"))
            .count(),
        related
    );
    assert!(reply.has_button("up:") && reply.has_button("down:") && reply.has_button("topics"));
    assert!(
        reply.message.get("reply_to_message").is_none(),
        "no quote in private"
    );
}

#[test]
fn small_talk_is_answered_without_buttons() {
    let reply = somebody().says("thank you");
    assert_eq!(
        reply.text(),
        "You are welcome. Ask again whenever you like."
    );
    assert!(reply.buttons().is_empty());
}

#[test]
fn a_related_question_opens_in_place() {
    let ann = somebody();
    let reply = ann.says(QUESTION);
    let (label, data) = reply.buttons()[0].clone();
    let edit = ann.presses(&reply, &label).edit();
    assert_eq!(edit.id(), reply.id());
    assert!(answers(
        &edit,
        data.strip_prefix("entry:").expect("an entry")
    ));
}

#[test]
fn a_follow_up_is_about_the_entry_opened_by_a_button() {
    let ann = somebody();
    let start = ann.says("/start is-it-safe");
    ann.forges(&start, "entry:session-length").edit();
    let follow_up = "and how long does it last?";
    let previous = ENGINE.faq().position("session-length");
    let expected = plain::render(&ENGINE.respond(follow_up, previous), ENGINE.faq());
    assert_eq!(ann.says(follow_up).text(), expected);
}

#[test]
fn a_vote_counts_once_and_takes_its_buttons_away() {
    let ann = somebody();
    let reply = ann.says(QUESTION);
    let old = reply.message.clone();
    let pressed = ann.presses(&reply, "👍");
    assert_eq!(pressed.note(), "Thank you, good to know.");
    let edit = pressed.edit();
    assert!(!edit.has_button("up:") && !edit.has_button("down:"));
    assert_eq!(edit.text(), reply.text());
    assert!(is_stale(
        &ann,
        json!({"message": edit.message, "data": format!("up:{ENTRY}")})
    ));
    // A double tap arrives with the buttons still there.
    assert!(is_stale(
        &ann,
        json!({"message": old, "data": format!("up:{ENTRY}")})
    ));
}

#[test]
fn a_thumb_down_opens_other_questions_and_none_of_these() {
    let ann = somebody();
    let reply = ann.says(QUESTION);
    let pressed = ann.presses(&reply, "👎");
    assert_eq!(pressed.note(), "I am sorry. Is it one of these?");
    let edit = pressed.edit();
    let offered: Vec<_> = edit
        .buttons()
        .into_iter()
        .filter(|(_, d)| d.starts_with("entry:"))
        .collect();
    assert_eq!(offered.len(), 3);
    assert!(
        offered
            .iter()
            .all(|(_, data)| data != &format!("entry:{ENTRY}"))
    );
    let pressed = ann.presses(&edit, "None of these");
    assert_eq!(pressed.answer.params["show_alert"], true);
    assert_eq!(
        pressed.edit().buttons(),
        [("Topics".to_owned(), "topics".to_owned())]
    );
}

#[test]
fn none_of_these_puts_the_question_on_the_list_once_and_a_refused_reply_puts_none() {
    let bot = Bot::start();
    let ann = Person::in_private(&bot.server);
    let reply = ann.says("does a massage hurt, Katarzyna asks");
    assert!(answers(&reply, ENTRY), "{}", reply.text());
    let edit = ann.presses(&reply, "👎").edit();
    let fault = Fault::Status(502);
    bot.server
        .plan("editMessageReplyMarkup", Some(ann.chat), fault, 2);
    let since = bot.server.count();
    ann.presses(&edit, "None of these");
    bot.server.wait(since, "accepted buttons", |call| {
        call.method == "editmessagereplymarkup" && call.result.is_ok()
    });
    // A double tap arrives with the buttons still there.
    ann.calls_back(json!({"message": edit.message, "data": format!("none:{ENTRY}")}));
    let fault = Fault::Status(502);
    bot.server.plan("sendMessage", Some(ann.chat), fault, 2);
    ann.says("where can i buy a zebra");
    bot.signal("TERM");
    bot.ended();
    let mut command = backtalk(&["unanswered", "--all", "--csv"]);
    let database = bot.data.path().join("backtalk.db");
    command.env("DATABASE_URL", format!("sqlite://{}", database.display()));
    let list = run(command, "").stdout;
    let counted = |words: &str| {
        let line = list.lines().find(|line| line.contains(words));
        line.unwrap_or_else(|| panic!("no {words} in {list}"))
            .contains(",1,")
    };
    assert!(counted("does a massage hurt"), "{list}");
    assert!(counted("where can i buy a zebra"), "{list}");
    assert!(!list.to_lowercase().contains("katarzyna"), "{list}");
}

#[test]
fn nothing_that_is_no_question_is_asked_for_twice() {
    let ann = somebody();
    let dots = ann.says("...");
    assert!(dots.text().starts_with("Please write your question"));
    assert!(
        ann.says("???").has_button("group:"),
        "the topics in its place"
    );
    let voice = json!({"voice": {"duration": 2, "file_id": "A", "file_unique_id": "B"}});
    assert!(ann.shows(&voice).has_button("group:"));
    assert!(ann.says(NONSENSE).has_button("group:"));
    ann.says("/help");
    assert!(!ann.shows(&voice).has_button("group:"), "begun anew");
}

fn is_stale(ann: &Person, callback: Value) -> bool {
    let pressed = ann.calls_back(callback);
    pressed
        .note()
        .starts_with("That button is from an older message")
        && pressed.answer.params["show_alert"] == true
}

#[test]
fn forged_and_outdated_buttons_get_a_polite_note() {
    let ann = somebody();
    let reply = ann.says(QUESTION);
    let message = || ann_message(&reply);
    for data in [
        "",
        "entry:",
        "entry:no-such-entry",
        "group:99:effects",
        "group:0:nowhere",
        "up:toxins",
        "none:toxins",
        "\u{0}",
        "🙂",
    ] {
        assert!(
            is_stale(&ann, json!({"message": message(), "data": data})),
            "{data:?}"
        );
    }
    assert!(is_stale(
        &ann,
        json!({"message": message(), "game_short_name": "chess"})
    ));
    assert!(is_stale(
        &ann,
        json!({"inline_message_id": "AAAA", "data": "topics"})
    ));
}

fn ann_message(reply: &Reply) -> Value {
    shared()
        .server
        .message(
            reply.message["chat"]["id"].as_i64().expect("a chat"),
            reply.id(),
        )
        .expect("the message is there")
}

#[test]
fn a_button_under_a_message_that_is_gone_opens_a_new_message() {
    let ann = somebody();
    let gone = json!({"message_id": 999_999, "date": 0, "chat": {"id": ann.chat, "type": "private", "first_name": "A"}});
    let since = shared().server.count();
    ann.calls_back(json!({"message": gone, "data": format!("entry:{ENTRY}")}));
    assert!(answers(&ann.hears(since), ENTRY));
}

#[test]
fn every_entry_is_three_taps_from_the_topics() {
    let ann = somebody();
    let mut message = ann.says("/topics");
    let mut found = std::collections::BTreeSet::new();
    let groups = message.buttons();
    assert_eq!(groups.len(), ENGINE.faq().groups.len());
    for (_, group) in &groups {
        message = ann.forges(&message, group).edit();
        let pages: Vec<String> = message
            .buttons()
            .into_iter()
            .map(|(_, data)| data)
            .filter(|data| data.starts_with("group:") && data != group)
            .collect();
        found.extend(entries_in(&message));
        for page in pages {
            message = ann.forges(&message, &page).edit();
            found.extend(entries_in(&message));
        }
        assert!(message.has_button("topics"), "a way back");
    }
    let all: std::collections::BTreeSet<String> = ENGINE
        .faq()
        .entries
        .iter()
        .map(|e| e.id.to_string())
        .collect();
    assert_eq!(found, all);
}

fn entries_in(message: &Reply) -> Vec<String> {
    let buttons = message.buttons().into_iter();
    buttons
        .filter_map(|(_, data)| Some(data.strip_prefix("entry:")?.to_owned()))
        .collect()
}

#[test]
fn deep_links_open_their_entry_and_unknown_ones_greet() {
    let ann = somebody();
    for entry in ["soreness-after", "back-pain-after-injury"] {
        assert!(answers(&ann.says(&format!("/start {entry}")), entry));
    }
    let plain = ann.says("/start");
    assert!(plain.text().contains("Please see a doctor first"));
    assert!(plain.has_button("group:"));
    for unknown in ["no-such-entry", "THERAPIST_7", "x y z"] {
        assert_eq!(
            ann.says(&format!("/start {unknown}")).text(),
            plain.text(),
            "{unknown}"
        );
    }
}

#[test]
fn share_gives_the_link_and_a_button_for_passing_it_on() {
    let reply = somebody().says("/share");
    assert!(reply.text().contains("https://t.me/Backtalk_test_bot"));
    let url = reply.message["reply_markup"]["inline_keyboard"][0][0]["url"]
        .as_str()
        .unwrap_or_default();
    assert!(
        url.starts_with("https://t.me/share/url?url=https%3A%2F%2Ft.me%2FBacktalk_test_bot&text="),
        "{url}"
    );
}

#[test]
fn sources_lists_every_article() {
    let reply = somebody().says("/sources");
    for document in &ENGINE.faq().documents {
        assert!(reply.text().contains(&document.title), "{}", document.title);
    }
}

#[test]
fn what_is_no_command_of_ours_is_refused_kindly() {
    let ann = somebody();
    for text in [
        "/weather",
        "/start_now",
        "/help@other_bot",
        "/weather@Backtalk_test_bot",
    ] {
        assert_eq!(
            ann.says(text).text(),
            "I do not know that command. /help shows what I can do.",
            "{text}"
        );
    }
    assert!(
        answers(&ann.says("/what? does massage hurt"), ENTRY),
        "a slash alone makes no command"
    );
}

#[test]
fn an_edited_question_changes_its_earlier_reply() {
    let ann = somebody();
    let since = ann.sends(&json!({"text": QUESTION}));
    let reply = ann.hears(since);
    let question = reply.id() - 1;
    let edit = ann.edits(question, "how often should I have a massage?");
    assert_eq!(edit.method, "editmessagetext");
    assert_eq!(edit.params["message_id"], reply.id());
    let now = shared()
        .server
        .message(ann.chat, reply.id())
        .expect("still there");
    assert!(
        now["text"]
            .as_str()
            .is_some_and(|t| t.starts_with(question_of("how-often")))
    );
    let other = ann.message(&json!({"text": "asked before a restart"}));
    let new = ann.edits(other["message_id"].as_i64().expect("a number"), QUESTION);
    assert_eq!(
        new.method, "sendmessage",
        "the reply to an unknown message is new"
    );
}

#[test]
fn an_edit_that_changes_nothing_is_spared_and_is_no_second_miss() {
    let ann = somebody();
    let reply = ann.says(NONSENSE);
    let mut question = shared()
        .server
        .message(ann.chat, reply.id() - 1)
        .expect("asked");
    question["text"] = json!(NONSENSE.to_uppercase());
    ann.is_ignored("edited_message", question);
    assert_eq!(ann.message_now(&reply), reply.text());
}

#[test]
fn two_misses_in_a_row_end_with_the_topics() {
    let ann = somebody();
    let first = ann.says(NONSENSE);
    assert!(
        first.text().contains("ask in other words"),
        "{}",
        first.text()
    );
    assert!(first.has_button("topics"));
    for _ in 0..2 {
        let next = ann.says(NONSENSE);
        assert!(next.text().contains("These are the topics I know"));
        assert!(next.has_button("group:"));
        assert!(!next.text().contains("other words"));
    }
    ann.says(QUESTION);
    assert_eq!(
        ann.says(NONSENSE).text(),
        first.text(),
        "an answer begins anew"
    );
}

/// A question in two pieces: the first says nothing by itself, the second not enough.
fn pieces() -> [String; 2] {
    let decided = |words: &str| ENGINE.respond(words, None).decision();
    let phrasings = ENGINE.faq().entries.iter().flat_map(|e| &e.phrasings);
    let halves = phrasings.filter_map(|phrasing| {
        let words: Vec<&str> = phrasing.split_whitespace().collect();
        let (head, tail) = words.split_at(words.len() / 2);
        let halves = [head.join(" "), tail.join(" ")];
        let fits = decided(&halves[0]) == "abstain"
            && ["abstain", "suggest"].contains(&decided(&halves[1]))
            && decided(&halves.join(" ")) == "answer";
        fits.then_some(halves)
    });
    halves
        .into_iter()
        .next()
        .expect("some question of the FAQ is like that")
}

#[test]
fn a_question_in_two_pieces_is_read_as_one() {
    let ann = somebody();
    let pieces = pieces();
    let expected = plain::render(&ENGINE.respond(&pieces.join(" "), None), ENGINE.faq());
    let messages = pieces.map(|text| ann.message(&json!({"text": text})));
    let since = shared().server.push_all("message", messages.to_vec());
    assert_eq!(ann.hears(since).text(), expected);
    ann.says("/about");
    let sent = shared().server.calls(since, |call| {
        call.method == "sendmessage" && call.params["chat_id"] == ann.chat
    });
    assert_eq!(sent.len(), 2, "one reply for both pieces, one for /about");
}

#[test]
fn waiting_for_the_next_piece_shows_that_the_bot_is_typing() {
    let ann = somebody();
    let since = ann.sends(&json!({"text": NONSENSE}));
    ann.hears(since);
    let typing = |call: &crate::support::server::Call| {
        call.method == "sendchataction" && call.params["chat_id"] == ann.chat
    };
    assert_eq!(shared().server.calls(since, typing).len(), 1);
    let since = ann.sends(&json!({"text": QUESTION}));
    ann.hears(since);
    assert_eq!(
        shared().server.calls(since, typing).len(),
        0,
        "an answer at once needs none"
    );
}

#[test]
fn captions_are_answered_and_wordless_messages_get_a_friendly_note() {
    let ann = somebody();
    let photo = json!([{"file_id": "AgAC", "file_unique_id": "AQAD", "file_size": 1, "width": 90, "height": 51}]);
    let document = json!({"file_name": "scan.pdf", "mime_type": "application/pdf", "file_id": "B", "file_unique_id": "C"});
    assert!(answers(
        &ann.shows(&json!({"photo": photo, "caption": QUESTION})),
        ENTRY
    ));
    assert!(answers(
        &ann.shows(&json!({"document": document, "caption": QUESTION})),
        ENTRY
    ));
    let voice = json!({"duration": 2, "mime_type": "audio/ogg", "file_id": "A", "file_unique_id": "B", "file_size": 9});
    let note = "I can only read text so far. Please write your question in a few words.";
    for (kind, content) in [
        ("photo", photo),
        ("document", document),
        ("voice", voice.clone()),
        ("audio", voice.clone()),
        (
            "video_note",
            json!({"length": 240, "duration": 3, "file_id": "A", "file_unique_id": "B"}),
        ),
        ("video", voice.clone()),
        ("animation", voice),
        (
            "sticker",
            json!({"emoji": "🙂", "set_name": "x", "is_animated": false, "is_video": false, "type": "regular", "width": 1, "height": 1}),
        ),
        ("location", json!({"latitude": 52.5, "longitude": 13.4})),
        (
            "venue",
            json!({"location": {"latitude": 1.0, "longitude": 2.0}, "title": "x", "address": "y"}),
        ),
        (
            "contact",
            json!({"phone_number": "+1", "first_name": "Bob"}),
        ),
        ("dice", json!({"emoji": "🎲", "value": 6})),
        (
            "story",
            json!({"chat": {"id": 1, "type": "private"}, "id": 3}),
        ),
        ("hologram", json!({"kind": "of the year 2031"})),
    ] {
        assert_eq!(ann.shows(&json!({kind: content})).text(), note, "{kind}");
    }
    let poll = json!({"id": "1", "question": QUESTION, "options": [], "total_voter_count": 0, "is_closed": false});
    assert!(
        answers(&ann.shows(&json!({"poll": poll})), ENTRY),
        "a poll's question is words"
    );
}

#[test]
fn an_album_gets_one_note() {
    let ann = somebody();
    let picture = || ann.message(&json!({"photo": [], "media_group_id": "137"}));
    let since = shared()
        .server
        .push_all("message", vec![picture(), picture(), picture()]);
    ann.hears(since);
    ann.says("/about");
    let sent = shared().server.calls(since, |call| {
        call.method == "sendmessage" && call.params["chat_id"] == ann.chat
    });
    assert_eq!(sent.len(), 2);
}

#[test]
fn blank_and_hostile_texts_get_a_sensible_reply() {
    let ann = somebody();
    for text in [
        " ",
        "\u{200b}",
        "🙂🙂🙂",
        "...",
        "<b>&amp;",
        "مرحبا",
        "\u{202e}evil",
        &"a".repeat(4096),
        &"massage hurt ".repeat(300),
    ] {
        assert!(!ann.says(text).text().is_empty(), "{text:.20}");
    }
}

#[test]
fn what_no_person_said_to_the_bot_is_ignored() {
    let ann = somebody();
    let message = |content: Value| ann.message(&content);
    let other_bot =
        json!({"id": 5, "is_bot": true, "first_name": "Other", "username": "other_bot"});
    ann.is_ignored(
        "message",
        message(json!({"pinned_message": ann.of_the_bot()})),
    );
    ann.is_ignored(
        "message",
        message(json!({"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}})),
    );
    ann.is_ignored(
        "message",
        message(json!({"text": QUESTION, "via_bot": other_bot})),
    );
    ann.is_ignored(
        "message",
        message(json!({"text": QUESTION, "from": other_bot})),
    );
    ann.is_ignored(
        "edited_message",
        message(json!({"location": {"latitude": 1.0, "longitude": 2.0}, "edit_date": 3})),
    );
    ann.is_ignored("channel_post", json!({"message_id": 3, "date": 1, "chat": {"id": -100, "type": "channel", "title": "C"}, "text": QUESTION}));
    ann.is_ignored(
        "my_chat_member",
        json!({"chat": {"id": ann.chat, "type": "private"}, "date": 1}),
    );
    ann.is_ignored("telepathy_of_2031", json!({"thought": QUESTION}));
    ann.is_ignored("message", json!({"unreadable": true}));
}

#[test]
fn inline_queries_offer_whole_answers_with_the_doctor_line() {
    let ann = somebody();
    let results = ann.types("does massage hurt");
    assert!((1..=10).contains(&results.len()));
    assert_eq!(results[0]["id"], ENTRY);
    assert_eq!(results[0]["title"], question_of(ENTRY));
    let html = results[0]["input_message_content"]["message_text"]
        .as_str()
        .unwrap_or_default();
    let doctor = ENGINE
        .faq()
        .doctor_line(ENGINE.faq().position(ENTRY).expect("an entry"));
    let (text, _) = crate::support::markup::parse(html).expect("valid");
    assert!(
        text.contains(doctor.as_str()) && text.contains("Source: "),
        "{text}"
    );
    assert!(
        !results[0]["description"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
    );
    assert_eq!(results, ann.types("does massage hurt"), "the same again");
}

#[test]
fn an_empty_inline_query_offers_the_first_question_of_each_group() {
    let ann = somebody();
    let results = ann.types("  ");
    assert_eq!(results.len(), ENGINE.faq().groups.len().min(10));
    assert_eq!(results[0]["title"], ENGINE.faq().entries[0].question);
}

#[test]
fn the_bot_introduces_itself_within_telegrams_limits() {
    let server = &shared().server;
    let wait = |method: &'static str, scope: &'static str| {
        server.wait(0, method, |c| {
            c.method == method && (scope.is_empty() || c.params["scope"]["type"] == scope)
        })
    };
    let private = wait("setmycommands", "all_private_chats");
    let group = wait("setmycommands", "all_group_chats");
    let names = |call: &crate::support::server::Call| {
        let all = call.params["commands"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        all.iter()
            .map(|c| c["command"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&private),
        [
            "start", "topics", "doctor", "help", "share", "sources", "privacy", "forget", "about"
        ]
    );
    assert_eq!(names(&group), ["ask", "topics", "doctor", "help"]);
    let long = wait("setmydescription", "").params["description"]
        .as_str()
        .unwrap_or_default()
        .chars()
        .count();
    assert!((1..=512).contains(&long), "{long}");
    let short = wait("setmyshortdescription", "").params["short_description"].clone();
    let short = short.as_str().unwrap_or_default();
    assert!(
        short.contains("doctor first") && short.chars().count() <= 120,
        "{short}"
    );
    assert!(
        shared()
            .log()
            .starts_with("Backtalk is at https://t.me/Backtalk_test_bot\n")
    );
}
