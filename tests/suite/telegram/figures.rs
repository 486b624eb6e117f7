//! Figures of reliability and speed, measured on the real program:
//!
//! ```sh
//! cargo test --release --test suite -- --ignored --nocapture --test-threads=1 figures
//! ```
//!
//! `FIGURES_KILLS` (20), `FIGURES_AT_ONCE` (20,000) and `FIGURES_UPDATES` (1,000,000) make it shorter or longer.
//! Lost questions fail the run; how many are answered twice and how fast is for readers to judge, since it depends on the
//! machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use backtalk::engine::Engine;
use backtalk::faq::{Tree, load};
use serde_json::json;

use super::crashes::Lives;
use crate::support::Folder;
use crate::support::bot::Bot;
use crate::support::load::Load;
use crate::support::people::Person;
use crate::support::server::{Fault, Server};

/// How long Telegram takes to accept a reply where kills are counted, so that something is in flight.
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// How often somebody asks meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// How long the last ones wait for their reply.
const PATIENCE: Duration = Duration::from_secs(120);

/// What goes wrong with a fifth of all requests, in percent.
const STORM: [(u64, Fault); 3] = [
    (10, Fault::Flood(1)),
    (5, Fault::Status(502)),
    (5, Fault::Drop),
];

fn setting(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Ends the bot again and again while people ask, and counts.
fn endings(what: &str, lives: &Lives, signal: &str, storm: &[(u64, Fault)]) -> usize {
    lives
        .server
        .plan("sendMessage", None, Fault::Delay(ROUND_TRIP), usize::MAX);
    lives.server.storm(storm);
    let enough = Arc::new(AtomicBool::new(false));
    let asking = std::thread::spawn({
        let (server, enough) = (lives.server.clone(), enough.clone());
        move || {
            let mut people = Vec::new();
            while !enough.load(Ordering::Relaxed) {
                let person = Person::in_private(&server);
                person.sends(&json!({"text": "What does it cost?"}));
                people.push(person.chat);
                std::thread::sleep(ASK_EVERY);
            }
            people
        }
    });
    let rounds = setting("FIGURES_KILLS", 20);
    let mut dice = rounds + 1;
    let mut troubles = BTreeMap::new();
    let mut bot = lives.start();
    for _ in 0..rounds {
        // Anywhere from the first moments of a start to the midst of its work.
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis((dice >> 33) % 1500));
        bot.signal(signal);
        bot.ended();
        note_troubles(&bot.log(), &mut troubles);
        bot = lives.start();
    }
    enough.store(true, Ordering::Relaxed);
    let people = asking.join().expect("people ask");
    let end = Instant::now() + PATIENCE;
    while lives.answers().len() < people.len() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    // For second answers that come late.
    std::thread::sleep(Duration::from_secs(2));
    let answers = lives.answers();
    let lost = people.iter().filter(|chat| !answers.contains_key(chat));
    let lost = lost.count();
    let twice = answers.values().filter(|&&times| times > 1).count();
    println!(
        "{what}: {rounds} × SIG{signal}, {} questions, {lost} lost, {twice} answered twice",
        people.len()
    );
    note_troubles(&bot.log(), &mut troubles);
    assert_eq!(lost, 0, "{what}: {troubles:#?}");
    twice
}

/// Counts what a log warns of, times and addresses left out: what to look at when something was lost.
fn note_troubles(log: &str, troubles: &mut BTreeMap<String, usize>) {
    for line in log.lines() {
        let what = line.find(" WARN ").or_else(|| line.find("ERROR "));
        if let Some(at) = what {
            *troubles.entry(line[at..].to_owned()).or_default() += 1;
        }
    }
}

#[test]
#[ignore = "measures for a minute; see the head of the file"]
fn figures_of_kills_while_polling() {
    endings("polling", &Lives::new(), "KILL", &[]);
    endings("polling in a storm", &Lives::new(), "KILL", &STORM);
}

#[test]
#[ignore = "measures for a minute; see the head of the file"]
fn figures_of_kills_with_a_webhook() {
    endings("webhook", &Lives::in_webhook_mode(), "KILL", &[]);
    endings(
        "webhook in a storm",
        &Lives::in_webhook_mode(),
        "KILL",
        &STORM,
    );
}

