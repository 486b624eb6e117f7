//! Other languages: what people write is recognised, English stays English, and an emergency is seen in any of them.

use std::collections::BTreeMap;

use backtalk::engine::Engine;
use backtalk::faq::{Faq, Tree, load::load};
use backtalk::plain::render;
use backtalk::text::normalize;

/// Messages with the language they are in ("other": one that is answered in English only) and what triage must see.
const MESSAGES: &str = include_str!("../languages.tsv");

/// The lowest share of each language's messages that must be recognised, English among them, in percent.
const FLOOR: usize = 95;

struct Row<'t> {
    id: &'t str,
    message: &'t str,
    language: &'t str,
    emergency: bool,
}

fn rows() -> Vec<Row<'static>> {
    let lines = MESSAGES.lines().skip(1).map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("four fields");
        Row {
            id: field(),
            message: field(),
            language: field(),
            emergency: field() == "emergency",
        }
    });
    lines.collect()
}

fn built_in() -> Faq {
    load(&Tree::built_in()).expect("the built-in content loads")
}

/// The language in which a message is answered.
fn language_of<'f>(faq: &'f Faq, message: &str) -> &'f str {
    let text = normalize(message);
    if let Some(flag) = faq.languages.red_flags(&text).first() {
        return &flag.language.tag;
    }
    match faq.languages.detect(&text).map(|found| found.language) {
        Some(Some(language)) if language.reply.is_some() => &language.tag,
        Some(_) => "other",
        None => "en",
    }
}

#[test]
fn nearly_every_message_is_answered_in_its_language() {
    let faq = built_in();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows() {
        let found = language_of(&faq, row.message);
        let (right, all) = counts.entry(row.language).or_default();
        *all += 1;
        *right += usize::from(found == row.language);
        if found != row.language {
            println!("{} ({found}): {}", row.id, row.message);
        }
    }
    println!("right, all: {counts:?}");
    for (language, (right, all)) in counts {
        assert!(right * 100 >= FLOOR * all, "{language}: {right} of {all}");
    }
}

#[test]
fn every_emergency_is_seen_and_no_ordinary_message_raises_one() {
    let faq = built_in();
    let mut wrong = Vec::new();
    for row in rows() {
        let flags = faq.languages.red_flags(&normalize(row.message));
        if flags.is_empty() == row.emergency {
            let found: Vec<_> = flags.iter().map(|f| (f.concept, f.wording)).collect();
            wrong.push(format!("{}: {} {found:?}", row.id, row.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One entry beside the built-in triage and languages, the latter with something replaced.
fn small(from: &str, to: &str) -> Engine {
    let built_in = Tree::built_in();
    let mut tree = Tree::default();
    tree.set("faq.toml", "title = \"Small\"");
    let entry = "+++\nquestion = \"Does it hurt?\"\nphrasings = []\nsources = []\n+++\nA little.\n";
    tree.set("entries/all/does-it-hurt.md", entry);
    for path in built_in.paths().filter(|path| !path.contains("entries/")) {
        if path.starts_with("triage") || path == "references.toml" {
            tree.set(path, built_in.get(path).expect("it was listed"));
        }
    }
    let languages = built_in.get("languages.toml").expect("it is built in");
    let languages = std::str::from_utf8(languages).expect("TOML is UTF-8");
    assert!(languages.contains(from), "nothing would be replaced");
    tree.set("languages.toml", languages.replace(from, to));
    Engine::new(load(&tree).expect("what is left still fits together"))
}

#[test]
fn a_reply_to_another_language_is_in_both() {
    let engine = small("", "");
    let emergency = ("112 w Polsce", "in the UK");
    let rows = [
        (
            "czy masaż jest bezpieczny",
            "abstain",
            ("/topics, aby", "only understand English"),
        ),
        (
            "Βοηθάει το μασάζ στον πόνο",
            "abstain",
            ("", "only understand English"),
        ),
        ("nie mogę oddychać", "red-flag", emergency),
        ("please help, nie mogę oddychać", "red-flag", emergency),
        // English triage sees these; the language is known all the same.
        (
            "mam crushing chest pain, nie wiem co robić, proszę mi pomóc",
            "red-flag",
            emergency,
        ),
        ("nie chcę już żyć", "red-flag", ("800 70 2222", "988")),
        ("does it hurt", "answer", ("", "A little")),
    ];
    for (message, decision, (own, english)) in rows {
        let reply = engine.respond(message, None);
        assert_eq!(reply.decision(), decision, "{message}");
        let text = render(&reply, engine.faq());
        assert!(
            text.contains(own) && text.contains(english),
            "{message}: {text}"
        );
    }
}

#[test]
fn a_person_who_says_that_the_card_does_not_apply_gets_the_line() {
    let engine = small("", "");
    let reply = engine.respond_denied("nie mogę oddychać, bolą mnie plecy", None);
    assert_eq!(reply.decision(), "abstain");
}

#[test]
fn a_red_flag_that_triage_does_not_know_is_still_an_emergency() {
    let engine = small("\nchest-pain = [", "\nchest-pian = [");
    let reply = engine.respond("nie mogę oddychać", None);
    assert_eq!(reply.decision(), "red-flag");
    let text = render(&reply, engine.faq());
    assert!(
        text.contains("112 w Polsce") && text.contains("in the UK"),
        "{text}"
    );
}
