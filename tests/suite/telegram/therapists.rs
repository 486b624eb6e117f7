//! Therapists who pass the bot on, and clients who come by their links.

use std::sync::LazyLock;

use backtalk::plain;
use serde_json::{Value, json};

use super::{ENGINE, ENTRY, NONSENSE, QUESTION, question_of};
use crate::support::Folder;
use crate::support::bot::Bot;
use crate::support::people::{Person, Reply};
use crate::support::process::{backtalk, run};
use crate::support::qr::Grey;
use crate::support::server::{Call, Fault, TOKEN, USERNAME};

const THERAPISTS: &str = include_str!("../../../therapists.example.toml");
const EMERGENCY: &str = "I have crushing chest pain and I can't breathe";
const CONTACT: &str = "Contact Anna Berg";
const HER_PAGE: &str = "https://anna-berg.example/book";

/// One bot for the tests that leave its therapists as they are.
static BOT: LazyLock<Bot> = LazyLock::new(|| bot(THERAPISTS));

fn bot(therapists: &str) -> Bot {
    let file = ("therapists.toml".to_owned(), therapists.to_owned());
    Bot::start_with(Folder::with(&[file]))
}

fn somebody() -> Person {
    Person::in_private(&BOT.server)
}

fn client_of_anna() -> Person {
    let ann = somebody();
    ann.says("/start anna");
    ann
}

fn opens_her_page(reply: &Reply) -> bool {
    reply.opens(CONTACT).as_deref() == Some(HER_PAGE)
}

#[test]
fn the_greeting_says_who_shared_the_bot_and_goes_on_as_ever() {
    let neutral = somebody().says("/start").text().to_owned();
    let reply = somebody().says("/start ANNA");
    let expected = "Anna Berg shared this bot with you. Registered massage therapist, BSc Physiotherapy, Leeds. \
                    Languages: English, Polski.\n\nWelcome! Ask the bot anything";
    assert!(reply.text().starts_with(expected), "{}", reply.text());
    assert!(
        reply.text().ends_with(&neutral),
        "the doctor line is where it always is"
    );
    assert!(
        somebody()
            .says("/start hong")
            .text()
            .starts_with("Nguyễn Thị Hồng shared this bot with you.")
    );
    for unknown in ["nobody", "anna2", "-", "🙂"] {
        assert_eq!(
            somebody().says(&format!("/start {unknown}")).text(),
            neutral,
            "{unknown}"
        );
    }
    let entry = somebody().says(&format!("/start {ENTRY}"));
    assert!(
        entry.text().starts_with(question_of(ENTRY)),
        "links to entries open them"
    );
}

#[test]
fn the_contact_button_stands_where_the_bot_has_no_answer() {
    let ann = client_of_anna();
    let miss = ann.says(NONSENSE);
    assert!(opens_her_page(&miss), "a miss: {:?}", miss.message);
    let second = ann.says("wibble wobble zxcv");
    assert!(
        opens_her_page(&second) && second.has_button("group:"),
        "a second miss: {:?}",
        second.message
    );
    assert!(
        opens_her_page(&ann.says("wo kann ich bitte einen termin machen und was kostet das")),
        "another language"
    );
    for entry in ["book-appointment", "cost", "choose-therapist"] {
        let reply = ann.says(question_of(entry));
        assert!(
            reply.text().starts_with(question_of(entry)),
            "{entry}: {}",
            reply.text()
        );
        assert!(opens_her_page(&reply), "{entry}");
        let voted = ann.presses(&reply, "👍").edit();
        assert!(opens_her_page(&voted), "{entry}, after a vote");
    }
    assert!(opens_her_page(&ann.says("/help")), "help");
    ann.says("...");
    assert!(
        opens_her_page(&ann.says("...")),
        "dots, for the second time"
    );
    let edit = ann.forges(&miss, "entry:cost").edit();
    assert!(opens_her_page(&edit), "opened by a button");
    let answer = ann.says(QUESTION);
    let instead = ann.presses(&answer, "👎").edit();
    assert_eq!(instead.opens(CONTACT), None);
    assert!(
        opens_her_page(&ann.presses(&instead, "None of these").edit()),
        "none of these"
    );
}

