//! What the parts hand to the report: one JSON object a line.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How one method did on the real FAQ.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// What it is called in the table.
    pub(crate) name: String,
    /// Whether it is ours.
    #[serde(default)]
    pub(crate) ours: bool,
    /// Processor time to get ready, in milliseconds.
    pub(crate) ready_ms: f64,
    /// Mean processor time a question, in microseconds: what ratios are made of, since other programs on the machine
    /// stretch long times more often than short ones.
    pub(crate) cpu_us: f64,
    /// Median time a question, in microseconds.
    pub(crate) median_us: f64,
    /// 99th percentile of it.
    pub(crate) p99_us: f64,
    /// Questions whose first candidate is right.
    pub(crate) right: usize,
    /// Questions that some entry covers.
    pub(crate) covered: usize,
    /// How often a covered question scores higher than one that is not covered, 0 to 1.
    pub(crate) auroc: f64,
}

impl Measured {
    pub(crate) fn accuracy(&self) -> f64 {
        100.0 * self.right as f64 / self.covered.max(1) as f64
    }
}

/// A synthetic FAQ of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scaled {
    pub(crate) phrasings: usize,
    pub(crate) entries: usize,
    /// Processor time to learn it, in milliseconds.
    pub(crate) learn_ms: f64,
    /// What the process grew by once it was learned, in MB.
    pub(crate) resident_mb: f64,
    /// What it grew by at most meanwhile, in MB.
    pub(crate) peak_mb: f64,
    pub(crate) median_us: f64,
    pub(crate) p99_us: f64,
}

/// The finished program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Footprint {
    /// Its size, in MB.
    pub(crate) program_mb: f64,
    /// When it has to learn the content.
    pub(crate) first: Starts,
    /// When it has learned the content before.
    pub(crate) later: Starts,
}

/// How the program starts; medians.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Starts {
    /// From start to the end of `ask` with one question, in milliseconds.
    pub(crate) ask_ms: f64,
    /// From start to the bot's first answer reaching a Bot API server that has a message waiting, in milliseconds.
    pub(crate) bot_first_answer_ms: f64,
    /// Processor time that it took until a while after that, in milliseconds.
    pub(crate) bot_cpu_ms: f64,
    /// Resident memory of the bot a while after that, in MB.
    pub(crate) bot_idle_mb: f64,
    /// The most that it was until then, in MB.
    pub(crate) bot_peak_mb: f64,
}

/// Prints a line for the report.
pub(crate) fn print(line: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}

/// Reads the lines of a file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .with_context(|| path.display().to_string())
}

/// Median and 99th percentile.
pub(crate) fn quantiles(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (values.len() as f64 * share) as usize;
        values.get(place.min(values.len().saturating_sub(1)))
    };
    let of = |share| at(share).copied().unwrap_or(f64::NAN);
    (of(0.5), of(0.99))
}
