//! `ask`: any bytes in, the promised form out.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use serde_json::Value;

use crate::support::process::{LIBRARY, Outcome, backtalk, folder, run};

fn library(test: &str) -> PathBuf {
    folder(test, &LIBRARY)
}

fn ask(folder: &PathBuf, options: &[&str], input: impl AsRef<[u8]>) -> Outcome {
    let mut command = backtalk(&["ask"]);
    command.arg("--faq").arg(folder).args(options);
    run(command, input)
}

fn objects(outcome: &Outcome) -> Vec<Value> {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    let lines = outcome.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("every line is one JSON object"))
        .collect()
}

/// Holds a line of output against the contract of `ask --json`; `value` is the same line, parsed.
fn assert_contract(line: &str, value: &Value) {
    // Written again from its fields, it is the same: these keys, in this order, and no others.
    let triage = match &value["triage"] {
        Value::Null => "null".to_owned(),
        found => format!(
            r#"{{"level":{},"concept":{}}}"#,
            found["level"], found["concept"]
        ),
    };
    let expected = format!(
        r#"{{"utterance":{},"decision":{},"answers":{},"candidates":{},"triage":{triage},"reply":{}}}"#,
        value["utterance"],
        value["decision"],
        value["answers"],
        value["candidates"],
        value["reply"]
    );
    assert_eq!(line, expected);

    let scored = |name: &str| -> Vec<(String, f64)> {
        let items = value[name].as_array().expect("a list");
        let pair =
            |item: &Value| Some((item["entry"].as_str()?.to_owned(), item["score"].as_f64()?));
        items
            .iter()
            .map(|item| pair(item).expect("entry and score"))
            .collect()
    };
    let (answers, candidates) = (scored("answers"), scored("candidates"));
    assert!(candidates.len() <= 5, "{line}");
    assert!(
        candidates.is_sorted_by(|a, b| a.1 >= b.1),
        "best first: {line}"
    );
    for (_, score) in answers.iter().chain(&candidates) {
        assert!((0.0..=1.0).contains(score), "{line}");
    }
    let decision = value["decision"].as_str().expect("a text");
    assert!(
        ["answer", "suggest", "abstain", "red-flag", "small-talk"].contains(&decision),
        "{line}"
    );
    assert_eq!(answers.is_empty(), decision != "answer", "{line}");
    let urgent =
        ["emergency", "urgent"].contains(&value["triage"]["level"].as_str().unwrap_or_default());
    assert_eq!(urgent, decision == "red-flag", "{line}");
    assert!(
        !value["reply"].as_str().expect("a text").is_empty(),
        "{line}"
    );
}

#[test]
fn our_own_faq_answers_thousands_of_lines_in_order_and_the_same_each_time() {
    let phrases = [
        "Does massage hurt?",
        "does masage realy hurt",
        "how do i book and what does it cost",
        "which planet is biggest",
        "thanks",
        "🙏",
        "",
        "my back",
    ];
    let input: String = (0..3000)
        .map(|i| format!("{}\n", phrases[i % phrases.len()]))
        .collect();
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| run(backtalk(&["ask", "--json"]), &input));
        let second = scope.spawn(|| run(backtalk(&["ask", "--json"]), &input));
        (
            first.join().expect("it ran"),
            second.join().expect("it ran"),
        )
    });
    assert_eq!(first.stdout, second.stdout, "same input, same output");
    let objects = objects(&first);
    assert_eq!(objects.len(), 3000);
    for ((line, value), asked) in first
        .stdout
        .lines()
        .zip(&objects)
        .zip(phrases.iter().cycle())
    {
        assert_eq!(value["utterance"], *asked);
        assert_contract(line, value);
    }
    let known = &objects[0];
    assert_eq!(known["decision"], "answer");
    assert_eq!(
        known["answers"],
        serde_json::json!([{"entry": "does-it-hurt", "score": 1.0}])
    );
    assert_eq!(known["candidates"][0], known["answers"][0]);
    assert_eq!(known["triage"], Value::Null);
    let reply = known["reply"].as_str().unwrap_or_default();
    for part in [
        "Does massage hurt?\n\n",
        "doctor",
        "\nSource: ",
        "\nLast reviewed: ",
    ] {
        assert!(reply.contains(part), "{part:?} in {reply}");
    }
    assert_eq!(objects[5]["decision"], "small-talk", "an emoji alone");
}

#[test]
fn any_bytes_are_one_utterance_a_line() {
    let long = "when is the library open ".repeat(4000);
    let input = [
        b"When is the library open?\r\n".as_slice(),
        b"\n",
        b"\xff\xfe opening hours \xc3\n",
        "\u{202e}مكتبة 图书馆 \u{0} \u{7} \u{1b}[31m\n".as_bytes(),
        "🙂🙃\n".as_bytes(),
        b"  \t \r\n",
        b"a\rb\n",
        long.as_bytes(),
        b"\n",
        b"opening hours",
    ]
    .concat();
    let outcome = ask(&library("ask-bytes"), &["--json"], input);
    let objects = objects(&outcome);
    let utterances: Vec<&str> = objects
        .iter()
        .filter_map(|o| o["utterance"].as_str())
        .collect();
    let expected = [
        "When is the library open?",
        "",
        "\u{fffd}\u{fffd} opening hours \u{fffd}",
        "\u{202e}مكتبة 图书馆 \u{0} \u{7} \u{1b}[31m",
        "🙂🙃",
        "  \t ",
        "a\rb",
        long.as_str(),
        "opening hours",
    ];
    assert_eq!(utterances, expected);
    for (line, value) in outcome.stdout.lines().zip(&objects) {
        assert_contract(line, value);
    }
    let decisions: Vec<&str> = objects
        .iter()
        .filter_map(|o| o["decision"].as_str())
        .collect();
    assert_eq!(decisions[0], "answer");
    assert_eq!(decisions[2], "answer", "what can be read is read");
    assert_eq!(decisions[8], "answer", "a last line needs no end");
    for wordless in [1, 4, 5] {
        assert_eq!(decisions[wordless], "abstain");
        let reply = objects[wordless]["reply"].as_str().unwrap_or_default();
        assert!(reply.starts_with("Please write your question"), "{reply}");
    }
}

