//! Cards and posters: they are found, read and printed as they should be, whoever's they are.

use std::path::Path;

use crate::support::process::{Outcome, backtalk, folder, run};
use crate::support::qr::Grey;
use crate::support::server::{Server, TOKEN, USERNAME};

const THERAPISTS: &str = include_str!("../../therapists.example.toml");

/// Everything as long as it may be.
fn longest() -> String {
    let long = |n: usize, word: &str| {
        let text = format!("{word} ").repeat(n);
        text.chars().take(n).collect::<String>().trim().to_owned()
    };
    format!(
        "[[therapist]]\ncode = \"{}\"\nname = \"{}\"\nqualifications = [\"{}\"]\ncity = \"{}\"\n\
         languages = [\"{}\"]\ntelegram = \"anna_berg\"\n",
        "w".repeat(32),
        long(60, "Wilhelmína Nguyễn-Ødegård"),
        long(120, "Massage"),
        "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysilio",
        long(80, "Tiếng-Việt"),
    )
}

/// Runs `share` for a bot, with these therapists, in a folder of its own.
fn share(test: &str, therapists: &str, arguments: &[&str]) -> (Outcome, std::path::PathBuf) {
    let folder = folder(test, &[("therapists.toml", therapists)]);
    let mut command = backtalk(&[&["share"], arguments].concat());
    command.current_dir(&folder);
    (run(command, ""), folder)
}

fn written(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).expect("it was written")
}

#[test]
fn the_code_of_every_sheet_leads_to_the_link() {
    let long_bot = "a_bot_with_a_username_of_32_bot_";
    for (test, bot, therapists, code) in [
        ("share-short", "our_bot", THERAPISTS, "anna"),
        ("share-accents", "our_bot", THERAPISTS, "HONG"),
        ("share-long", long_bot, &longest(), &"w".repeat(32)),
    ] {
        let link = format!("https://t.me/{bot}?start={}", code.to_lowercase());
        for poster in [false, true] {
            let arguments = [
                "--bot",
                bot,
                "--therapist",
                code,
                "--out",
                "out.png",
                "--poster",
            ];
            let arguments = &arguments[..6 + usize::from(poster)];
            let (outcome, folder) = share(test, therapists, arguments);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            let picture = Grey::of_png(&written(&folder, "out.png"));
            assert_eq!(picture.decode(), link);
            let expected = if poster { (2480, 3508) } else { (1240, 1748) };
            assert_eq!(
                (picture.width, picture.height),
                expected,
                "300 dots an inch"
            );
        }
    }
}

