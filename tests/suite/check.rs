//! Faults in the content are all found in one run, and no bot starts on them.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::support::process::{LIBRARY, backtalk, folder, run, write};

/// A folder in which everything that issue reports call bad input is wrong at once.
fn broken(test: &str) -> String {
    let folder = folder(
        test,
        &[
            (
                "faq.toml",
                "title = \"T\"\n[[groups]]\nid = \"a\"\ntitle = \"A\"\n[[groups]]\nid = \"empty\"\ntitle = \"E\"\n",
            ),
            (
                "documents.toml",
                "[article]\ntitle = \"T\"\npublisher = \"P\"\n",
            ),
            (
                "entries/a/sound.md",
                &entry("Is this sound?", "is it sound", ""),
            ),
            (
                "entries/a/missing-field.md",
                &entry("Is a field missing?", "field gone", "").replace("question", "# question"),
            ),
            (
                "entries/a/unknown-field.md",
                &entry("Is a field odd?", "field odd", "relatd = []\n"),
            ),
            (
                "entries/a/duplicate-phrasing.md",
                &entry("Is it a repetition?", "Is it sound!", ""),
            ),
            (
                "entries/a/unknown-source.md",
                &entry("Who says?", "says who", "").replace("[\"article\"]", "[\"artcle\"]"),
            ),
            (
                "entries/a/unknown-related.md",
                &entry("What next?", "and next", "related = [\"sond\"]\n"),
            ),
            (
                "entries/a/broken-toml.md",
                &entry("Is it broken?", "broken is it", "related = [\n"),
            ),
            (
                "entries/b/sound.md",
                &entry("Is the id taken?", "taken id", ""),
            ),
        ],
    );
    write(
        &folder,
        "entries/a/not-utf-8.md",
        b"+++\nquestion = \"\xff\"\n+++\n",
    );
    std::fs::create_dir_all(folder.join("entries/empty")).expect("the folder can be written");
    folder
        .to_str()
        .expect("the project's path is UTF-8")
        .to_owned()
}

fn entry(question: &str, phrasing: &str, more: &str) -> String {
    format!(
        "+++\nquestion = \"{question}\"\nphrasings = [\"{phrasing}\"]\nsources = [\"article\"]\n\
         reviewed = 2026-11-21\n{more}+++\nYes.\n"
    )
}

#[test]
fn every_fault_is_reported_in_one_run_with_its_remedy() {
    let folder = broken("check-broken");
    let outcome = run(backtalk(&["check", "--faq", &folder]), "");
    assert_eq!(outcome.code, Some(1));
    assert_eq!(outcome.stderr, "");
    insta::assert_snapshot!("check-broken", outcome.stdout);
}

#[test]
fn no_command_starts_on_a_broken_faq() {
    let folder = broken("start-broken");
    for command in ["chat", "ask"] {
        let outcome = run(backtalk(&[command, "--faq", &folder]), "is it sound\n");
        assert_eq!(outcome.code, Some(1), "{command}");
        assert_eq!(outcome.stdout, "", "{command}");
        assert!(
            outcome.stderr.contains("not-utf-8.md: file: is not UTF-8"),
            "{}",
            outcome.stderr
        );
    }
    let server = TcpListener::bind("127.0.0.1:0").expect("loopback");
    server.set_nonblocking(true).expect("loopback");
    let address = server.local_addr().expect("loopback");
    let mut telegram = backtalk(&["telegram", "--faq", &folder]);
    telegram
        .env("TELOXIDE_TOKEN", "12345:dummy")
        .env("TELOXIDE_API_URL", format!("http://{address}"));
    let outcome = run(telegram, "");
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("not-utf-8.md: file: is not UTF-8"),
        "{}",
        outcome.stderr
    );
    let called = server.accept().map(|(_, caller)| caller);
    assert_eq!(
        called.map_err(|e| e.kind()),
        Err(ErrorKind::WouldBlock),
        "it called Telegram"
    );
}

#[test]
fn folders_that_hold_no_faq_are_named() {
    let empty = folder("check-empty", &[]);
    let outcome = run(
        backtalk(&["check", "--faq", empty.to_str().expect("UTF-8")]),
        "",
    );
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stdout
            .contains("entries: file: holds no entry; add one as"),
        "{outcome:?}"
    );
    assert!(
        outcome
            .stdout
            .contains("faq.toml: file: is missing; add it"),
        "{outcome:?}"
    );

    let absent = empty.join("absent");
    let outcome = run(
        backtalk(&["check", "--faq", absent.to_str().expect("UTF-8")]),
        "",
    );
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("the content cannot be read: "),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("absent"), "{outcome:?}");
}

#[test]
fn a_phrasing_that_leads_elsewhere_is_a_fault_of_content_that_loads() {
    // Different for the eye and for the loader, the same after normalization.
    let adult = entry("How does an adult get a card?", "I can't get a card", "");
    let child = entry("How does a child get a card?", "I cannot get a card", "");
    let folder = folder(
        "check-astray",
        &[
            LIBRARY[0],
            (
                "documents.toml",
                "[article]\ntitle = \"T\"\npublisher = \"P\"\n",
            ),
            ("entries/cards/adult-card.md", &adult),
            ("entries/cards/child-card.md", &child),
        ],
    );
    let outcome = run(
        backtalk(&["check", "--faq", folder.to_str().expect("UTF-8")]),
        "",
    );
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let expected =
        "entries/cards/child-card.md: phrasings: \"I cannot get a card\" leads to \"adult-card\"; ";
    assert!(outcome.stdout.starts_with(expected), "{}", outcome.stdout);
    assert!(
        outcome.stdout.ends_with("\n1 fault\n"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn our_own_content_has_no_faults() {
    let outcome = run(backtalk(&["check"]), "");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    assert!(
        outcome.stdout.ends_with("; no faults\n"),
        "{}",
        outcome.stdout
    );
}
