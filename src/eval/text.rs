//! A report as text: the figures first, the misses last, so that the top of the output is what one looks for.

use std::io::{self, Write};

use super::Report;
use super::figures::Figure;
use super::measure::{Measured, Miss};
use super::sweep::{OFFERED, OUT_ANSWERED, Point, RIGHT, Sweep, WRONG};

/// How many confused pairs are listed for each set.
const PAIRS: usize = 10;

/// Writes a report.
///
/// # Errors
/// When the output fails.
pub fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for set in &report.sets {
        figures(set, out)?;
    }
    if let Some(sweep) = &report.thresholds {
        thresholds(sweep, out)?;
    }
    for set in report.sets.iter().filter(|set| !set.misses.is_empty()) {
        writeln!(out, "{}: {} misses", set.name, set.misses.len())?;
        for m in &set.misses {
            miss(m, out)?;
        }
        writeln!(out)?;
    }
    for breach in &report.breaches {
        writeln!(out, "floor broken: {breach}")?;
    }
    Ok(())
}

fn figures(set: &Measured, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}: {} rows", set.name, set.rows)?;
    let names = set.figures.iter().map(|f| f.name.chars().count());
    let width = names.max().unwrap_or(0);
    for figure in set.figures.iter() {
        let Figure {
            name, count, of, ..
        } = figure;
        let percent = share(figure.percent());
        writeln!(out, "  {name:<width$}  {percent:>7}  {count:>4} of {of}")?;
    }
    let pairs = set.confused.pairs();
    if !pairs.is_empty() {
        writeln!(out, "  most confused (meant -> first candidate)")?;
    }
    for pair in pairs.iter().take(PAIRS) {
        writeln!(out, "  {:>4} x {} -> {}", pair.count, pair.meant, pair.got)?;
    }
    if pairs.len() > PAIRS {
        writeln!(out, "       and {} more pairs", pairs.len() - PAIRS)?;
    }
    writeln!(out)
}

fn thresholds(sweep: &Sweep, out: &mut impl Write) -> io::Result<()> {
    let now = &sweep.in_force;
    writeln!(
        out,
        "thresholds: {} questions in scope, {} utterances out of scope; margin {:.2}",
        now.in_scope, now.out_of_scope, now.margin
    )?;
    writeln!(
        out,
        "  answer    right  offered    wrong  covered   out: answered  offered    worth"
    )?;
    for point in &sweep.curve {
        writeln!(out, "    {:.2}  {}", point.answer, row(point))?;
    }
    writeln!(
        out,
        "  worth = {RIGHT} right + {OFFERED} offered - {} wrong - {} out of scope answered, in questions",
        -WRONG, -OUT_ANSWERED
    )?;
    for (name, point) in [("in force", now), ("best", &sweep.best)] {
        writeln!(
            out,
            "  {name:<8}  answer = {:.2}, margin = {:.2}, suggest = {:.2}",
            point.answer, point.margin, point.suggest
        )?;
        writeln!(out, "          {}", row(point))?;
    }
    writeln!(out)
}

/// A point under the heading of the curve.
fn row(point: &Point) -> String {
    let within = |count| share(point.of_in_scope(count));
    let without = |count| share(point.of_out_of_scope(count));
    format!(
        "{:>7}  {:>7}  {:>7}  {:>7}         {:>7}  {:>7}  {:>7.1}",
        within(point.right),
        within(point.offered),
        within(point.wrong),
        within(point.covered()),
        without(point.out_answered),
        without(point.out_offered),
        point.worth()
    )
}

fn miss(miss: &Miss, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "  {} {}: {}", miss.id, miss.how, miss.utterance)?;
    writeln!(out, "      wanted {}", miss.wanted)?;
    write!(out, "      {}", miss.decision)?;
    if !miss.answers.is_empty() {
        write!(out, " {}", miss.answers.join(", "))?;
    }
    if let Some(found) = &miss.triage {
        write!(out, "; triage {} {}", found.level, found.concept)?;
    }
    let candidates: Vec<String> = miss
        .candidates
        .iter()
        .map(|c| format!("{} {:.3}", c.entry, c.score))
        .collect();
    writeln!(out, "; candidates {}", candidates.join(", "))
}

/// A share in percent, or a dash for a share of nothing.
fn share(percent: Option<f64>) -> String {
    percent.map_or_else(|| "-".to_owned(), |p| format!("{p:.1} %"))
}
