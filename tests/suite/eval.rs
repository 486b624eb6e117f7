//! `backtalk eval`: labelled questions are read strictly, counted rightly, and held to their floors.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use backtalk::engine::Engine;
use backtalk::eval::sets::{self, Set};
use backtalk::eval::sweep::Point;
use backtalk::eval::{self, Report, plot, text};
use backtalk::faq::{Faq, Tree, load};
use backtalk::text::normalize;

/// Three entries with the usual small talk. Tests ask them word for word, so that no figure depends on how well the
/// matcher does.
fn small_faq() -> Tree {
    let mut tree = Tree::default();
    tree.set("faq.toml", "title = \"Small\"");
    for (id, question, phrasing) in [
        ("does-it-hurt", "Does it hurt?", "is it painful"),
        ("cost", "How much is it?", "what is the price"),
        ("how-often", "How often?", "how many times a week"),
    ] {
        let entry = format!(
            "+++\nquestion = \"{question}\"\nphrasings = [\"{phrasing}\"]\nsources = []\n+++\nA little.\n"
        );
        tree.set(&format!("entries/all/{id}.md"), entry);
    }
    tree.set("out-of-scope.toml", "phrasings = [\"what is the weather\"]");
    let replies = Tree::built_in();
    tree.set(
        "replies.toml",
        replies.get("replies.toml").expect("is built in"),
    );
    tree
}

fn faq(tree: &Tree) -> Faq {
    load::load(tree).expect("the content is sound")
}

fn set(name: &str, rows: &str) -> Set {
    // Columns are separated by two spaces here, so that rows are readable.
    let rows = rows.replace("  ", "\t");
    sets::read(&format!("some/{name}.tsv"), &rows, &faq(&small_faq())).expect("the set is sound")
}

fn run(sets: &[Set]) -> Report {
    eval::run(&mut Engine::new(faq(&small_faq())), sets, &[])
}

/// Every figure as `name count/of`.
fn figures(report: &Report, at: usize) -> Vec<String> {
    let figures = report.sets[at].figures.iter();
    figures
        .map(|f| format!("{} {}/{}", f.name, f.count, f.of))
        .collect()
}

fn in_scope() -> Set {
    set(
        "in_scope",
        "id  message  topics
right  is it painful  does-it-hurt
also  What is the price?  how-often|cost
wrong  how many times a week  cost
chat  hello  cost
missed  what is the weather  cost
out  is it painful  unknown
far  what is the weather  unknown",
    )
}

#[test]
fn questions_in_scope_are_counted_by_what_came_of_them() {
    let report = run(&[in_scope()]);
    let found = figures(&report, 0);
    for expected in [
        "right 2/5",
        "offered 0/5",
        "wrong 1/5",
        "missed 2/5",
        "alarm 0/5",
        "helped 2/5",
        "small_talk 1/5",
        "out_answered 1/2",
        "out_offered 0/2",
    ] {
        assert!(found.iter().any(|f| f == expected), "{expected}: {found:?}");
    }
    let misses: Vec<(&str, &str)> = report.sets[0]
        .misses
        .iter()
        .map(|m| (m.id.as_str(), m.how.as_str()))
        .collect();
    assert_eq!(
        misses,
        [
            ("wrong", "wrong"),
            ("chat", "missed"),
            ("missed", "missed"),
            ("out", "out of scope, answer")
        ]
    );
    assert_eq!(report.sets[0].confused.count("cost", "how-often"), 1);
    assert_eq!(
        report.sets[0]
            .confused
            .count("does-it-hurt", "does-it-hurt"),
        1
    );
    // An acceptable entry is no confusion, even when another one is labelled best.
    assert_eq!(report.sets[0].confused.count("how-often", "cost"), 0);
}

#[test]
fn utterances_out_of_scope_are_counted_by_kind() {
    let report = run(&[set(
        "oos",
        "id  message  expected  kind
a  what is the weather  unknown  far
b  hello  unknown  far
c  is it painful  unknown  trap
d  hello  small-talk  chat
e  what is the weather  small-talk  chat",
    )]);
    assert_eq!(
        figures(&report, 0),
        [
            "answered 1/5",
            "offered 0/5",
            "alarm 0/5",
            "quiet 4/5",
            "taken_for_small_talk 1/3",
            "recognised 1/2",
            "far.answered 0/2",
            "far.offered 0/2",
            "far.alarm 0/2",
            "far.quiet 2/2",
            "trap.answered 1/1",
            "trap.offered 0/1",
            "trap.alarm 0/1",
            "trap.quiet 0/1",
            "chat.answered 0/2",
            "chat.offered 0/2",
            "chat.alarm 0/2",
            "chat.quiet 2/2",
        ]
    );
}

