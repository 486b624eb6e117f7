//! The real FAQ and the real questions.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use backtalk::engine::Engine;
use backtalk::eval::sets::{self, Rows, Topics};
use backtalk::faq::{Faq, Tree, load::load};

/// One curated way of asking an entry.
#[derive(Debug, Clone)]
pub struct Phrasing {
    /// Place of its entry in the FAQ.
    pub entry: usize,
    /// What is asked.
    pub text: String,
}

/// A labelled question.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// Places of the entries that are right; none when no entry covers it.
    pub right: Vec<usize>,
}

/// The content that the program carries.
///
/// # Errors
/// With its faults, if it has any.
pub fn faq() -> anyhow::Result<Faq> {
    Ok(load(&Tree::built_in())?)
}

/// Every phrasing of every entry, canonical questions included.
#[must_use]
pub fn phrasings(faq: &Faq) -> Vec<Phrasing> {
    let entries = faq.entries.iter().enumerate();
    let phrasings = entries.flat_map(|(entry, found)| {
        let texts = std::iter::once(&found.question).chain(&found.phrasings);
        texts.map(move |text| Phrasing {
            entry,
            text: text.clone(),
        })
    });
    phrasings.collect()
}

/// The questions of `tests/questions` that are asked one at a time and for themselves: what people ask, real posts, typos,
/// and what no entry covers.
///
/// # Errors
/// When a file cannot be read or a label is wrong.
pub fn questions(faq: &Faq) -> anyhow::Result<Vec<Question>> {
    let places: HashMap<&str, usize> = faq.entries.iter().map(|e| e.id.as_str()).zip(0..).collect();
    let right = |topics: &Topics| {
        let ids = topics.0.iter().map(|&entry| faq[entry].id.as_str());
        ids.map(|id| places[id]).collect()
    };
    let mut questions = Vec::new();
    for name in ["in_scope", "forum", "typos", "out_of_scope"] {
        let path = folder().join(name).with_extension("tsv");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        match sets::read(name, &text, faq)?.rows {
            Rows::InScope(rows) => questions.extend(rows.into_iter().map(|row| Question {
                right: right(&row.topics),
                text: row.message,
            })),
            Rows::Typos(rows) => questions.extend(rows.into_iter().map(|row| Question {
                right: right(&row.topics),
                text: row.noisy,
            })),
            Rows::OutOfScope(rows) => {
                let strangers = rows.into_iter().filter(|row| !row.small_talk);
                questions.extend(strangers.map(|row| Question {
                    right: Vec::new(),
                    text: row.message,
                }));
            }
            Rows::Triage(_) | Rows::Several(_) | Rows::FollowUps(_) | Rows::Real(_) => {
                anyhow::bail!("{}: not a set of single questions", path.display())
            }
        }
    }
    Ok(questions)
}

/// Every message of every set: what the bot has to cope with.
///
/// # Errors
/// When a file cannot be read or a label is wrong.
pub fn messages(engine: &Engine) -> anyhow::Result<Vec<String>> {
    let mut messages = Vec::new();
    for item in fs::read_dir(folder())? {
        let path = item?.path();
        if path.extension().is_some_and(|extension| extension == "tsv") {
            let text = fs::read_to_string(&path)?;
            let set = sets::read(&path.display().to_string(), &text, engine.faq())?;
            match set.rows {
                Rows::InScope(rows) => messages.extend(rows.into_iter().map(|r| r.message)),
                Rows::Typos(rows) => messages.extend(rows.into_iter().map(|r| r.noisy)),
                Rows::OutOfScope(rows) => messages.extend(rows.into_iter().map(|r| r.message)),
                Rows::Triage(rows) => messages.extend(rows.into_iter().map(|r| r.message)),
                Rows::Several(rows) => messages.extend(rows.into_iter().map(|r| r.message)),
                Rows::FollowUps(rows) => messages.extend(rows.into_iter().map(|r| r.second)),
                Rows::Real(rows) => messages.extend(rows.into_iter().map(|r| r.message)),
            }
        }
    }
    messages.sort_unstable();
    Ok(messages)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/questions")
}