#[test]
fn nothing_of_a_therapist_is_in_an_answer_or_a_card() {
    let (ann, other) = (client_of_anna(), somebody());
    for words in [
        QUESTION,
        EMERGENCY,
        "thank you",
        "how much does massage cost?",
        "I have a pacemaker. Does massage hurt?",
        NONSENSE,
    ] {
        let (hers, others) = (ann.says(words), other.says(words));
        assert_eq!(hers.html(), others.html(), "{words}");
        assert_eq!(
            hers.text(),
            plain::render(&ENGINE.respond(words, None), ENGINE.faq()),
            "{words}"
        );
        let mut buttons = hers.buttons();
        buttons.retain(|(label, _)| label != CONTACT);
        assert_eq!(buttons, others.buttons(), "{words}");
    }
    assert_eq!(
        ann.says(EMERGENCY).opens(CONTACT),
        None,
        "the card and nothing else"
    );
    assert_eq!(ann.says(QUESTION).opens(CONTACT), None);
    let emergency = somebody().says(&format!("/start anna {EMERGENCY}"));
    assert_eq!(
        emergency.text(),
        ann.says(EMERGENCY).text(),
        "red flags come before greetings"
    );
}

#[test]
fn whoever_came_by_no_link_sees_no_contact_button() {
    for start in ["/start", "/start nobody", "/help"] {
        let ann = somebody();
        ann.says(start);
        assert_eq!(ann.says(NONSENSE).opens(CONTACT), None, "{start}");
    }
    let group = Person::in_group(&BOT.server);
    group.says(&format!("/start@{USERNAME} anna"));
    assert_eq!(
        group.says("/ask zxcv qwer asdf").opens(CONTACT),
        None,
        "nor does a group"
    );
}

#[test]
fn forget_forgets_whose_link_it_was() {
    let ann = client_of_anna();
    assert!(opens_her_page(&ann.says(question_of("cost"))));
    assert!(ann.says("/forget").text().starts_with("Done."));
    assert_eq!(ann.says(question_of("cost")).opens(CONTACT), None);
    assert!(ann.says("/privacy").text().contains("/forget"));
    let menu = BOT.server.calls(0, |call| call.method == "setmycommands");
    let has_it = |call: &Call| call.params["commands"].to_string().contains("\"forget\"");
    assert!(menu.iter().any(has_it));
    // What is left in the database names nobody.
    somebody().says("/start hong");
    let database = std::fs::read_dir(BOT.data.path()).expect("a folder");
    for file in database
        .flatten()
        .filter(|file| file.file_name().to_string_lossy().contains(".db"))
    {
        let bytes = std::fs::read(file.path()).expect("a file");
        let chat = ann.chat.to_string();
        assert!(
            !bytes
                .windows(chat.len())
                .any(|window| window == chat.as_bytes()),
            "{file:?}"
        );
    }
}

#[test]
fn everybody_can_share_the_link_and_its_code() {
    let reply = somebody().says("/share");
    assert_eq!(reply.call.method, "sendphoto");
    let link = format!("https://t.me/{USERNAME}");
    assert!(reply.text().ends_with(&link), "{}", reply.text());
    let file = reply.call.file.clone().expect("a picture");
    assert_eq!(Grey::of_png(&file.bytes).decode(), link);
    let dialogue = reply.opens("Share with someone").expect("a button");
    assert!(
        dialogue.starts_with("https://t.me/share/url?url=https%3A%2F%2Ft.me%2F"),
        "{dialogue}"
    );
    assert!(dialogue.contains("&text=Questions%20about"), "{dialogue}");
    let group = Person::in_group(&BOT.server);
    assert_eq!(
        group.says(&format!("/share@{USERNAME}")).call.method,
        "sendphoto"
    );
}

#[test]
fn a_therapist_shares_their_own_link_with_a_card_and_a_poster() {
    let mut anna = somebody();
    anna.username = "Anna_Berg".to_owned();
    let since = BOT.server.count();
    let reply = anna.says("/share");
    let link = format!("https://t.me/{USERNAME}?start=anna");
    assert!(
        reply.text().contains(&link) && reply.text().contains("Anna Berg"),
        "{}",
        reply.text()
    );
    assert_eq!(
        Grey::of_png(&reply.call.file.clone().expect("a picture").bytes).decode(),
        link
    );
    for name in ["backtalk-card-anna.pdf", "backtalk-poster-anna.pdf"] {
        let call = BOT.server.wait(since, name, |call| {
            call.params["chat_id"] == anna.chat
                && call.file.as_ref().is_some_and(|file| file.name == name)
        });
        assert_eq!(call.method, "senddocument");
        assert!(call.file.expect("a file").bytes.starts_with(b"%PDF-"));
    }
    anna.edits(reply.id() - 1, "/about");
    assert_eq!(anna.says("/about").call.method, "sendmessage");
}

