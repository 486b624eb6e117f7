//! `backtalk check`: every fault in the content, in one run.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::check::{self, Checked};
use crate::faq::{Faq, Tree};
use crate::therapists;

pub(super) fn run(tree: &Tree, therapists: &therapists::File) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let faults = match check::check(tree, therapists) {
        Ok(Checked { engine, .. }) => {
            writeln!(out, "{}; no faults", summary(engine.faq()))?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(faults) => faults,
    };
    writeln!(out, "{faults}")?;
    let n = faults.0.len();
    writeln!(out, "{n} fault{}", if n == 1 { "" } else { "s" })?;
    Ok(ExitCode::FAILURE)
}

fn summary(faq: &Faq) -> String {
    let phrasings: usize = faq.entries.iter().map(|e| e.phrasings.len()).sum();
    format!(
        "{} entries in {} groups, {phrasings} phrasings",
        faq.entries.len(),
        faq.groups.len()
    )
}
