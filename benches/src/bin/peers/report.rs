//! `RESULTS.md`: tables, goals reached or missed, and the divan benches as they were printed.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::lines::{self, Footprint, Measured, Scaled, Starts};
use crate::plot;

/// The goals that the project has set itself.
const GOALS: &[Goal] = &[
    Goal::faster("strsim, Jaro-Winkler", 300.0),
    Goal::faster("Python RapidFuzz, token_set_ratio", 100.0),
    Goal::faster("rapidfuzz crate, ratio", 10.0),
    Goal::faster("tantivy, fuzzy query", 1.0),
    Goal::at_most("median of a whole reply", "µs", 15.0, |r| {
        r.ours()?.median_us.into()
    }),
    Goal::at_most("median of the match alone", "µs", 8.0, |r| {
        r.method("Backtalk, match alone")?.median_us.into()
    }),
    Goal::at_most("99th percentile of a whole reply", "µs", 100.0, |r| {
        r.ours()?.p99_us.into()
    }),
    Goal::at_most("learning at start", "ms", 150.0, |r| {
        r.ours()?.ready_ms.into()
    }),
    Goal::at_most("median at 15,000 phrasings", "µs", 50.0, |r| {
        r.size(15_000)?.median_us.into()
    }),
    Goal::at_most("from start to first answer, `ask`", "ms", 150.0, |r| {
        r.footprint.later.ask_ms.into()
    }),
    Goal::at_most("from start to first answer, bot", "ms", 150.0, |r| {
        r.footprint.later.bot_first_answer_ms.into()
    }),
    Goal::at_most("idle memory of the bot", "MB", 20.0, |r| {
        r.footprint.later.bot_idle_mb.into()
    }),
    Goal::at_most("size of the program", "MB", 15.0, |r| {
        r.footprint.program_mb.into()
    }),
];

struct Goal {
    what: &'static str,
    unit: &'static str,
    wanted: f64,
    /// The figure, or for a peer the name of the method that a whole reply is compared with.
    of: Of,
}

enum Of {
    Peer,
    Figure(fn(&Results) -> Option<f64>),
}

impl Goal {
    const fn faster(peer: &'static str, times: f64) -> Self {
        Self {
            what: peer,
            unit: "×",
            wanted: times,
            of: Of::Peer,
        }
    }

    const fn at_most(
        what: &'static str,
        unit: &'static str,
        most: f64,
        figure: fn(&Results) -> Option<f64>,
    ) -> Self {
        Self {
            what,
            unit,
            wanted: most,
            of: Of::Figure(figure),
        }
    }

    /// A row of the table of goals.
    fn row(&self, results: &Results) -> String {
        let (what, wanted, measured, reached) = match self.of {
            Of::Peer => {
                let times = results
                    .method(self.what)
                    .and_then(|peer| Some(peer.cpu_us / results.ours()?.cpu_us));
                let wanted = format!("≥ {} ×", self.wanted);
                (
                    format!("faster than {}", self.what),
                    wanted,
                    times,
                    times.is_some_and(|t| t >= self.wanted),
                )
            }
            Of::Figure(figure) => {
                let found = figure(results);
                let wanted = format!("≤ {} {}", self.wanted, self.unit);
                (
                    self.what.to_owned(),
                    wanted,
                    found,
                    found.is_some_and(|f| f <= self.wanted),
                )
            }
        };
        let measured = measured.map_or_else(
            || "not measured".to_owned(),
            |m| format!("{} {}", short(m), self.unit),
        );
        format!(
            "| {what} | {wanted} | {measured} | {} |\n",
            verdict(reached)
        )
    }
}

struct Results {
    methods: Vec<Measured>,
    scales: Vec<Scaled>,
    footprint: Footprint,
    speed: String,
}

impl Results {
    fn ours(&self) -> Option<&Measured> {
        self.methods.iter().find(|method| method.ours)
    }

    fn method(&self, name: &str) -> Option<&Measured> {
        self.methods.iter().find(|method| method.name == name)
    }

    fn size(&self, phrasings: usize) -> Option<&Scaled> {
        self.scales
            .iter()
            .find(|scaled| scaled.phrasings == phrasings)
    }
}

/// Writes `RESULTS.md` and `results.svg` in the folder of the benches from the lines in `folder`.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    let mut methods: Vec<Measured> = lines::read(&folder.join("rust.jsonl"))?;
    methods.extend(lines::read::<Measured>(&folder.join("python.jsonl"))?);
    methods.sort_by(|a, b| {
        b.ours
            .cmp(&a.ours)
            .then(a.median_us.total_cmp(&b.median_us))
    });
    let whole = methods
        .iter()
        .position(|method| method.name == "Backtalk, whole reply");
    methods.swap(0, whole.context("Backtalk was not measured")?);
    let results = Results {
        scales: lines::read(&folder.join("scale.jsonl"))?,
        footprint: lines::read(&folder.join("footprint.jsonl"))?
            .pop()
            .context("no footprint")?,
        speed: fs::read_to_string(folder.join("speed.txt"))?,
        methods,
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(home.join("RESULTS.md"), markdown(&results)?)?;
    fs::write(home.join("results.svg"), plot::svg(&results.methods))?;
    Ok(())
}

