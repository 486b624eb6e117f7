//! What a killed, stopped or restarted bot owes to those who have asked: every question is answered, and nothing about
//! them is left behind.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::faults::small_faq;
use crate::support::Folder;
use crate::support::bot::Bot;
use crate::support::people::Person;
use crate::support::process::{backtalk, run};
use crate::support::server::{Fault, Server, TOKEN};

/// Longest that everybody waits for a reply.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings of a bot to which updates are brought, at a port that is free.
pub(super) const WEBHOOK: [(&str, &str); 2] = [
    ("WEBHOOK_URL", "https://bot.example/telegram/hook"),
    ("WEBHOOK_LISTEN", "127.0.0.1:0"),
];

/// A bot that is ended and started again, on one server and one database.
pub(super) struct Lives {
    pub(super) server: Server,
    url: String,
    faq: Arc<Folder>,
    data: Arc<Folder>,
    pub(super) settings: Vec<(&'static str, String)>,
}

impl Lives {
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    /// A bot to which updates are brought.
    pub(super) fn in_webhook_mode() -> Self {
        Self::with(&WEBHOOK)
    }

    pub(super) fn with(settings: &[(&'static str, &str)]) -> Self {
        let (server, url) = Server::start();
        Self {
            server,
            url,
            faq: small_faq(),
            data: Arc::new(Folder::with(&[])),
            settings: settings
                .iter()
                .map(|&(name, value)| (name, value.to_owned()))
                .collect(),
        }
    }

    pub(super) fn start(&self) -> Bot {
        let (faq, data) = (self.faq.clone(), self.data.clone());
        let settings: Vec<_> = self
            .settings
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let bot = Bot::launch(self.server.clone(), &self.url, Some(faq), data, &settings);
        if settings.contains(&WEBHOOK[0]) {
            self.server.proxy_to(vec![bot.address("WEBHOOK_LISTEN")]);
        }
        bot
    }

    /// Where the database is.
    pub(super) fn database(&self) -> std::path::PathBuf {
        self.data.path().join("backtalk.db")
    }

    /// How often each chat was answered.
    pub(super) fn answers(&self) -> HashMap<i64, usize> {
        self.server.answers()
    }

    pub(super) fn wait_for_answers(&self, chats: usize) {
        let end = Instant::now() + PATIENCE;
        while self.answers().len() < chats {
            let answered = self.answers().len();
            assert!(Instant::now() < end, "{answered} of {chats} were answered");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything in the database's files.
    pub(super) fn on_disk(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.data.path()).expect("the folder is there");
        files
            .flatten()
            .flat_map(|file| std::fs::read(file.path()).unwrap_or_default())
            .collect()
    }
}

/// A hundred people ask one after the other; the bot is ended by a signal and started again after every twentieth.
fn ask_under_fire(lives: &Lives, signal: &str) -> Vec<Person> {
    let slow = Fault::Delay(Duration::from_millis(100));
    lives.server.plan("sendMessage", None, slow, usize::MAX);
    let mut bot = lives.start();
    let mut people = Vec::new();
    for number in 1..=100 {
        let person = Person::in_private(&lives.server);
        person.sends(&json!({"text": "What does it cost?"}));
        people.push(person);
        std::thread::sleep(Duration::from_millis(10));
        if number % 20 == 0 {
            // In the midst of the work: something was answered, and not everything.
            lives.wait_for_answers(number / 2);
            bot.signal(signal);
            bot.ended();
            bot = lives.start();
        }
    }
    lives.wait_for_answers(people.len());
    people
}

fn every_question_is_answered_after_kills(lives: &Lives) {
    let people = ask_under_fire(lives, "KILL");
    let answers = lives.answers();
    let unanswered = people.iter().filter(|p| !answers.contains_key(&p.chat));
    assert_eq!(unanswered.count(), 0);
    // Only what was in flight at a kill is said twice; the bulk is not.
    let said: usize = answers.values().sum();
    assert!(said < people.len() * 3 / 2, "{said} answers");
}

fn every_question_is_answered_once_despite_stops(lives: &Lives) {
    let people = ask_under_fire(lives, "TERM");
    let answers = lives.answers();
    for person in people {
        assert_eq!(answers.get(&person.chat), Some(&1));
    }
}

#[test]
fn a_bot_killed_again_and_again_answers_every_question() {
    every_question_is_answered_after_kills(&Lives::new());
}

#[test]
fn a_bot_stopped_again_and_again_answers_every_question_once() {
    every_question_is_answered_once_despite_stops(&Lives::new());
}

#[test]
fn a_bot_with_a_webhook_killed_again_and_again_answers_every_question() {
    every_question_is_answered_after_kills(&Lives::in_webhook_mode());
}

#[test]
fn a_bot_with_a_webhook_stopped_again_and_again_answers_every_question_once() {
    every_question_is_answered_once_despite_stops(&Lives::in_webhook_mode());
}

#[test]
fn a_restart_answers_what_was_taken_in_and_not_answered() {
    let lives = Lives::new();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    let stuck = Fault::Delay(Duration::from_secs(3600));
    lives.server.plan("sendMessage", Some(ann.chat), stuck, 1);
    let since = ann.sends(&json!({"text": "Which table do you use?"}));
    // Acknowledged, and so only in the bot's hands.
    lives
        .server
        .wait(since, "typing", |call| call.method == "sendchataction");
    let end = Instant::now() + PATIENCE;
    while lives.server.pending() > 0 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(lives.server.pending(), 0);
    bot.signal("KILL");
    bot.ended();
    let _bot = lives.start();
    assert!(ann.hears(since).text().contains("Five < six & tables."));
}

#[test]
fn what_waits_for_its_next_piece_outlives_a_kill() {
    let lives = Lives::new();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    let since = ann.sends(&json!({"text": "zxcv qwer"}));
    lives
        .server
        .wait(since, "typing", |call| call.method == "sendchataction");
    bot.signal("KILL");
    bot.ended();
    let _bot = lives.start();
    ann.hears(since);
}

#[test]
fn what_was_asked_is_counted_and_told_by_the_reports() {
    let lives = Lives::new();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    ann.says("is the weather nice today, my name is Quillfeather");
    bot.signal("TERM");
    bot.ended();
    let report = |command: &str| {
        let mut command = backtalk(&[command, "--faq", &lives.faq.path().to_string_lossy()]);
        command.env(
            "DATABASE_URL",
            format!("sqlite://{}", lives.database().display()),
        );
        let outcome = run(command, "");
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stdout
    };
    let stats = report("stats");
    assert!(stats.contains("cost"), "{stats}");
    assert!(stats.contains("abstain"), "{stats}");
    let disk = String::from_utf8_lossy(&lives.on_disk()).into_owned();
    assert!(
        disk.contains("weather") && disk.contains("[name]"),
        "redacted words are kept"
    );
}

#[test]
fn a_database_that_cannot_be_opened_is_one_clear_line_and_exit_code_1() {
    let (server, url) = Server::start();
    let faq = small_faq();
    let mut command = backtalk(&["telegram", "--faq", &faq.path().to_string_lossy()]);
    let nowhere = Path::new("no-such-folder").join("backtalk.db");
    command
        .env("TELOXIDE_TOKEN", TOKEN)
        .env("TELOXIDE_API_URL", &url)
        .env(
            "DATABASE_URL",
            format!("sqlite://{}", faq.path().join(nowhere).display()),
        );
    let outcome = run(command, "");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("cannot be opened"),
        "{}",
        outcome.stderr
    );
    assert_eq!(server.count(), 0, "nothing is polled that cannot be kept");
}
