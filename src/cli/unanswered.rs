//! `backtalk unanswered`: what people ask for and the FAQ lacks, so that someone can write it.
//!
//! Similar questions stand together. A wording is shown only when it was used three times, unless the operator asks for
//! all: what one person wrote, even redacted, is theirs; what three wrote is a question.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use clap::Args;

use super::table::Table;
use super::with_report;
use crate::config::StoreConfig;
use crate::engine::Engine;
use crate::redact::is_placeholder;
use crate::store::{Report, Unanswered};
use crate::text::{normalize, stem};

/// How often something must have been asked to be shown.
const SHOWN_FROM: i64 = 3;
/// How much of the shorter question's meaning two of one group share, at least.
const SIMILAR: f64 = 0.6;

#[derive(Debug, Args)]
pub(super) struct UnansweredArgs {
    /// Show wordings that were used once or twice as well; they may tell of a person
    #[arg(long)]
    all: bool,
    /// Print comma-separated values, one line for each wording
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(
    args: &UnansweredArgs,
    config: &StoreConfig,
    engine: &Engine,
) -> anyhow::Result<()> {
    let questions = with_report(config, async |report: Report| report.unanswered().await)?;
    let weights = Weights::learn(engine, &questions);
    let groups = group(questions, &weights);
    let mut table = Table::new(&[
        "#group",
        "#asked",
        "first day",
        "last day",
        "nearest entry",
        "#score",
        "#lead",
        "question",
    ]);
    let mut hidden = 0;
    for group in &groups {
        let rows = if args.all {
            group.every_wording()
        } else {
            group.common()
        };
        hidden += group.asked() - rows.iter().map(|row| row.count).sum::<i64>();
        for row in rows {
            let [entry, score, lead] = nearest(engine, &row.words);
            table.push([
                group.number.to_string(),
                row.count.to_string(),
                row.first_day,
                row.last_day,
                entry,
                score,
                lead,
                row.words,
            ]);
        }
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.csv {
        table.write_csv(&mut out)?;
    } else {
        table.write(&mut out)?;
        if hidden > 0 {
            writeln!(
                out,
                "\nasked in rarer wordings and not shown: {hidden} (--all shows them)"
            )?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The entry that comes nearest to a question, its score, and how far ahead it is of the next.
fn nearest(engine: &Engine, words: &str) -> [String; 3] {
    let words: Vec<&str> = words
        .split(' ')
        .filter(|word| !is_placeholder(word))
        .collect();
    let reply = engine.respond(&words.join(" "), None);
    let Some(best) = reply.candidates.first() else {
        return [const { String::new() }; 3];
    };
    let next = reply.candidates.get(1).map_or(0.0, |c| c.score);
    [
        engine.faq()[best.entry].id.to_string(),
        format!("{:.2}", best.score),
        format!("{:.2}", best.score - next),
    ]
}

/// How much each word says: the rarer in the FAQ and among the questions, the more.
struct Weights {
    texts: f64,
    texts_with: BTreeMap<String, f64>,
}

impl Weights {
    fn learn(engine: &Engine, questions: &[Unanswered]) -> Self {
        let mut weights = Self {
            texts: 1.0,
            texts_with: BTreeMap::new(),
        };
        let entries = &engine.faq().entries;
        let phrasings = entries.iter().flat_map(|entry| &entry.phrasings);
        let questions = questions.iter().map(|question| &question.words);
        for text in phrasings.chain(questions) {
            weights.texts += 1.0;
            for word in meaning(text) {
                *weights.texts_with.entry(word).or_default() += 1.0;
            }
        }
        weights
    }

    fn of<'a>(&self, words: impl IntoIterator<Item = &'a String>) -> f64 {
        let weight = |word| {
            let texts_with = self.texts_with.get(word).copied().unwrap_or_default();
            (self.texts / (1.0 + texts_with)).ln().max(0.0)
        };
        words.into_iter().map(weight).sum()
    }
}

/// The stems of a question's words.
fn meaning(question: &str) -> BTreeSet<String> {
    let words = question.split(' ').filter(|word| !is_placeholder(word));
    let words = words.flat_map(|word| normalize(word).words);
    words.map(|word| stem(&word.text).into_owned()).collect()
}

/// Questions that share most of their meaning with the first of them, the most asked.
struct Group {
    number: usize,
    meaning: BTreeSet<String>,
    wordings: Vec<Unanswered>,
}

/// Puts each question to the first group that it resembles; the most asked lead. Groups come in the order of how often
/// they were asked.
fn group(questions: Vec<Unanswered>, weights: &Weights) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for question in questions {
        let words = meaning(&question.words);
        match groups
            .iter_mut()
            .find(|group| group.resembles(&words, weights))
        {
            Some(group) => group.wordings.push(question),
            None => groups.push(Group {
                number: 0,
                meaning: words,
                wordings: vec![question],
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.asked()));
    for (at, group) in groups.iter_mut().enumerate() {
        group.number = at + 1;
    }
    groups
}

impl Group {
    fn resembles(&self, words: &BTreeSet<String>, weights: &Weights) -> bool {
        let shared = weights.of(self.meaning.intersection(words));
        let shorter = weights.of(&self.meaning).min(weights.of(words));
        shared > 0.0 && shared >= SIMILAR * shorter
    }

    fn asked(&self) -> i64 {
        self.wordings.iter().map(|wording| wording.count).sum()
    }

    fn every_wording(&self) -> Vec<Unanswered> {
        self.wordings.clone()
    }

    /// The wordings that were used often enough; where there is none, the words that enough of them share.
    fn common(&self) -> Vec<Unanswered> {
        let often = self
            .wordings
            .iter()
            .filter(|wording| wording.count >= SHOWN_FROM);
        let often: Vec<Unanswered> = often.cloned().collect();
        if !often.is_empty() {
            return often;
        }
        let asked_with = |word: &&str| {
            let with = self
                .wordings
                .iter()
                .filter(|w| w.words.split(' ').any(|other| other == *word));
            with.map(|wording| wording.count).sum::<i64>() >= SHOWN_FROM
        };
        let leader = self.wordings[0].words.split(' ');
        let shared: Vec<&str> = leader.filter(asked_with).collect();
        if shared.iter().all(|word| is_placeholder(word)) {
            return Vec::new();
        }
        let days = |day: fn(&Unanswered) -> &String| self.wordings.iter().map(day);
        vec![Unanswered {
            words: shared.join(" "),
            count: self.asked(),
            first_day: days(|w| &w.first_day).min().cloned().unwrap_or_default(),
            last_day: days(|w| &w.last_day).max().cloned().unwrap_or_default(),
        }]
    }
}