#[test]
fn the_terminal_shows_the_link_and_a_code_that_can_be_scanned() {
    let (outcome, _) = share("share-terminal", "", &["--bot", "@our_bot"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.starts_with("https://t.me/our_bot\n"),
        "{}",
        outcome.stdout
    );
    assert_eq!(
        Grey::of_blocks(&outcome.stdout).decode(),
        "https://t.me/our_bot"
    );
}

#[test]
fn a_pdf_has_exactly_its_papers_size_and_its_fonts_inside() {
    for (poster, width, height) in [(false, 105.0, 148.0), (true, 210.0, 297.0)] {
        let arguments = [
            "--bot",
            "our_bot",
            "--therapist",
            "hong",
            "--out",
            "card.PDF",
            "--poster",
        ];
        let arguments = &arguments[..6 + usize::from(poster)];
        let (outcome, folder) = share("share-pdf", THERAPISTS, arguments);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let expected = format!("({width} × {height} mm)");
        assert!(outcome.stdout.contains(&expected), "{}", outcome.stdout);
        let pdf = written(&folder, "card.PDF");
        let text = String::from_utf8_lossy(&pdf);
        let (_, media) = text.split_once("/MediaBox [").expect("a page");
        let (media, _) = media.split_once(']').expect("a whole box");
        let sides: Vec<f64> = media
            .split_whitespace()
            .map(|n| n.parse().expect("a number"))
            .collect();
        let millimetres = |points: f64| points / 72.0 * 25.4;
        assert_eq!(&sides[..2], [0.0, 0.0]);
        assert!((millimetres(sides[2]) - width).abs() < 0.01, "{media}");
        assert!((millimetres(sides[3]) - height).abs() < 0.01, "{media}");
        assert_eq!(text.matches("/FontFile2").count(), 2);
        assert!(text.contains("/PrintScaling /None"));
        assert!(
            text.contains("(https://t.me/our_bot?start=hong)"),
            "a click leads there, too"
        );
    }
}

#[test]
fn an_svg_says_what_it_is_and_has_its_size_in_millimetres() {
    let (outcome, folder) = share("share-svg", "", &["--bot", "our_bot", "--out", "card.svg"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let svg = String::from_utf8(written(&folder, "card.svg")).expect("UTF-8");
    assert!(svg.contains("width=\"105mm\" height=\"148mm\" viewBox=\"0 0 105 148\""));
    assert!(svg.contains("<title>Questions about massage and back pain? Ask here.</title>"));
    assert!(svg.contains("<desc>https://t.me/our_bot</desc>"));
}

#[test]
fn the_username_is_asked_of_telegram_unless_it_is_given() {
    let (_server, url) = Server::start();
    let mut command = backtalk(&["share"]);
    command
        .env("TELOXIDE_TOKEN", TOKEN)
        .env("TELOXIDE_API_URL", &url);
    let outcome = run(command, "");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .starts_with(&format!("https://t.me/{USERNAME}\n")),
        "{}",
        outcome.stdout
    );
    let outcome = run(backtalk(&["share"]), "");
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("TELOXIDE_TOKEN is not set"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn what_cannot_be_made_is_named() {
    for (arguments, code, expected) in [
        (
            &["--bot", "our_bot", "--therapist", "otto"][..],
            1,
            "no therapist has the code \"otto\"",
        ),
        (
            &["--bot", "our_bot", "--out", "card.jpg"],
            2,
            "must end in .pdf, .svg or .png",
        ),
        (
            &["--bot", "our_bot", "--out", "no/where/card.pdf"],
            1,
            "cannot be written",
        ),
        (&["--bot", "our bot"], 2, "letters, digits and underscores"),
        (&["--bot", "our_bot", "--poster"], 2, "--out"),
    ] {
        let (outcome, _) = share("share-refused", THERAPISTS, arguments);
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    }
}

#[test]
fn faults_in_the_list_of_therapists_are_named_by_check_and_stop_the_start() {
    let broken = THERAPISTS
        .replace("\"anna\"", "\"cost\"")
        .replace("\"hong\"", "\"ho ng\"");
    let folder = folder("therapists-broken", &[("mine.toml", broken.as_str())]);
    let path = folder.join("mine.toml");
    let path = path.to_str().expect("UTF-8");
    let with_list = |arguments: &[&str]| {
        let mut command = backtalk(arguments);
        command.env("THERAPISTS", path).env("TELOXIDE_TOKEN", "1:T");
        run(command, "")
    };
    let outcome = with_list(&["check"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let expected = format!(
        "{path}: therapist[1].code: has ' '; use a-z, 0-9, - and _, for example \"anna-berg\"\n"
    );
    assert!(outcome.stdout.contains(&expected), "{}", outcome.stdout);
    let outcome = with_list(&["telegram"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("therapist[1].code: has ' '"),
        "{}",
        outcome.stderr
    );
    std::fs::write(path, broken.replace("ho ng", "hong")).expect("written");
    let outcome = with_list(&["check"]);
    let expected =
        "therapist[0].code: \"cost\" is the id of an entry of the FAQ; choose another code\n";
    assert!(outcome.stdout.contains(expected), "{}", outcome.stdout);
    std::fs::remove_file(path).expect("removed");
    let outcome = with_list(&["check"]);
    assert!(
        outcome
            .stdout
            .contains(": file: is missing; add it, or leave THERAPISTS unset"),
        "{}",
        outcome.stdout
    );
}
