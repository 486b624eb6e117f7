//! The conversation in the terminal, over a pipe: the same turns without prompt and colours.

use crate::support::process::{LIBRARY, Outcome, backtalk, folder, run};

/// The replies to these lines in our own FAQ, without the greeting and the last words.
fn chat(input: impl AsRef<[u8]>) -> (Outcome, String) {
    let outcome = run(backtalk(&["chat"]), input);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    let text = outcome
        .stdout
        .strip_suffix(FAREWELL)
        .expect("it says goodbye");
    let (_, replies) = text
        .split_once("or type a number:\n")
        .expect("it says hello");
    let (_, replies) = replies.split_once("\n\n").unwrap_or_default();
    let replies = replies.to_owned();
    (outcome, replies)
}

fn library_chat(test: &str, input: impl AsRef<[u8]>) -> String {
    let mut command = backtalk(&["chat", "--faq"]);
    command.arg(folder(test, &LIBRARY));
    let outcome = run(command, input);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    outcome.stdout
}

const FAREWELL: &str = "Goodbye, and take care of yourself.\n\n";

#[test]
fn a_newcomer_is_greeted_and_walks_from_topics_to_an_answer() {
    let (outcome, replies) = chat("/topics\n5\n1\ndoes it HURT??\n");
    let greeting = outcome
        .stdout
        .strip_suffix(&replies)
        .unwrap_or(&outcome.stdout);
    for part in [
        "massage and back pain",
        "see a doctor first",
        "/topics",
        "/help",
        "/quit",
        "  1. ",
    ] {
        assert!(greeting.contains(part), "{part:?} in {greeting}");
    }
    assert!(!outcome.stdout.contains('\u{1b}'), "colours in a pipe");
    let topics = [
        "What would you like to know about?\n  1. ",
        "\n\nYour appointment\n   1. How often ",
    ];
    for part in topics.iter().chain(&[
        "\n\nHow often should I have a massage?\n\n",
        "\n\nDoes massage hurt?\n\n",
    ]) {
        assert!(replies.contains(part), "{part:?} in {replies}");
    }
}

#[test]
fn a_whole_conversation() {
    let input = "1\nborrowing card\n2\n99\n/topics\n2\n1\n/hepl\n/sources\n/QUIT\nnot read";
    insta::assert_snapshot!("chat", library_chat("chat-whole", input));
}

#[test]
fn the_other_commands_say_what_the_bot_is() {
    let replies = library_chat(
        "chat-commands",
        "/help\n/doctor\n/privacy\n/about\n/start\n",
    );
    for part in [
        "/topics –",
        "emergency number",
        "Nothing is kept",
        "No clinician has reviewed",
    ] {
        assert!(replies.contains(part), "{part:?} in {replies}");
    }
    assert_eq!(
        replies.matches("or type a number:").count(),
        2,
        "/start greets again"
    );
}

#[test]
fn odd_input_is_answered_and_blank_lines_are_not() {
    let bare = library_chat("chat-bare", "");
    assert_eq!(library_chat("chat-blank", "\n  \r\n\t\n"), bare);
    assert!(bare.ends_with(FAREWELL));
    let odd = library_chat(
        "chat-odd",
        b"\xff\xfe\n\x00\x1b[2J\n/\n0\n#3\n911\nexit\nnot read\n",
    );
    assert!(odd.ends_with(FAREWELL));
    assert!(!odd.contains('\u{1b}'), "what is typed is not echoed");
    assert!(
        !odd.contains("number 911"),
        "it may be a call for help: {odd}"
    );
    assert!(
        odd.contains("There is no number 0 here. Choose from 1 to "),
        "{odd}"
    );
}

#[test]

fn a_red_flag_is_met_with_its_card_alone() {
    let (_, replies) = chat("since this morning i cant pee and im numb between my legs\n1\n");
    let lines: Vec<&str> = replies
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(lines.iter().all(|line| line.starts_with('┃')), "{replies}");
    assert!(lines.concat().contains("emergency number"), "{replies}");
    assert!(
        !replies.contains("Source:"),
        "no number leads away from it: {replies}"
    );
}
