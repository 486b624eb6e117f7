//! Triage holds its figures when the same message is typed worse, politer or louder, and answers long texts in time.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use backtalk::engine::Engine;
use backtalk::faq::{Tree, load};
use backtalk::triage::Level;

/// How many points a figure may fall.
const ALLOWED: f64 = 2.0;

/// How many points it may fall inside a long story.
const STORY_ALLOWED: f64 = 5.0;

/// The sets that carry emergencies; what is asserted is their sum, since two points of a small set are one message.
const SETS: [&str; 2] = [
    include_str!("../questions/safety.tsv"),
    include_str!("../questions/safety_b.tsv"),
];

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let faq = load::load(&Tree::built_in()).expect("the built-in content loads");
        Engine::new(faq)
    })
}

fn emergencies() -> Vec<&'static str> {
    let rows = SETS.iter().flat_map(|set| set.lines().skip(1));
    let fields = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    fields
        .filter(|fields| fields[2] == "emergency")
        .map(|fields| fields[1])
        .collect()
}

fn level(message: &str) -> Option<Level> {
    engine()
        .respond(message, None)
        .triage
        .map(|(level, _)| level)
}

/// Of all emergencies, how many in a hundred are met as one, and how many as urgent or more.
fn figures(change: fn(&str) -> String) -> (f64, f64) {
    let levels: Vec<Option<Level>> = emergencies().iter().map(|m| level(&change(m))).collect();
    let share = |least: Level| {
        let met = levels.iter().filter(|found| **found >= Some(least)).count();
        100.0 * met as f64 / levels.len() as f64
    };
    (share(Level::Emergency), share(Level::Urgent))
}

/// One slip: two letters in the middle of the last longest word change places.
fn slip(message: &str) -> String {
    let word = message
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.len() > 4)
        .max_by_key(|word| word.len());
    let Some(word) = word else {
        return message.to_owned();
    };
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    letters.swap(middle, middle - 1);
    message.replacen(word, &letters.into_iter().collect::<String>(), 1)
}