#[test]
fn a_therapist_without_a_username_claims_a_chat_with_a_link_that_works_once() {
    let database = format!("sqlite://{}", BOT.data.path().join("backtalk.db").display());
    let mut command = backtalk(&["share", "--claim", "hong", "--bot", USERNAME]);
    command
        .current_dir(BOT.data.path())
        .env("TELOXIDE_TOKEN", TOKEN)
        .env("DATABASE_URL", database);
    let outcome = run(command, "");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let link = outcome.stdout.lines().next().expect("a link");
    let (_, payload) = link.split_once("?start=").expect("a payload");
    assert!(payload.len() <= 64, "{link}");
    let hong = somebody();
    let start = format!("/start {payload}");
    assert!(
        hong.says(&start)
            .text()
            .starts_with("Hello Nguyễn Thị Hồng.")
    );
    assert!(
        hong.says(&start)
            .text()
            .starts_with("Hello Nguyễn Thị Hồng."),
        "again by its owner"
    );
    assert!(hong.says("/share").text().ends_with("?start=hong"));
    let thief = somebody();
    assert!(
        thief
            .says(&start)
            .text()
            .starts_with("This link was used before")
    );
    assert!(!thief.says("/share").text().contains("?start="));
    hong.says("/forget");
    assert!(!hong.says("/share").text().contains("?start="));
    assert!(!BOT.log().contains(payload), "the log does not know it");
}

#[test]
fn where_pictures_or_addresses_are_refused_the_words_come_all_the_same() {
    let ann = client_of_anna();
    let refusal = Fault::Refuse("Bad Request: not enough rights to send photos to the chat");
    BOT.server.plan("sendPhoto", Some(ann.chat), refusal, 1);
    let reply = ann.says("/share");
    assert_eq!(reply.call.method, "sendmessage");
    assert!(reply.text().contains(&format!("https://t.me/{USERNAME}")));
    BOT.server
        .plan("sendPhoto", Some(ann.chat), Fault::Flood(1), 1);
    assert_eq!(
        ann.says("/share").call.method,
        "sendphoto",
        "after a flood limit"
    );
    let refusal = Fault::Refuse("Bad Request: BUTTON_URL_INVALID");
    BOT.server.plan("sendMessage", Some(ann.chat), refusal, 1);
    let reply = ann.says(question_of("cost"));
    assert!(reply.text().starts_with(question_of("cost")));
    assert!(reply.message["reply_markup"].is_null());
}

#[test]
fn the_list_changes_while_the_bot_runs() {
    let bot = bot(THERAPISTS);
    let ann = Person::in_private(&bot.server);
    ann.says("/start anna");
    let path = bot.data.path().join("therapists.toml");
    std::fs::write(&path, "[[therapist]]\ncode = \"x y\"\n").expect("written");
    bot.waits_for("the changed content has faults; the old one stays", 1);
    assert!(
        bot.log().contains("therapist[0].name: is missing"),
        "{}",
        bot.log()
    );
    assert!(
        opens_her_page(&ann.says(NONSENSE)),
        "a broken list changes nothing"
    );
    let without_her = THERAPISTS
        .replace("\"anna\"", "\"otto\"")
        .replace("Anna Berg", "Otto Ek");
    std::fs::write(&path, without_her).expect("written");
    bot.waits_for("the changed content is in use", 1);
    assert_eq!(ann.says(NONSENSE).opens(CONTACT), None, "a revoked code");
    let neutral = ann.says("/start").text().to_owned();
    assert_eq!(ann.says("/start anna").text(), neutral);
    assert!(ann.says("/start otto").text().starts_with("Otto Ek shared"));
    let last: Value = json!(ann.says(NONSENSE).opens("Contact Otto Ek"));
    assert_eq!(last, HER_PAGE);
}