#[test]
fn a_minimal_faq_about_anything_is_answered_from() {
    let folder = library("ask-minimal");
    let outcome = ask(&folder, &["what time do you close today"], "");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!("ask-minimal", outcome.stdout);
}

#[test]
fn without_an_argument_every_line_is_asked_and_an_empty_one_too() {
    let outcome = ask(&library("ask-lines"), &[], "opening hours\n\nopening hours");
    assert_eq!(outcome.code, Some(0));
    let replies: Vec<&str> = outcome.stdout.split("When is the library open?").collect();
    assert_eq!(replies.len(), 3, "{}", outcome.stdout);
    assert!(
        replies[1].contains("Please write your question"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn explain_says_why_before_the_reply() {
    let folder = library("ask-explain");
    let plain = ask(&folder, &["opening hours"], "").stdout;
    let explained = ask(&folder, &["--explain", "opening hours"], "").stdout;
    let why = explained
        .strip_suffix(&plain)
        .expect("the reply is the same");
    assert!(!why.trim().is_empty());
}

#[test]
fn a_conversation_remembers_until_an_empty_line() {
    let folder = library("ask-conversation");
    let turns = "opening hours\nand on a sunday?\n\nand on a sunday?\n";
    let outcome = ask(&folder, &["--json", "--conversation"], turns);
    let objects = objects(&outcome);
    let decisions: Vec<&Value> = objects.iter().map(|o| &o["decision"]).collect();
    assert_eq!(
        objects.len(),
        3,
        "the empty line prints nothing: {decisions:?}"
    );
    assert_eq!(
        objects[1]["answers"][0]["entry"], "opening-hours",
        "{}",
        outcome.stdout
    );
    assert_ne!(objects[1], objects[2], "forgotten after the empty line");
    let alone = ask(&folder, &["--json"], "and on a sunday?\n");
    assert_eq!(
        objects[2],
        serde_json::from_str::<Value>(&alone.stdout).expect("JSON")
    );
}

/// Held on our own FAQ: the decision of what a few words alone may be trusted to mean.
#[test]
fn few_words_are_answered_only_where_they_name_what_they_are_about() {
    let rows = [
        // A question made of function words leans on what another part of the message names, and never stands alone.
        ("what could I take for it?", "suggest", None),
        (
            "Do I need an x-ray? What could I take for it?",
            "answer",
            Some("painkillers"),
        ),
        // A single word stands for the entry that is named after it.
        ("stenosis", "answer", Some("spinal-stenosis")),
        ("back", "suggest", None),
        ("many", "suggest", None),
    ];
    let input: String = rows.iter().map(|row| format!("{}\n", row.0)).collect();
    let outcome = run(backtalk(&["ask", "--json"]), input);
    for (object, (utterance, decision, entry)) in objects(&outcome).iter().zip(rows) {
        assert_eq!(object["decision"], decision, "{object}");
        let mut answers = object["answers"].as_array().into_iter().flatten();
        assert!(
            entry.is_none_or(|id| answers.any(|answer| answer["entry"] == id)),
            "{utterance}: {object}"
        );
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = library("ask-closed-pipe");
    for form in [&["--json"][..], &[]] {
        let mut command = backtalk(&["ask"]);
        let mut child = command
            .arg("--faq")
            .arg(&folder)
            .args(form)
            .spawn()
            .expect("it was built");
        let mut input = child.stdin.take().expect("it is piped");
        let output = child.stdout.take().expect("it is piped");
        std::thread::scope(|scope| {
            // More than pipes hold, so that it must notice.
            scope.spawn(move || input.write_all("opening hours\n".repeat(3000).as_bytes()));
            let mut first = String::new();
            let mut output = BufReader::new(output);
            output.read_line(&mut first).expect("it answers");
            assert!(first.contains("library"), "{first}");
        });
        let outcome = child.wait_with_output().expect("it ends");
        assert_eq!(outcome.status.code(), Some(0), "{form:?}");
        assert_eq!(String::from_utf8_lossy(&outcome.stderr), "", "{form:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_argument_of_any_bytes_is_read_as_far_as_it_can_be() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = backtalk(&["ask", "--json", "--faq"]);
    command
        .arg(library("ask-argument"))
        .arg(std::ffi::OsStr::from_bytes(b"opening hours \xff"));
    let outcome = run(command, "");
    assert_eq!(objects(&outcome)[0]["answers"][0]["entry"], "opening-hours");
}
