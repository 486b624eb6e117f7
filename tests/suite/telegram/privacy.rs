//! What is left of those who wrote: nothing, in no file and no line of the log.

use std::collections::HashSet;

use serde_json::json;

use super::crashes::Lives;
use crate::support::people::Person;
use crate::support::server::{Fault, TOKEN};

/// Part of every name, address and invented word of this test, and of nothing else.
const MARK: &str = "zqxk";
/// Part of every telephone number.
const PHONE: &str = "5550199";
/// How many chats there are.
const CHATS: usize = 1000;

/// A word that nobody else says.
fn word(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    let [one, two, three] = [number / 676, number / 26, number].map(letter);
    format!("{one}{MARK}{two}{three}")
}

/// What someone writes, with much of themselves in it.
fn text(number: usize) -> String {
    let word = word(number);
    match number % 9 {
        0 => format!("What does it cost, dear Dr {word}?"),
        1 => format!("my name is {word}, call me on 0172 {PHONE}{number} about {word}s"),
        2 => format!("/start {word}"),
        3 => format!("write to {word}@mail.example or @{word}_x, www.{word}.example"),
        4 => format!("I'm {word} and live at {number} {word} Street. Which table do you use?"),
        5 => format!("{word} {word} is the weather nice in {word}town today"),
        6 => format!("/forget {word}"),
        7 => format!("Hallo, ich heiße {word} und meine Nummer ist +49172{PHONE}"),
        _ => format!("{word}\u{301}\u{200b} <b>{word}</b> \u{202e}{word}"),
    }
}

/// Whether one of these numbers is among the bytes, as a database or a program writes them.
fn holds(bytes: &[u8], numbers: &HashSet<i64>) -> bool {
    // Six bytes are what SQLite takes for numbers of this size; of eight, either way round, the first or last six.
    let forms: HashSet<[u8; 6]> = numbers
        .iter()
        .flat_map(|number| {
            let [_, _, a, b, c, d, e, f] = number.to_be_bytes();
            [[a, b, c, d, e, f], [f, e, d, c, b, a]]
        })
        .collect();
    bytes.windows(6).any(|window| {
        window
            .try_into()
            .is_ok_and(|window: [u8; 6]| forms.contains(&window))
    })
}

#[test]
fn a_thousand_chats_leave_nothing_of_themselves_in_log_or_database() {
    let lives = Lives::new();
    let bot = lives.start();
    let (mut people, mut refused) = (Vec::new(), 0);
    for number in 0..CHATS {
        if number == 1 {
            // Many write now, who share the faults; the first, who is waited for, would have had them all, one after
            // the other and each later than the last.
            for fault in [Fault::Drop, Fault::Status(502), Fault::Garble] {
                lives.server.plan("sendMessage", None, fault, 5);
            }
        }
        let mut person = match number % 10 {
            9 => Person::in_group(&lives.server),
            _ => Person::in_private(&lives.server),
        };
        person.username = format!("{}_user", word(number));
        if number % 200 == 7 {
            let refusal = Fault::Refuse("Bad Request: NEW_REASON");
            lives
                .server
                .plan("sendMessage", Some(person.chat), refusal, 1);
            refused += 1;
        }
        let text = text(number);
        match number % 10 {
            9 if text.starts_with('/') => person.sends(&json!({ "text": text })),
            9 => person.sends(&json!({"text": format!("/ask {text}")})),
            8 if !text.starts_with('/') => person.sends(&json!({"caption": text, "photo": []})),
            _ => person.sends(&json!({ "text": text })),
        };
        if number % 100 == 0 {
            person.types(&text);
            let data = format!("entry:{}", word(number));
            person.calls_back(json!({"data": data, "message": person.of_the_bot()}));
        }
        people.push(person);
    }
    lives.wait_for_answers(people.len() - refused);
    let during = lives.on_disk();
    bot.signal("TERM");
    bot.ended();
    let (log, after) = (bot.log(), lives.on_disk());
    assert!(
        log.contains("answered") && log.contains("NEW_REASON"),
        "the log is on"
    );
    let kept = String::from_utf8_lossy(&after);
    assert!(
        kept.contains("weather") && kept.contains("[name]"),
        "unanswered questions are kept"
    );

    let numbers: HashSet<i64> = people.iter().map(|person| person.chat.abs()).collect();
    assert!(
        holds(&people[0].chat.to_be_bytes(), &numbers),
        "the search works"
    );
    let first = people[0].chat.to_string();
    // Seven digits of ten: a time of day in the log has fewer in a row.
    let id = &first[..7];
    let group = people[9].chat.abs().to_string();
    let secret = TOKEN.split(':').next_back().unwrap_or_default();
    for (place, bytes) in [
        ("log", log.as_bytes()),
        ("database in use", &during),
        ("database", &after),
    ] {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        for private in [
            MARK,
            PHONE,
            "o'neil",
            "ann <",
            "backs &",
            id,
            &group[..10],
            &secret.to_lowercase(),
        ] {
            if let Some(at) = text.find(private) {
                let around: String = text[..at].chars().rev().take(80).collect();
                let around: String = around.chars().rev().collect();
                panic!("{private} is in the {place}, after {around:?}");
            }
        }
        assert!(!holds(bytes, &numbers), "an id is in the {place}");
    }
    for file in std::fs::read_dir(lives.database().parent().expect("a folder"))
        .expect("the folder is there")
        .flatten()
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(
            mode & 0o777,
            0o600,
            "{:?} is for its owner only",
            file.path()
        );
    }
}
