//! `backtalk check`: every fault in the content, in one run.
//!
//! First what loading finds; when the files are sound, what only the learned engine can tell: whether every question
//! and phrasing leads to its own entry, and whether triage behaves as its examples say.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::engine::Engine;
use crate::faq::{self, Faq, Fault, Tree};
use crate::reply::Content;

pub(super) fn run(tree: &Tree) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let faults = match faq::load::load(tree) {
        Err(faults) => faults.0,
        Ok(faq) => {
            let summary = summary(&faq);
            let found = faults_of(&Engine::new(faq));
            if found.is_empty() {
                writeln!(out, "{summary}; no faults")?;
                return Ok(ExitCode::SUCCESS);
            }
            found
        }
    };
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    let n = faults.len();
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

/// What is wrong with content that loads.
fn faults_of(engine: &Engine) -> Vec<Fault> {
    let faq = engine.faq();
    let mut faults = Vec::new();
    for entry in &faq.entries {
        let path = format!("entries/{}/{}.md", faq.groups[entry.group].id, entry.id);
        let texts = std::iter::once(("question", &entry.question));
        for (field, text) in texts.chain(entry.phrasings.iter().map(|p| ("phrasings", p))) {
            let reply = engine.respond(text, None);
            let what = match &reply.content {
                Content::RedFlag(concept) => {
                    format!("{text:?} raises the red flag \"{}\"", concept.id)
                }
                Content::Answer(advice) if advice.entries()[0].id == entry.id => continue,
                Content::Answer(advice) => {
                    format!("{text:?} leads to \"{}\"", advice.entries()[0].id)
                }
                Content::Suggest(_) | Content::Abstain(_) | Content::SmallTalk(_) => {
                    format!("{text:?} leads to no answer ({})", reply.decision())
                }
            };
            faults.push(Fault::new(
                &path,
                field,
                what,
                "reword or move it, or mend triage.toml",
            ));
        }
    }
    if let (Some(protocol), Some(triage)) = (&faq.triage, engine.triage()) {
        faults.extend(protocol.check(triage));
    }
    faults
}
