//! Content that changes under a running bot: what is sound is in use within seconds, what is not is refused, and nobody
//! waits for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::faults::small_faq;
use crate::support::Folder;
use crate::support::bot::Bot;
use crate::support::people::Person;
use crate::support::process::{backtalk, run};
use crate::support::server::Server;

const IN_USE: &str = "the changed content is in use";
const REFUSED: &str = "the changed content has faults; the old one stays";

/// A bot on a FAQ that a test may change.
fn bot_on(faq: &Arc<Folder>) -> (Bot, Person) {
    let (server, url) = Server::start();
    let bot = Bot::start_at(server, &url, Some(faq.clone()));
    let ann = Person::in_private(&bot.server);
    // Only what changes after the start is a change.
    ann.says("What does it cost?");
    (bot, ann)
}

fn entry(question: &str, phrasings: &str, answer: &str) -> String {
    format!(
        "+++\nquestion = \"{question}\"\nphrasings = [{phrasings}]\nsources = []\n+++\n{answer}\n"
    )
}

fn write(faq: &Folder, path: &str, content: &str) {
    std::fs::write(faq.path().join(path), content).expect("the folder can be written");
}

/// Our own content in a folder.
fn own_faq() -> Arc<Folder> {
    fn gather(folder: &Path, root: &Path, files: &mut Vec<(String, String)>) {
        for item in std::fs::read_dir(folder).expect("our content").flatten() {
            let path = item.path();
            if path.is_dir() {
                gather(&path, root, files);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy();
                let content = std::fs::read_to_string(&path).expect("text");
                files.push((name.into_owned(), content));
            }
        }
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("faq");
    let mut files = Vec::new();
    gather(&root, &root, &mut files);
    Arc::new(Folder::with(&files))
}

#[test]
fn a_change_is_in_use_without_a_restart_and_a_faulty_one_is_refused_as_check_does() {
    let faq = small_faq();
    let (bot, ann) = bot_on(&faq);
    let cost = "entries/all/cost.md";
    write(&faq, cost, &entry("What does it cost?", "", "Nothing."));
    bot.waits_for(IN_USE, 1);
    assert!(ann.says("What does it cost?").text().contains("Nothing."));

    // Loads, but only the learned engine can tell that one phrasing leads to two entries.
    let astray = entry("Where is it?", "\"what does it cost\"", "There.");
    write(&faq, "entries/all/place.md", &astray);
    write(&faq, cost, &entry("What does it cost?", "", "Less."));
    bot.waits_for(REFUSED, 1);
    assert!(ann.says("What does it cost?").text().contains("Nothing."));
    let check = run(
        backtalk(&["check", "--faq", &faq.path().to_string_lossy()]),
        "",
    );
    let faults: Vec<&str> = check.stdout.lines().collect();
    assert!(faults.len() > 1, "{check:?}");
    for fault in &faults[..faults.len() - 1] {
        assert!(bot.log().contains(fault), "{fault} is not in {}", bot.log());
    }

    write(&faq, "entries/all/place.md", "+++\nbroken");
    bot.waits_for(REFUSED, 2);
    assert!(bot.log().contains("entries/all/place.md: "));
    let place = entry("Where is the practice?", "", "There.");
    write(&faq, "entries/all/place.md", &place);
    bot.waits_for(IN_USE, 2);
    assert!(ann.says("Where is the practice?").text().contains("There."));
    assert!(ann.says("What does it cost?").text().contains("Less."));

    std::fs::remove_file(faq.path().join("entries/all/place.md")).expect("it is there");
    bot.waits_for(IN_USE, 3);
    assert!(!ann.says("Where is the practice?").text().contains("There."));
}

#[test]
fn what_is_half_written_is_not_taken() {
    let faq = small_faq();
    let (bot, ann) = bot_on(&faq);
    let whole = entry("What does it cost?", "", "One two three four five.");
    // Each piece follows before the change could settle, for longer than two looks; most of them are faulty, and the
    // last but one would be a sound entry with half an answer.
    let mut ends: Vec<usize> = (1..16).map(|part| whole.len() * part / 16).collect();
    ends.push(whole.len() - 12);
    for end in ends {
        write(&faq, "entries/all/cost.md", &whole[..end]);
        std::thread::sleep(Duration::from_millis(300));
    }
    write(&faq, "entries/all/cost.md", &whole);
    bot.waits_for(IN_USE, 1);
    let reply = ann.says("What does it cost?");
    assert!(reply.text().contains("One two three four five."));
    let log = bot.log();
    assert!(!log.contains(REFUSED), "{log}");
    assert_eq!(log.matches(IN_USE).count(), 1, "{log}");
}

#[test]
fn sighup_has_everything_read_again_and_ends_nothing() {
    let faq = small_faq();
    let (bot, ann) = bot_on(&faq);
    bot.signal("HUP");
    bot.waits_for("the content has not changed", 1);
    write(&faq, "faq.toml", "title = 7\n");
    bot.waits_for(REFUSED, 1);
    bot.signal("HUP");
    bot.waits_for(REFUSED, 2);
    let head = "title = \"tests\"\ndoctor = \"Please see a pharmacist first.\"\n";
    write(&faq, "faq.toml", head);
    bot.signal("HUP");
    bot.waits_for(IN_USE, 1);
    let reply = ann.says("What does it cost?");
    assert!(reply.text().contains("pharmacist"), "{}", reply.text());
}

#[test]
fn a_folder_that_goes_away_changes_nothing() {
    let faq = small_faq();
    let (bot, ann) = bot_on(&faq);
    let (here, away) = (faq.path().to_owned(), faq.path().with_extension("away"));
    std::fs::rename(&here, &away).expect("moved");
    bot.waits_for(REFUSED, 1);
    assert!(bot.log().contains("cannot be read"), "{}", bot.log());
    ann.says("What does it cost?");
    std::fs::rename(&away, &here).expect("moved back");
    bot.waits_for("the content is again what is in use", 1);
    ann.says("What does it cost?");
}

#[test]
fn an_entry_and_a_therapist_cannot_take_the_same_link() {
    let therapists = include_str!("../../../therapists.example.toml").to_owned();
    let data = Arc::new(Folder::with(&[("therapists.toml".to_owned(), therapists)]));
    let faq = small_faq();
    let (server, url) = Server::start();
    let bot = Bot::start_on(server, &url, Some(faq.clone()), data);
    let ann = Person::in_private(&bot.server);
    ann.says("What does it cost?");
    write(
        &faq,
        "entries/all/anna.md",
        &entry("Who is Anna?", "", "She."),
    );
    bot.waits_for(REFUSED, 1);
    assert!(bot.log().contains("\"anna\" is the id of an entry"));
    assert!(ann.says("/start anna").text().starts_with("Anna Berg"));
}

#[test]
fn replies_and_red_flags_change_too_and_nobody_waits_while_they_are_learned() {
    let faq = own_faq();
    let (bot, ann) = bot_on(&faq);
    let since = bot.server.count();
    let replies = include_str!("../../../faq/replies.toml");
    let about = "about = \"\"\"\n";
    let description = "short_description = \"";
    assert!(replies.contains(about) && replies.contains(description));
    let replies = replies
        .replace(about, "about = \"\"\"\nChanged. ")
        .replace(description, "short_description = \"New: ");
    let triage = include_str!("../../../faq/triage.toml");
    let first_words = "card = \"\"\"\n**Call your local emergency number now**";
    assert!(triage.contains(first_words));
    let triage = triage.replace(first_words, &format!("{first_words}, and stay calm"));
    let emergency = "my husband is unconscious and does not wake up";
    assert!(!ann.says(emergency).text().contains("stay calm"));
    write(&faq, "replies.toml", &replies);
    write(&faq, "triage.toml", &triage);
    // The bot is asked the whole time; learning takes longer than any reply may.
    let end = Instant::now() + Duration::from_secs(120);
    let mut slowest = Duration::ZERO;
    while !bot.log().contains(IN_USE) {
        assert!(Instant::now() < end, "{}", bot.log());
        let start = Instant::now();
        Person::in_private(&bot.server).says("does massage hurt?");
        slowest = slowest.max(start.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("slowest reply while learning: {slowest:?}");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert!(ann.says("/about").text().starts_with("Changed."));
    assert!(ann.says(emergency).text().contains("stay calm"));
    bot.server.wait(since, "new description", |call| {
        call.method == "setmyshortdescription"
            && call.params["short_description"]
                .as_str()
                .is_some_and(|text| text.starts_with("New: "))
    });
}