#[test]
fn several_questions_count_whole_and_in_part() {
    let report = run(&[set(
        "multi",
        "id  message  topics_all
a  is it painful  cost|does-it-hurt
b  is it painful  does-it-hurt,cost
c  is it painful  cost,how-often",
    )]);
    assert_eq!(figures(&report, 0), ["all_parts 1/3", "some_part 2/3"]);
}

#[test]
fn second_turns_are_counted_by_the_first_word_of_their_note() {
    let report = run(&[set(
        "followups",
        "id  turn1  turn2  topics2  note
a  is it painful  what is the price  cost  new: price
b  is it painful  what is the price  how-often  new: price
c  is it painful  hello  small-talk  ack
d  is it painful  hello  emergency  ack
e  is it painful  hello  cost  ack
f  is it painful  hello  unknown  ack",
    )]);
    assert_eq!(
        figures(&report, 0),
        [
            "right 3/6",
            "offered 0/6",
            "wrong 2/6",
            "missed 1/6",
            "new.right 1/2",
            "new.offered 0/2",
            "new.wrong 1/2",
            "new.missed 0/2",
            "ack.right 2/4",
            "ack.offered 0/4",
            "ack.wrong 1/4",
            "ack.missed 1/4",
        ]
    );
}

/// The small FAQ has no triage, so nothing is ever found.
#[test]
fn triage_is_counted_by_level_and_concept() {
    let report = run(&[set(
        "safety",
        "id  message  level  concept  note
a  is it painful  emergency  stroke  -
b  is it painful  urgent  stroke  -
c  is it painful  caution  pregnancy  -
d  is it painful  none  stroke  -
e  is it painful  none    -",
    )]);
    assert_eq!(
        figures(&report, 0),
        [
            "emergency_exact 0/1",
            "emergency_safe 0/1",
            "urgent_exact 0/1",
            "urgent_safe 0/1",
            "urgent_any 0/1",
            "caution_exact 0/1",
            "caution_any 0/1",
            "caution_overalarm 0/1",
            "false_alarm 0/2",
            "none_caution 0/2",
            "concept.stroke.exact 0/2",
            "concept.stroke.safe 0/2",
            "concept.stroke.false_alarm 0/1",
            "concept.pregnancy.exact 0/1",
            "concept.pregnancy.safe 0/1",
        ]
    );
}

#[test]
fn real_words_count_for_topics_where_nothing_is_urgent_and_for_triage_where_the_label_is_sure() {
    let report = run(&[set(
        "real",
        "id  message  topics  triage  sure  triage_sure
a  is it painful  does-it-hurt  none  1  1
b  is it painful  cost  caution  1  0
c  is it painful  unknown  none  0  0
d  hello  unknown  none  1  1
e  is it painful  does-it-hurt  urgent  1  1",
    )]);
    assert_eq!(
        figures(&report, 0),
        [
            "none_quiet 2/2",
            "in_right 1/2",
            "in_helped 1/2",
            "in_wrong 1/2",
            "out_answered 1/2",
            "urgent_safe 0/1",
        ]
    );
}

#[test]
fn typos_are_counted_clean_and_noisy() {
    let report = run(&[set(
        "typos",
        "id  clean  noisy  topics
a  is it painful  what is the weather  does-it-hurt",
    )]);
    let found = figures(&report, 0);
    for expected in ["clean.top1 1/1", "clean.right 1/1", "noisy.right 0/1"] {
        assert!(found.iter().any(|f| f == expected), "{expected}: {found:?}");
    }
}

#[test]
fn of_equal_thresholds_the_most_careful_are_chosen_and_the_engine_keeps_its_own() {
    let mut engine = Engine::new(faq(&small_faq()));
    let before = engine.faq().thresholds;
    let report = eval::run(&mut engine, &[in_scope()], &[]);
    let sweep = report.thresholds.expect("there are questions");
    // Word for word, so the thresholds change nothing: 2 right, 1 wrong, 1 out of scope answered.
    assert_eq!(sweep.curve.len(), 21);
    for point in sweep.curve.iter().chain([&sweep.best, &sweep.in_force]) {
        let Point {
            in_scope,
            right,
            wrong,
            out_of_scope,
            out_answered,
            ..
        } = *point;
        assert_eq!(
            (in_scope, right, wrong, out_of_scope, out_answered),
            (5, 2, 1, 2, 1)
        );
        assert!((point.worth() - (2.0 - 3.0 - 2.0)).abs() < 1e-9);
    }
    assert!(sweep.best.answer > 0.99 && sweep.best.margin > 0.29);
    assert_eq!(engine.faq().thresholds, before);
}

