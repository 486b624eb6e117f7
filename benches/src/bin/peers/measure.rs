//! Every method on every question: how long, and how often right.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use backtalk::engine::Engine;
use benches::data::{self, Question};

use crate::footprint::cpu_ms;
use crate::lines::{self, Measured, quantiles};
use crate::methods::{MatchAlone, Method, Nucleo, Rapidfuzz, Respond, Strsim, Tantivy};

const FEWEST_STARTS: u32 = 3;
const MOST_STARTS: u32 = 100;
/// Least processor time that getting ready is measured over, in milliseconds.
const LEAST_CPU_MS: f64 = 500.0;

/// How often the questions are asked.
#[derive(Clone, Copy)]
struct Rounds {
    fewest: usize,
    most: usize,
    /// How long a method may go on beyond the fewest rounds.
    budget: Duration,
}

const THOROUGH: Rounds = Rounds {
    fewest: 3,
    most: 51,
    budget: Duration::from_secs(10),
};
/// Slow methods are asked once.
const QUICK: Rounds = Rounds {
    fewest: 1,
    most: 21,
    budget: Duration::from_secs(2),
};

/// Writes phrasings and questions as the Python peers read them.
pub(crate) fn export(folder: &Path) -> anyhow::Result<()> {
    let faq = data::faq()?;
    let clean = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let phrasings = data::phrasings(&faq);
    let phrasings = phrasings
        .iter()
        .map(|p| format!("{}\t{}\n", p.entry, clean(&p.text)));
    fs::write(folder.join("phrasings.tsv"), phrasings.collect::<String>())?;
    let questions = data::questions(&faq)?;
    let questions = questions.iter().map(|question| {
        let right: Vec<String> = question.right.iter().map(ToString::to_string).collect();
        format!("{}\t{}\n", right.join(","), clean(&question.text))
    });
    fs::write(folder.join("questions.tsv"), questions.collect::<String>())?;
    Ok(())
}

/// Measures Backtalk and the Rust peers.
pub(crate) fn run(quick: bool) -> anyhow::Result<()> {
    let faq = data::faq()?;
    let phrasings = data::phrasings(&faq);
    let questions = data::questions(&faq)?;
    let rounds = if quick { QUICK } else { THOROUGH };
    let learn = || Engine::new(faq.clone());
    let report = |name, ours, ready_ms, method: &mut dyn Method| {
        lines::print(&measured(name, ours, ready_ms, method, &questions, rounds)?)
    };

    let (mut respond, ready) = ready(|| Respond(learn()))?;
    report("Backtalk, whole reply", true, ready, &mut respond)?;
    report(
        "Backtalk, match alone",
        true,
        ready,
        &mut MatchAlone(learn()),
    )?;
    let (mut tantivy, ready) = self::ready(|| Tantivy::new(&phrasings))?;
    report(
        "tantivy, fuzzy query",
        false,
        ready,
        tantivy.as_mut().map_err(|e| anyhow::anyhow!("{e}"))?,
    )?;
    let (mut rapidfuzz, ready) = self::ready(|| Rapidfuzz::new(&phrasings))?;
    report("rapidfuzz crate, ratio", false, ready, &mut rapidfuzz)?;
    let (mut strsim, ready) = self::ready(|| Strsim::new(&phrasings))?;
    report("strsim, Jaro-Winkler", false, ready, &mut strsim)?;
    let (mut nucleo, ready) = self::ready(|| Nucleo::new(&phrasings))?;
    report("nucleo-matcher", false, ready, &mut nucleo)
}

/// Makes a method ready, often enough for the clock; the last one, and the mean processor time in milliseconds, which
/// other programs on the same machine disturb less than the time on the wall.
fn ready<M>(make: impl Fn() -> M) -> anyhow::Result<(M, f64)> {
    let pid = std::process::id();
    let start = cpu_ms(pid)?;
    let mut times = 0;
    loop {
        let made = make();
        times += 1;
        let taken = cpu_ms(pid)? - start;
        if times >= FEWEST_STARTS && taken >= LEAST_CPU_MS || times == MOST_STARTS {
            return Ok((made, taken / f64::from(times)));
        }
    }
}

fn measured(
    name: &str,
    ours: bool,
    ready_ms: f64,
    method: &mut dyn Method,
    questions: &[Question],
    rounds: Rounds,
) -> anyhow::Result<Measured> {
    let Asked {
        best,
        times,
        cpu_us,
    } = ask(method, questions, rounds)?;
    let covered = questions.iter().filter(|q| !q.right.is_empty()).count();
    let right = questions.iter().zip(&best);
    let right = right
        .filter(|(question, best)| best.is_some_and(|(entry, _)| question.right.contains(&entry)))
        .count();
    let score = |at: usize| best[at].map_or(f64::NEG_INFINITY, |(_, score)| score);
    let of = |is_covered: bool| {
        let places =
            (0..questions.len()).filter(move |&at| questions[at].right.is_empty() != is_covered);
        places.map(score).collect::<Vec<f64>>()
    };
    let (median_us, p99_us) = quantiles(times);
    Ok(Measured {
        name: name.to_owned(),
        ours,
        ready_ms,
        cpu_us,
        median_us,
        p99_us,
        right,
        covered,
        auroc: auroc(&of(true), &of(false)),
    })
}

/// How a method answers.
struct Asked {
    /// What it finds for each question.
    best: Vec<Option<(usize, f64)>>,
    /// How long each takes, in microseconds: the median of several rounds over all questions, so that none finds the caches
    /// as it left them.
    times: Vec<f64>,
    /// Mean processor time of a question, in microseconds.
    cpu_us: f64,
}

fn ask(method: &mut dyn Method, questions: &[Question], rounds: Rounds) -> anyhow::Result<Asked> {
    let pid = std::process::id();
    let cpu = cpu_ms(pid)?;
    let mut best = Vec::new();
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); questions.len()];
    let start = Instant::now();
    for round in 0..rounds.most {
        if round >= rounds.fewest && start.elapsed() > rounds.budget {
            break;
        }
        best.clear();
        for (question, times) in questions.iter().zip(&mut times) {
            let start = Instant::now();
            best.push(black_box(method.best(black_box(&question.text))));
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    let asked = times.iter().map(Vec::len).sum::<usize>();
    let cpu_us = (cpu_ms(pid)? - cpu) * 1e3 / asked as f64;
    let times = times.into_iter().map(|times| quantiles(times).0).collect();
    Ok(Asked {
        best,
        times,
        cpu_us,
    })
}

/// The share of pairs in which the first is higher; ties count half.
fn auroc(higher: &[f64], lower: &[f64]) -> f64 {
    let pairs = higher
        .iter()
        .flat_map(|high| lower.iter().map(move |low| high.total_cmp(low)));
    let won: f64 = pairs
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    won / (higher.len() * lower.len()) as f64
}