#[test]
#[ignore = "measures for a minute; see the head of the file"]
fn figures_of_stops() {
    for (what, lives) in [
        ("polling", Lives::new()),
        ("webhook", Lives::in_webhook_mode()),
    ] {
        assert_eq!(endings(what, &lives, "TERM", &[]), 0, "{what}");
    }
    endings("polling in a storm", &Lives::new(), "TERM", &STORM);
}

/// Questions of people that are answered at once, as most are; what is not understood waits for its next piece.
fn questions() -> Vec<String> {
    let engine = Engine::new(load::load(&Tree::built_in()).expect("the built-in FAQ is valid"));
    let labelled = include_str!("../../questions/in_scope.tsv").lines().skip(1);
    let messages = labelled.filter_map(|line| line.split('\t').nth(1));
    let answered = messages.filter(|words| engine.respond(words, None).decision() == "answer");
    answered.map(str::to_owned).collect()
}

/// A bot on a server that answers at once, with the content inside the program.
fn under_load(chats: usize) -> (Load, Bot) {
    let (load, url) = Load::start(&questions(), chats);
    let data = Arc::new(Folder::with(&[]));
    let start = Instant::now();
    let bot = Bot::launch(Server::default(), &url, None, data, &[("LOG", "info")]);
    load.bot_is_there();
    println!(
        "started in {:.1?}, {} MB of memory",
        start.elapsed(),
        bot.memory() / 1024
    );
    (load, bot)
}

#[test]
#[ignore = "measures for a minute; see the head of the file"]
fn figures_of_throughput_and_waiting() {
    const EACH_SECOND: u64 = 200;
    let at_once = setting("FIGURES_AT_ONCE", 20_000);
    // A chat for each question, so that nobody writes too fast.
    let (load, bot) = under_load(usize::try_from(at_once).expect("fits") + 4000);
    // Connections and caches are warm before anything is measured.
    load.ask(1000);
    load.wait_for_all_but(0);

    load.waits();
    let (start, before) = (Instant::now(), bot.cpu());
    load.ask(at_once);
    load.wait_for_all_but(0);
    let (taken, cpu) = (
        start.elapsed().as_secs_f64(),
        (bot.cpu() - before).as_secs_f64(),
    );
    let burst = at_once as f64;
    println!(
        "{at_once} at once: {:.0} answered a second, {:.0} for each second of processor time ({:.0} % of one core), {} MB at most",
        burst / taken,
        burst / cpu,
        100.0 * cpu / taken,
        bot.peak_memory() / 1024
    );

    load.waits();
    let (start, before) = (Instant::now(), bot.cpu());
    for second in 0..10 {
        for part in 0..EACH_SECOND {
            load.ask(1);
            let due = f64::from(second) + (part + 1) as f64 / EACH_SECOND as f64;
            std::thread::sleep(Duration::from_secs_f64(due).saturating_sub(start.elapsed()));
        }
    }
    load.wait_for_all_but(0);
    let (taken, cpu) = (start.elapsed(), bot.cpu() - before);
    let waits = load.waits();
    let share = |part: f64| waits[((waits.len() - 1) as f64 * part) as usize];
    println!(
        "{EACH_SECOND} a second: from update to reply {:.1?} for half, {:.1?} for 99 %, {:.1?} at most; {:.0} % of one core",
        share(0.5),
        share(0.99),
        share(1.0),
        100.0 * cpu.as_secs_f64() / taken.as_secs_f64()
    );
    assert_eq!(load.unasked(), 0, "nobody is answered twice");
}

#[test]
#[ignore = "measures for many minutes; see the head of the file"]
fn figures_of_memory() {
    const STEPS: u64 = 10;
    const AT_ONCE: u64 = 1000;
    let updates = setting("FIGURES_UPDATES", 1_000_000);
    let (load, bot) = under_load(50_000);
    let start = Instant::now();
    for step in 1..=STEPS {
        for _ in 0..updates / STEPS / AT_ONCE {
            load.ask(AT_ONCE);
            load.wait_for_all_but(AT_ONCE);
        }
        load.wait_for_all_but(0);
        load.waits();
        let database = std::fs::metadata(bot.data.path().join("backtalk.db"));
        println!(
            "{} updates after {:.0?}: {} MB of memory, database {} MB",
            step * (updates / STEPS / AT_ONCE) * AT_ONCE,
            start.elapsed(),
            bot.memory() / 1024,
            database.map_or(0, |file| file.len() >> 20)
        );
    }
    assert_eq!(load.unasked(), 0, "nobody is answered twice");
}