#[test]
fn a_faulty_file_is_refused_by_file_line_and_column() {
    let faq = faq(&small_faq());
    let rows = [
        (
            "id  message  topic\n",
            "q.tsv:1: column 3: the header \"id message topic\" is not known",
        ),
        ("", "q.tsv:1: column 1: the header \"\" is not known"),
        (
            "id  message  topics\na  hm\n",
            "q.tsv:2: topics: is missing: the row has 2 of 3 columns",
        ),
        (
            "id  message  topics\na  hm  cost  x\n",
            "q.tsv:2: column 4: too many",
        ),
        (
            "id  message  topics\n\na  hm  cost|costs\n",
            "q.tsv:3: topics: no entry \"costs\"",
        ),
        (
            "id  message  topics\na  hm  \n",
            "q.tsv:2: topics: no entry \"\"",
        ),
        (
            "id  message  topics_all\na  hm  cost,costs\n",
            "q.tsv:2: topics_all: no entry \"costs\"",
        ),
        (
            "id  message  expected  kind\na  hm  unknwn  far\n",
            "q.tsv:2: expected: \"unknwn\" is not unknown or small-talk",
        ),
        (
            "id  message  level  concept  note\na  hm  bad  x  y\n",
            "q.tsv:2: level: \"bad\" is not emergency or urgent or caution or none",
        ),
    ];
    for (file, expected) in rows {
        let faults = sets::read("q.tsv", &file.replace("  ", "\t"), &faq).expect_err(file);
        let found = faults.to_string();
        assert!(found.starts_with(expected), "{file:?}\n{found}");
    }
}

#[test]
fn every_faulty_row_is_named_at_once() {
    let file = "id\tmessage\ttopics\na\thm\tx\nb\thm\tcost\nc\thm\n";
    let faults = sets::read("q.tsv", file, &faq(&small_faq())).expect_err("two rows are faulty");
    let lines: Vec<usize> = faults.0.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let file = "\u{feff}id\tmessage\ttopics\r\na\tis it painful\tdoes-it-hurt\r\n";
    let set = sets::read("q.tsv", file, &faq(&small_faq())).expect("the set is sound");
    let report = run(&[set]);
    assert_eq!(
        report.sets[0].figures.get("right").map(|f| f.count),
        Some(1)
    );
}

#[test]
fn text_and_picture_show_what_was_confused() {
    let report = run(&[in_scope()]);
    let mut shown = Vec::new();
    text::write(&report, &mut shown).expect("memory can be written");
    let shown = String::from_utf8(shown).expect("it is text");
    for line in [
        "in_scope: 7 rows\n",
        "1 x cost -> how-often\n",
        "  wrong wrong: how many times a week\n      wanted cost\n      answer how-often; candidates how-often 1.000, ",
    ] {
        assert!(shown.contains(line), "{line:?} in\n{shown}");
    }
    let svg = plot::svg(&report);
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<polyline").count(), 5);
    assert!(svg.contains(">how-often</text>"));
    assert_eq!(
        svg,
        plot::svg(&run(&[in_scope()])),
        "same input, same picture"
    );
}

#[test]
fn sets_without_questions_have_no_curve_but_a_report() {
    let report = run(&[set("multi", "id  message  topics_all\na  hello  cost")]);
    assert!(report.thresholds.is_none());
    assert!(plot::svg(&report).contains("No questions to draw it from."));
}

/// A folder of its own for one test, with the small FAQ in `faq/`.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("eval")
        .join(test);
    let tree = small_faq();
    for path in tree.paths() {
        let file = folder.join("faq").join(path);
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("is ours");
        fs::write(file, tree.get(path).expect("is listed")).expect("is ours");
    }
    folder
}

