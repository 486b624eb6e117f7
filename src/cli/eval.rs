//! `backtalk eval`: labelled questions through the engine; figures, confusions, every miss, a threshold curve.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::engine::Engine;
use crate::eval::floors::Floor;
use crate::eval::{self, floors, plot, sets, text};

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// Labelled questions, tab-separated; the header says of which kind
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object with every figure
    #[arg(long)]
    json: bool,
    /// Draw the threshold curve and the confusion as an SVG
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Figures that may not get worse; a breach exits 1
    #[arg(long, value_name = "FILE.toml")]
    floors: Option<PathBuf>,
}

pub(super) fn run(args: &EvalArgs, mut engine: Engine) -> anyhow::Result<ExitCode> {
    let floors = match &args.floors {
        Some(path) => read_floors(path)?,
        None => Vec::new(),
    };
    let sets = read_sets(&args.files, &engine)?;
    let report = eval::run(&mut engine, &sets, &floors);
    if let Some(path) = &args.plot {
        fs::write(path, plot::svg(&report)).with_context(|| path.display().to_string())?;
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.json {
        serde_json::to_writer(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        text::write(&report, &mut out)?;
    }
    out.flush()?;
    Ok(if report.breaches.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn read_floors(path: &Path) -> anyhow::Result<Vec<Floor>> {
    floors::read(&read(path)?).with_context(|| path.display().to_string())
}

/// Reads every file before any is run, so that all their faults are shown at once.
fn read_sets(paths: &[PathBuf], engine: &Engine) -> anyhow::Result<Vec<sets::Set>> {
    let mut sets = Vec::new();
    let mut faults = Vec::new();
    for path in paths {
        match sets::read(&path.display().to_string(), &read(path)?, engine.faq()) {
            Ok(set) => sets.push(set),
            Err(found) => faults.extend(found.0),
        }
    }
    if faults.is_empty() {
        return Ok(sets);
    }
    let n = faults.len();
    let s = if n == 1 { "" } else { "s" };
    anyhow::bail!(
        "the labelled questions have {n} fault{s}:\n{}",
        sets::Faults(faults)
    )
}
