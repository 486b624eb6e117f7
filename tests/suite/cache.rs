//! What was learned once serves the next start, and never anything else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::support::process::{LIBRARY, backtalk, folder, run, write};

const QUESTIONS: &str = "opening hours\nhow do i get a card\nlibary card for a child\nhello\n";

/// What the program answers with this FAQ and cache, one JSON object a line.
fn answers(faq: &Path, cache: &str) -> String {
    let faq = faq.to_str().expect("a path of ours");
    let mut command = backtalk(&["--faq", faq, "ask", "--json"]);
    command.env("CACHE_DIR", cache);
    let outcome = run(command, QUESTIONS);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    outcome.stdout
}

/// The files in a cache, the last written first.
fn files(cache: &Path) -> Vec<PathBuf> {
    let items = fs::read_dir(cache).expect("the cache is there");
    let mut files: Vec<PathBuf> = items.map(|item| item.expect("readable").path()).collect();
    files.sort_by_key(|file| {
        let meta = fs::metadata(file).expect("it is there");
        std::cmp::Reverse(meta.modified().expect("the system keeps times"))
    });
    files
}

#[test]
fn what_was_learned_before_answers_the_same() {
    let faq = folder("cache-same", &LIBRARY);
    let cache = faq.join(".cache");
    let kept = cache.to_str().expect("a path of ours");
    let learned = answers(&faq, "off");
    assert!(!cache.exists());
    assert_eq!(answers(&faq, kept), learned, "learned and kept");
    let [file] = &files(&cache)[..] else {
        panic!("one content, one file");
    };
    let before = fs::metadata(file).expect("it is there").modified().ok();
    assert_eq!(answers(&faq, kept), learned, "read back");
    assert_eq!(
        fs::metadata(file).expect("it is there").modified().ok(),
        before
    );
}

#[test]
fn changed_content_is_learned_anew_and_old_files_go() {
    let faq = folder("cache-changed", &LIBRARY);
    let cache = faq.join(".cache");
    let kept = cache.to_str().expect("a path of ours");
    let mut newest = Vec::new();
    for hour in 1..=6 {
        let entry = format!(
            "+++\nquestion = \"When is the library open?\"\nphrasings = [\"opening hours\"]\nsources = []\n+++\nFrom {hour}.\n"
        );
        write(&faq, "entries/visit/opening-hours.md", entry);
        let answers = answers(&faq, kept);
        assert!(answers.contains(&format!("From {hour}.")), "{answers}");
        newest.push(files(&cache)[0].clone());
        if hour == 1 {
            // As a process leaves it that is killed while it writes.
            let left = fs::File::create(cache.join("left.1.unfinished")).expect("it is ours");
            let long_ago = SystemTime::now() - Duration::from_secs(7200);
            left.set_modified(long_ago).expect("the system keeps times");
        }
    }
    newest.dedup();
    assert_eq!(newest.len(), 6, "a file for each content");
    assert_eq!(files(&cache).len(), 4, "the oldest are gone");
}

#[test]
fn a_damaged_file_or_no_place_for_one_costs_only_time() {
    let faq = folder("cache-damaged", &LIBRARY);
    let cache = faq.join(".cache");
    let kept = cache.to_str().expect("a path of ours");
    let learned = answers(&faq, kept);
    let [file] = &files(&cache)[..] else {
        panic!("one content, one file");
    };
    let whole = fs::read(file).expect("readable");
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &[], &flipped, b"nonsense"] {
        fs::write(file, damaged).expect("it is ours");
        assert_eq!(answers(&faq, kept), learned);
        assert_eq!(fs::read(file).expect("readable"), whole, "written anew");
    }
    // Where the folder should be, there is a file.
    let nowhere = file.join("below");
    assert_eq!(
        answers(&faq, nowhere.to_str().expect("a path of ours")),
        learned
    );
}