fn backtalk(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_backtalk"))
        .current_dir(folder)
        .env("CACHE_DIR", "off")
        .args(["--faq", "faq", "eval"])
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[test]
fn a_floor_that_holds_exits_0_and_a_broken_one_exits_1_and_is_named() {
    let folder = folder("floors");
    let questions = "id\tmessage\ttopics\na\tis it painful\tdoes-it-hurt\nb\tis it painful\tcost\n";
    fs::write(folder.join("q.tsv"), questions).expect("is ours");
    fs::write(folder.join("holds.toml"), "[q]\nright = 50\nwrong = 50").expect("is ours");
    fs::write(folder.join("broken.toml"), "[q]\nright = 50.1\nwrong = 49").expect("is ours");

    let holds = backtalk(&folder, &["q.tsv", "--floors", "holds.toml"]);
    assert_eq!(holds.status.code(), Some(0));
    let broken = backtalk(&folder, &["q.tsv", "--floors", "broken.toml"]);
    assert_eq!(broken.status.code(), Some(1));
    let shown = String::from_utf8_lossy(&broken.stdout);
    assert!(shown.contains("floor broken: q.right: 50.0 %, at least 50.1 %"));
    assert!(shown.contains("floor broken: q.wrong: 50.0 %, at most 49.0 %"));
}

#[test]
fn json_is_one_object_with_every_figure_and_breach() {
    let folder = folder("json");
    let questions = "id\tmessage\ttopics\na\tis it painful\tdoes-it-hurt\nb\tis it painful\tcost\n";
    fs::write(folder.join("q.tsv"), questions).expect("is ours");
    fs::write(folder.join("floors.toml"), "[q]\nright = 60").expect("is ours");
    let arguments = [
        "q.tsv",
        "--json",
        "--plot",
        "q.svg",
        "--floors",
        "floors.toml",
    ];
    let output = backtalk(&folder, &arguments);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(json["sets"][0]["name"], "q");
    let right = &json["sets"][0]["figures"]["right"];
    assert_eq!(
        *right,
        serde_json::json!({"percent": 50.0, "count": 1, "of": 2})
    );
    assert_eq!(json["sets"][0]["confused"][0]["got"], "does-it-hurt");
    assert_eq!(
        json["thresholds"]["curve"].as_array().map(Vec::len),
        Some(21)
    );
    assert_eq!(json["breaches"][0]["figure"], "right");
    assert!(folder.join("q.svg").exists());
    assert_eq!(output.stdout, backtalk(&folder, &arguments).stdout);
}

#[test]
fn a_faulty_file_exits_1_and_a_missing_argument_2() {
    let folder = folder("faulty");
    fs::write(folder.join("q.tsv"), "id\tmessage\ttopics\na\thm\tcosts\n").expect("is ours");
    let faulty = backtalk(&folder, &["q.tsv"]);
    assert_eq!(faulty.status.code(), Some(1));
    let shown = String::from_utf8_lossy(&faulty.stderr).into_owned();
    assert!(
        shown.contains("q.tsv:2: topics: no entry \"costs\""),
        "{shown}"
    );
    assert_eq!(backtalk(&folder, &["none.tsv"]).status.code(), Some(1));
    assert_eq!(backtalk(&folder, &[]).status.code(), Some(2));
}

/// The project's own questions, as (file, rows of cells by column).
fn project_questions() -> Vec<(String, Vec<BTreeMap<String, String>>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/questions");
    let mut files = Vec::new();
    for item in fs::read_dir(folder).expect("the questions are there") {
        let path = item.expect("the folder is readable").path();
        if path.extension().is_none_or(|e| e != "tsv") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("questions are text");
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        let cells = |line: &str| {
            let columns = header.iter().map(|c| (*c).to_owned());
            columns.zip(line.split('\t').map(str::to_owned)).collect()
        };
        files.push((path.display().to_string(), lines.map(cells).collect()));
    }
    assert!(files.len() >= 5, "the questions moved");
    files
}

/// A figure on questions that were learned says nothing. Small talk is left out: "ok" and "thanks" are the same few
/// words for everyone.
#[test]
fn no_question_is_a_phrasing() {
    let faq = faq(&Tree::built_in());
    let entries = faq.entries.iter();
    let learned: BTreeMap<String, &str> = entries
        .flat_map(|e| std::iter::once(&e.question).chain(&e.phrasings))
        .chain(&faq.out_of_scope)
        .map(|text| (normalize(text).joined(), text.as_str()))
        // Emoji alone have no words, and nothing to learn by.
        .filter(|(words, _)| !words.is_empty())
        .collect();
    let mut same = Vec::new();
    for (file, rows) in project_questions() {
        for row in rows {
            // First turns only set the scene and are not scored.
            for column in ["message", "clean", "noisy", "turn2"] {
                let Some(question) = row.get(column) else {
                    continue;
                };
                if let Some(text) = learned.get(&normalize(question).joined()) {
                    same.push(format!("{file} {}: {question:?} is {text:?}", row["id"]));
                }
            }
        }
    }
    assert!(same.is_empty(), "{}", same.join("\n"));
}
