//! Hostile input: whatever is sent, typed or put into a file costs bounded time and breaks no promise.
//!
//! The checks are those of the fuzz targets in `fuzz/`, which run them on what they invent for as long as they are let.
//! Here they run on the seeds, among them what fuzzing has found, and on what is known to hurt such programs.

pub(crate) mod checks;

use std::path::Path;
use std::time::Duration;

use crate::support::{cpu, markup};

/// Most processor time that a check may take for one input, in a debug build: many times what is usual.
const LIMIT: Duration = Duration::from_secs(3);

#[test]
fn every_seed_passes_its_check() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, check) in checks::ALL {
        let files = std::fs::read_dir(seeds.join(name)).expect("every check has seeds");
        let mut count = 0;
        for file in files.flatten() {
            check(&std::fs::read(file.path()).expect("a seed"));
            count += 1;
        }
        assert!(count > 1, "{name} has seeds");
    }
}

/// Inputs that break programs which are not made for them.
fn known_to_hurt() -> Vec<String> {
    let mut inputs: Vec<String> = [
        "",
        "\0",
        "\u{202e}gnp.erom\u{202c}", // turns the direction of what follows
        "m\u{200b}a\u{200d}s\u{2060}s\u{feff}age", // holds characters that are not seen
        "ｄｏｅｓ ｉｔ ｈｕｒｔ",   // full width
        "𝓭𝓸𝓮𝓼 𝓲𝓽 𝓱𝓾𝓻𝓽",             // mathematical letters
        "ﷺ ﷺ ﷺ",                    // one character that unfolds to eighteen
        "<b>&lt;</i></b><script>&#0;",
        "{\"$ne\": null}",
        "'; DROP TABLE inbox; --",
        "%s%n %x {0} {{}} ${HOME} $(id)",
        "/start ../../../etc/passwd",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}", // a family
    ]
    .map(str::to_owned)
    .into();
    // 100 kB of each: one word, many words, no words, numbers, contractions, accents, and what backtracking is afraid of.
    for unit in [
        "a",
        "a ",
        "not ",
        "?",
        " ",
        "\n",
        "1.",
        "o'",
        "\u{301}",
        "ﷺ",
        "😀",
        "chest pain ",
        "i can't ",
        "((((",
        "[](",
        "**",
    ] {
        inputs.push(unit.repeat(100_000 / unit.len()));
    }
    inputs
}

#[test]
fn what_hurts_other_programs_costs_bounded_time() {
    for (name, check) in checks::ALL {
        check(b"x"); // Learns the content, where it needs it.
        for input in known_to_hurt() {
            let before = cpu("/proc/thread-self");
            // Where the first byte chooses, an entry of the content, or what was read before.
            check(format!("e{input}").as_bytes());
            let taken = cpu("/proc/thread-self") - before;
            let begin: String = input.chars().take(20).collect();
            assert!(taken < LIMIT, "{name} took {taken:?} for {begin:?}…");
        }
    }
}
