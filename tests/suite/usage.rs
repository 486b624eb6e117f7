//! The program explains itself, and wrong use is told apart from failure.

use backtalk::config::VARIABLES;

use crate::support::process::{backtalk, folder, run};

#[test]
fn every_command_explains_itself() {
    for command in [
        "",
        "telegram",
        "chat",
        "ask",
        "check",
        "unanswered",
        "stats",
        "share",
        "health",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let outcome = run(backtalk(&arguments), "");
        assert_eq!(outcome.code, Some(0), "{command}");
        assert_eq!(outcome.stderr, "", "{command}");
        let name = if command.is_empty() {
            "backtalk"
        } else {
            command
        };
        insta::assert_snapshot!(format!("help-{name}"), outcome.stdout);
    }
}

#[test]
fn wrong_use_exits_with_two_and_says_what_is_right() {
    let rows: [(&[&str], &str); 4] = [
        (&["sing"], "unrecognized subcommand 'sing'"),
        (&["ask", "--yaml"], "unexpected argument '--yaml'"),
        (&["ask", "--json", "--explain", "hi"], "cannot be used with"),
        (&["chat", "--faq"], "a value is required for '--faq <DIR>'"),
    ];
    for (arguments, expected) in rows {
        let outcome = run(backtalk(arguments), "");
        assert_eq!(outcome.code, Some(2), "{arguments:?}");
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_setting_that_cannot_be_right_is_one_line_and_exit_code_two() {
    let rows: [(&[(&str, &str)], &str); 8] = [
        (&[], "TELOXIDE_TOKEN is not set"),
        (&[("TELOXIDE_TOKEN", "")], "TELOXIDE_TOKEN is not set"),
        (
            &[("TELOXIDE_TOKEN", "s3cret")],
            "does not look like a bot token",
        ),
        (
            &[("TELOXIDE_TOKEN", "12345:s3cret with a space")],
            "does not look like a bot token",
        ),
        (
            &[
                ("TELOXIDE_TOKEN", "12345:s3cret"),
                ("TELOXIDE_API_URL", "localhost:8081"),
            ],
            "TELOXIDE_API_URL is no web address: localhost:8081",
        ),
        (
            &[
                ("TELOXIDE_TOKEN", "12345:s3cret"),
                ("OPERATORS", "7, @anna"),
            ],
            "OPERATORS is no list of Telegram user ids with commas between them, as 123456789, 987654321: @anna",
        ),
        (
            &[("TELOXIDE_TOKEN", "12345:s3cret"), ("BUSINESS", "maybe")],
            "BUSINESS is neither on nor off: maybe",
        ),
        (
            &[
                ("TELOXIDE_TOKEN", "12345:s3cret"),
                ("BUSINESS_PAUSE_HOURS", "169"),
            ],
            "BUSINESS_PAUSE_HOURS is no number of hours from 0 to 168: 169",
        ),
    ];
    for (settings, expected) in rows {
        let mut command = backtalk(&["telegram"]);
        command.envs(settings.iter().copied());
        let outcome = run(command, "");
        assert_eq!(outcome.code, Some(2), "{settings:?}: {outcome:?}");
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("s3cret"), "{}", outcome.stderr);
    }
}

#[test]
fn a_broken_env_file_is_reported_without_what_is_in_it() {
    let folder = folder(
        "broken-env-file",
        &[(
            ".env",
            "LOG=info\nTELOXIDE_TOKEN=12345:s3cret with a space\n",
        )],
    );
    let mut command = backtalk(&["telegram"]);
    command.current_dir(folder);
    let outcome = run(command, "");
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert_eq!(
        outcome.stderr,
        "backtalk: .env has a line that is not NAME=value; put a value with spaces in quotes\n"
    );
}

#[test]
fn the_example_settings_describe_every_variable() {
    let example = include_str!("../../.env.example");
    let mut described = Vec::new();
    let mut comment = Vec::new();
    for line in example.lines() {
        let setting = line.trim_start_matches('#').split_once('=');
        let name = setting.map(|(name, _)| name).filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        });
        if let Some(name) = name {
            for part in ["# Example: ", "# Default: "] {
                assert!(
                    comment.iter().any(|c: &&str| c.starts_with(part)),
                    "{name}: {part}"
                );
            }
            assert!(comment.len() > 2, "{name} is not described");
            described.push(name);
            comment.clear();
        } else if line.is_empty() {
            comment.clear();
        } else {
            comment.push(line);
        }
    }
    assert_eq!(described, VARIABLES);
}