fn markdown(results: &Results) -> anyhow::Result<String> {
    let mut text = String::from(INTRODUCTION);
    let ours = results.ours().context("Backtalk was not measured")?;
    text += "| method | ready, ms | a question, processor µs | median µs | 99 of 100 within, µs | times a whole reply | first candidate right, % | tells what is not covered |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|\n";
    for method in &results.methods {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {:.1} | {:.2} |",
            method.name,
            short(method.ready_ms),
            short(method.cpu_us),
            short(method.median_us),
            short(method.p99_us),
            short(method.cpu_us / ours.cpu_us),
            method.accuracy(),
            method.auroc,
        )?;
    }
    text += "\n![Accuracy against time a question](results.svg)\n\n## Goals\n\n| goal | wanted | measured | |\n|---|--:|--:|---|\n";
    for goal in GOALS {
        text += &goal.row(results);
    }
    let rivals = results.methods.iter().filter(|method| !method.ours);
    let best = rivals
        .max_by(|a, b| a.accuracy().total_cmp(&b.accuracy()))
        .context("no peer was measured")?;
    writeln!(
        text,
        "| more accurate than every peer | > {:.1} % | {:.1} % | {} |\n",
        best.accuracy(),
        ours.accuracy(),
        verdict(ours.accuracy() > best.accuracy())
    )?;
    text += "## Growth\n\nSynthetic FAQs with 80 phrasings an entry, without triage; memory is what the process grows by.\n\n\
             | phrasings | entries | learning, ms | memory then, MB | at most, MB | a question, median µs | 99 of 100 within, µs |\n\
             |--:|--:|--:|--:|--:|--:|--:|\n";
    for scaled in &results.scales {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            scaled.phrasings,
            scaled.entries,
            short(scaled.learn_ms),
            short(scaled.resident_mb),
            short(scaled.peak_mb),
            short(scaled.median_us),
            short(scaled.p99_us)
        )?;
    }
    let Footprint {
        program_mb,
        first,
        later,
    } = &results.footprint;
    let row = |what: &str, unit: &str, of: fn(&Starts) -> f64| {
        format!(
            "| {what} | {:.0} {unit} | {:.0} {unit} |\n",
            of(first),
            of(later)
        )
    };
    let starts = [
        row("`backtalk ask`, from start to exit", "ms", |s| s.ask_ms),
        row(
            "`backtalk telegram`, from start to the first answer",
            "ms",
            |s| s.bot_first_answer_ms,
        ),
        row("its processor time", "ms", |s| s.bot_cpu_ms),
        row("its memory when idle", "MB", |s| s.bot_idle_mb),
        row("its memory at most", "MB", |s| s.bot_peak_mb),
    ];
    let starts = starts.concat();
    write!(
        text,
        "\n## The finished program\n\n\
         {program_mb:.1} MB on disk. The first start with new content learns it; later ones find in the cache what was\n\
         learned, and the goals are about those.\n\n\
         | | first start | later starts |\n|---|--:|--:|\n{starts}\n\
         The bot answers a Bot API server on the loopback that has one message waiting.\n\n\
         ## Each step, with allocations\n\n\
         Medians, and how often memory is asked for; as `cargo bench` in this folder prints them in full.\n\n```text\n{}\n```\n",
        condensed(&results.speed)
    )?;
    Ok(text)
}

const INTRODUCTION: &str = "\
# How fast, and how often right

Written by `benches/run`: everything in one run, on one core. The machine was shared with other work, so times are medians
and ratios of processor time say more than they do; getting ready and learning are processor time, too. All methods see
the same phrasings, those in `faq/`, and the same questions, those in `tests/questions` that are asked one at a time:
in-scope, forum posts, typos, out of scope.

*Tells what is not covered* is how often a covered question scores higher than one that no entry covers: 0.5 is chance, 1
perfect.

";

/// Name, median time and number of allocations of each bench, from what divan prints.
fn condensed(speed: &str) -> String {
    let mut rows: Vec<(String, String, String)> = Vec::new();
    let mut lines = speed.lines();
    while let Some(line) = lines.next() {
        if let Some((before, rest)) = line.split_once("─ ") {
            let mut cells = rest.split('│');
            let name = cells.next().unwrap_or_default().split("  ").next();
            let indent = " ".repeat(before.chars().count() / 3 * 2);
            let median = cells.nth(1).unwrap_or_default().trim().to_owned();
            rows.push((
                indent + name.unwrap_or_default().trim(),
                median,
                String::new(),
            ));
        } else if line.trim_start_matches(['│', ' ']).starts_with("alloc:") {
            let count = lines
                .next()
                .unwrap_or_default()
                .trim_start_matches(['│', ' ']);
            if let Some(row) = rows.last_mut() {
                count
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .clone_into(&mut row.2);
            }
        }
    }
    let line = |(name, median, count): (String, String, String)| {
        format!("{name:<28}{median:>12}{count:>12}")
    };
    let head = (String::new(), "median".to_owned(), "allocations".to_owned());
    let all = std::iter::once(head).chain(rows).map(line);
    all.map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "**missed**" }
}

/// Three significant digits at least, and no more decimals than they need.
fn short(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}
