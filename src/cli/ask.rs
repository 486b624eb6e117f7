//! `backtalk ask`: utterances in, replies out, as text or as one JSON object a line.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use crate::engine::Engine;
use crate::faq::EntryIndex;
use crate::matcher::Candidate;
use crate::plain;
use crate::reply::Reply;
use crate::terminal::input::{Input, Lines};

use super::explain::explain;

#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// What to ask; without it, every line of standard input is asked
    utterance: Option<OsString>,
    /// Print one JSON object a line, in the order of the input
    #[arg(long)]
    json: bool,
    /// Also print how the reply came about
    #[arg(long, conflicts_with = "json")]
    explain: bool,
    /// Lines are turns of one chat; an empty line begins a new one and prints nothing
    #[arg(long)]
    conversation: bool,
}

pub(super) fn run(args: &AskArgs, engine: &Engine) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut turn = Turn {
        args,
        engine,
        previous: None,
    };
    if let Some(utterance) = &args.utterance {
        turn.answer(&utterance.to_string_lossy(), &mut out)?;
    } else {
        let typed = io::stdin().is_terminal();
        let mut lines = Lines::new(io::stdin().lock());
        while let Some(line) = lines.line()? {
            turn.answer(&line, &mut out)?;
            if typed {
                out.flush()?; // a person waits for it
            }
        }
    }
    out.flush()
}

struct Turn<'a> {
    args: &'a AskArgs,
    engine: &'a Engine,
    previous: Option<EntryIndex>,
}

impl Turn<'_> {
    fn answer(&mut self, utterance: &str, out: &mut impl Write) -> io::Result<()> {
        if self.args.conversation && utterance.is_empty() {
            self.previous = None;
            return Ok(());
        }
        let reply = self.engine.respond(utterance, self.previous);
        if self.args.explain {
            writeln!(out, "{}", explain(self.engine, utterance, self.previous))?;
        }
        let text = plain::render(&reply, self.engine.faq());
        if self.args.json {
            serde_json::to_writer(&mut *out, &Line::new(utterance, &reply, text, self.engine))?;
            writeln!(out)?;
        } else {
            writeln!(out, "{text}\n")?;
        }
        if self.args.conversation {
            self.previous = reply.context().or(self.previous);
        }
        Ok(())
    }
}

/// One line of `ask --json`; relied on from outside, see DESIGN §5.
#[derive(Serialize)]
struct Line<'a> {
    utterance: &'a str,
    decision: &'static str,
    answers: Vec<Scored<'a>>,
    candidates: Vec<Scored<'a>>,
    triage: Option<Finding<'a>>,
    reply: String,
}

#[derive(Serialize)]
struct Scored<'a> {
    entry: &'a str,
    score: f64,
}

#[derive(Serialize)]
struct Finding<'a> {
    level: String,
    concept: &'a str,
}

impl<'a> Line<'a> {
    fn new(utterance: &'a str, reply: &Reply<'a>, text: String, engine: &'a Engine) -> Self {
        let scored = |candidates: &[Candidate]| {
            candidates
                .iter()
                .map(|c| Scored {
                    entry: engine.faq()[c.entry].id.as_str(),
                    score: rounded(c.score),
                })
                .collect()
        };
        Self {
            utterance,
            decision: reply.decision(),
            answers: scored(&reply.answers),
            candidates: scored(&reply.candidates),
            triage: reply.triage.map(|(level, concept)| Finding {
                level: level.to_string(),
                concept: concept.id.as_str(),
            }),
            reply: text,
        }
    }
}

/// Six decimals: enough to rank by, and free of the noise of `f32` in decimal.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1e6).round() / 1e6
}
