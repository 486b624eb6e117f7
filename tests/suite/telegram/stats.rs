//! `/stats`: what operators see, and what others do.

use std::sync::Arc;

use serde_json::json;

use super::{NONSENSE, QUESTION, question_of};
use crate::support::Folder;
use crate::support::bot::Bot;
use crate::support::people::{Person, Reply};
use crate::support::process::{backtalk, run};
use crate::support::server::{Server, USERNAME};

const THERAPISTS: &str = include_str!("../../../therapists.example.toml");

/// A bot with one operator, who is the second.
fn bot() -> (Bot, Person) {
    let (server, url) = Server::start();
    let operator = Person::in_private(&server);
    let file = ("therapists.toml".to_owned(), THERAPISTS.to_owned());
    let operators = format!("1, {}", operator.chat);
    let bot = Bot::launch(
        server,
        &url,
        None,
        Arc::new(Folder::with(&[file])),
        &[("OPERATORS", &operators)],
    );
    (bot, operator)
}

fn line<'r>(reply: &'r Reply, beginning: &str) -> &'r str {
    let mut lines = reply
        .text()
        .lines()
        .map(|line| line.trim_start_matches("• "));
    lines
        .find_map(|line| line.strip_prefix(beginning))
        .unwrap_or_else(|| panic!("no {beginning:?} in {}", reply.text()))
}

#[test]
fn operators_see_counts_of_five_and_more_and_a_chart() {
    let (bot, operator) = bot();
    let empty = operator.says("/stats");
    assert_eq!(line(&empty, "Answered: "), "fewer than 5");
    assert_eq!(line(&empty, "Found helpful: "), "too few have said");
    assert!(!empty.text().contains("Shown most"));
    for i in 0..6 {
        let ann = Person::in_private(&bot.server);
        ann.says("/start anna");
        ann.says("/start anna");
        let reply = ann.says(QUESTION);
        ann.presses(&reply, if i < 4 { "👍" } else { "👎" }).edit();
        if i < 4 {
            ann.says(NONSENSE);
            ann.says("thank you");
        }
    }
    let since = bot.server.count();
    let reply = operator.says("/stats 7");
    assert!(
        reply.text().starts_with("The last 7 days\n"),
        "{}",
        reply.text()
    );
    assert_eq!(line(&reply, "Questions a day: "), "2", "ten in seven days");
    assert_eq!(line(&reply, "Answered: "), "6");
    assert_eq!(line(&reply, "Not covered: "), "fewer than 5");
    assert_eq!(line(&reply, "Emergency cards: "), "fewer than 5");
    assert_eq!(line(&reply, "Found helpful: "), "67 %");
    assert!(reply.text().contains(&format!(
        "Shown most\n\n• {} – 6",
        question_of(super::ENTRY)
    )));
    assert_eq!(line(&reply, "Anna Berg: "), "6 new chats, 10 questions");
    let chart = bot.server.wait(since, "the chart", |call| {
        call.method == "sendphoto" && call.params["chat_id"] == operator.chat
    });
    let picture = chart.file.expect("a picture").bytes;
    assert!(
        picture.starts_with(b"\x89PNG") && picture.len() < 100_000,
        "{}",
        picture.len()
    );
    // The same numbers at the command line, where the database is.
    let mut command = backtalk(&["stats", "--csv"]);
    let database = bot.data.path().join("backtalk.db");
    command.env("DATABASE_URL", format!("sqlite://{}", database.display()));
    let csv = run(command, "").stdout;
    assert!(
        csv.contains("questions,anna,10\n") && csv.contains("new-chats,anna,6\n"),
        "{csv}"
    );
}

#[test]
fn to_everybody_else_it_is_no_command() {
    let (bot, operator) = bot();
    let ann = Person::in_private(&bot.server);
    for text in ["/stats", "/stats 7", &format!("/stats@{USERNAME}")] {
        assert_eq!(
            ann.says(text).text(),
            "I do not know that command. /help shows what I can do.",
            "{text}"
        );
    }
    let mut in_group = Person::in_group(&bot.server);
    in_group.id = operator.chat;
    in_group.is_ignored("message", in_group.message(&json!({"text": "/stats"})));
    let named = in_group.says(&format!("/stats@{USERNAME}"));
    assert!(
        named.text().starts_with("I do not know that command."),
        "a group is no place for it"
    );
    let since = bot.server.count();
    let no_number = operator.says("/stats what?");
    assert!(no_number.text().starts_with("The last 30 days"));
    bot.server
        .wait(since, "the chart", |call| call.method == "sendphoto");
    let emergency = operator.says("/stats I have crushing chest pain and I can't breathe");
    assert!(emergency.has_button("numbers"), "{}", emergency.text());
    let menus = bot.server.calls(0, |call| call.method == "setmycommands");
    let with_it = menus
        .iter()
        .filter(|call| call.params["commands"].to_string().contains("\"stats\""));
    let chats: Vec<_> = with_it
        .map(|call| call.params["scope"]["chat_id"].clone())
        .collect();
    assert_eq!(
        chats,
        [json!(1), json!(operator.chat)],
        "the operators' menus"
    );
}