#[test]
fn an_emergency_stays_one_however_it_is_typed() {
    type Change = (&'static str, fn(&str) -> String);
    let changes: [Change; 8] = [
        ("a slip", slip),
        ("capitals", str::to_uppercase),
        ("small letters", str::to_lowercase),
        ("odd spaces", |m| {
            format!("  {} ", m.replace(' ', "   ").replace(',', " ,"))
        }),
        ("emoji", |m| format!("😩 {m} 🙏🙏")),
        ("a polite beginning", |m| {
            format!("Hello dear team, I hope you are well, sorry to bother you. {m} Many thanks!")
        }),
        ("no end marks", |m| m.replace(['.', '!', '?', ','], "")),
        ("a friend's comfort", |m| {
            format!("{m} but my friend says it's fine")
        }),
    ];
    let (emergency, urgent) = figures(str::to_owned);
    println!("as typed: {emergency:.1} {urgent:.1}");
    let mut fallen = Vec::new();
    for (name, change) in changes {
        let (e, u) = figures(change);
        println!("{name}: {e:.1} {u:.1}");
        if e < emergency - ALLOWED || u < urgent - ALLOWED {
            fallen.push(format!(
                "{name}: {emergency:.1} to {e:.1}, {urgent:.1} to {u:.1}"
            ));
        }
    }
    assert!(fallen.is_empty(), "{fallen:#?}");
}

/// What a client might tell around one sign.
const STORY: [&str; 2] = [
    "Hi, I found you through my neighbour, who swears by your Thursday slots. I sit at a desk most of the week and on \
     Saturdays I help my brother with the market stall, so my shoulders have been tight for as long as I can remember. I \
     had a gift card for a spa in spring and liked it, although the music was awful.",
    "We moved house in August and there are still boxes in the hall, which my cat loves. I was thinking of an hour, maybe \
     every other week, and I could come on my way home if you have parking. Do you take cards, and should I eat before?",
];

#[test]
fn an_emergency_stays_one_inside_a_long_story() {
    // As a whole such a message looks like nothing: only what is said in one place counts.
    let (emergency, _) = figures(str::to_owned);
    let (told, _) = figures(|m| format!("{} {m} {}", STORY[0], STORY[1]));
    println!("alone: {emergency:.1}, in a story: {told:.1}");
    assert!(
        told >= emergency - STORY_ALLOWED,
        "{emergency:.1} to {told:.1}"
    );
}

#[test]
fn a_long_text_is_answered_in_a_moment() {
    let _ready = engine();
    for sentence in [
        "chest pain and cant breathe, numb legs. ",
        "no fever no numbness my back ",
        "chest pain ",
    ] {
        let text = sentence.repeat(100_000 / sentence.len());
        let start = Instant::now();
        level(&text);
        let took = start.elapsed();
        // A second alone on a core; tests run side by side.
        assert!(took < Duration::from_secs(8), "{sentence:?} took {took:?}");
    }
}

/// The built-in content with something in `triage.toml` replaced.
fn changed(from: &str, to: &str) -> Result<Engine, String> {
    let mut tree = Tree::built_in();
    let triage = tree.get("triage.toml").expect("it is built in");
    let triage = std::str::from_utf8(triage).expect("TOML is UTF-8");
    assert!(triage.contains(from), "nothing would be replaced");
    let triage = triage.replacen(from, to, 1);
    tree.set("triage.toml", triage);
    load::load(&tree)
        .map(Engine::new)
        .map_err(|faults| faults.to_string())
}

#[test]
fn what_a_pattern_says_surely_needs_no_second_opinion() {
    let message = "a tombola beside a teapot, how long is a session?";
    let level = |pattern: &str| {
        let patterns = format!("\"{pattern}\", \"surely chin near(3)");
        let engine =
            changed("\"surely chin near(3)", &patterns).expect("the content fits together");
        engine.respond(message, None).triage.map(|(level, _)| level)
    };
    assert_eq!(level("tombola near teapot"), None, "it looks like nothing");
    assert_eq!(level("surely tombola near teapot"), Some(Level::Urgent));
    assert_eq!(level("surely tombola near kettle"), None);
}

#[test]
fn surely_is_refused_where_it_would_say_nothing() {
    for (from, to) in [
        ("jest = [", "jest = [ \"surely tombola near teapot\","),
        (
            "NUMBNESS = [\n",
            "NUMBNESS = [ \"surely tombola near teapot\",\n",
        ),
        ("\"surely chin near(3)", "\"chin surely near(3)"),
    ] {
        let faults = changed(from, to).expect_err("it is no pattern");
        assert!(faults.contains("surely"), "{faults}");
    }
}

/// What is over, denied or asked about raises nothing urgent; what is there now is an emergency.
fn assert_told_apart(calm: &[&str], present: &[&str]) {
    for message in calm {
        assert!(level(message) < Some(Level::Urgent), "{message}");
    }
    for message in present {
        assert_eq!(level(message), Some(Level::Emergency), "{message}");
    }
}

#[test]
fn a_sign_made_of_several_words_can_be_over_or_asked_about_too() {
    assert_told_apart(
        &[
            "back in 2009 I couldn't pee after my disc went, had an op",
            "last summer I had trouble peeing with my slipped disc, all fine now",
            "what are the symptoms when you can not pee with back pain",
            "no trouble peeing, no problem with my bowels, only a stiff back",
        ],
        &[
            "last year I had a stiff neck, now I can't pee and my back is agony",
            "my disc went in 2019 and since this morning I can't pee",
        ],
    );
}

#[test]
fn what_is_said_to_be_fine_is_no_sign_unless_it_was_so_before() {
    assert_told_apart(
        &[
            "both legs strong, toilet normal, only a sore back",
            "bladder fine, bowels fine, walking fine, what oil do you use",
        ],
        &[
            "my legs were fine yesterday, now I can't move them",
            "bladder fine until this morning, now I can't pee and my back is agony",
            "legs ok but numb between them since last night",
        ],
    );
}

#[test]
fn that_was_years_ago_speaks_of_what_was_said_before_it() {
    assert_told_apart(
        &[
            "couldn't feel my legs, that was years ago",
            "Couldn't feel my legs. That was in 2012.",
            "Couldn't feel my legs once. Years ago though.",
            "couldn't feel my legs once in 1986, never again",
        ],
        &[
            "can't feel my legs. My back went in 2012.",
            "Can't feel my legs. Slipped disc in 2012.",
            "that was years ago, now I can't feel my legs",
            "can't feel my legs, it started with a fall, that was years ago and still the same",
        ],
    );
}

#[test]
fn a_list_is_denied_as_a_whole_and_what_follows_is_not() {
    assert_told_apart(
        &[
            "fever? no. blood in my pee? no. chest pain? also no. just stiff",
            "fever: no. numb legs: no. weight loss: no. can I come",
            "numb legs, trouble peeing, fever - none of those",
            "checked your list (chest pain, numb legs, fever), nothing applies to me",
            "doctor asked about numb legs and chest pain, I have neither",
            "none of the scary stuff: chest pain, slurred speech, numb legs. just stiff",
            "the answer to all your questions is no: numb legs, trouble peeing, cancer",
            "No, no numbness, just stiff",
        ],
        &[
            "numb between my legs and can't pee, none of these creams help",
            "none of the following: fever, cough. But my legs are numb and I can't pee",
            "none of the scary stuff: fever, cough, just can't feel my legs",
            "fever? no. but numb between the legs, yes",
            "can I drive? no, my legs are paralysed",
            "my husband has crushing chest pain. Allergies? none. Age 60",
            "can I drive? no, paralysed legs or nearly so",
            "No, I can't feel my legs",
            "people say it's nothing, I can't move my legs",
        ],
    );
}
