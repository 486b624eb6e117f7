//! Every fault in the content: what `backtalk check` prints, and what a change must be free of before a running bot takes
//! it.
//!
//! First what loading finds; when the files are sound, what only the learned engine can tell: whether every question
//! and phrasing leads to its own entry, and whether triage behaves as its examples say.

use crate::engine::Engine;
use crate::faq::{self, Faq, Fault, Faults, Tree};
use crate::reply::Content;
use crate::share;
use crate::therapists::{self, Therapists};

/// Content without a fault.
#[derive(Debug)]
pub struct Checked {
    /// The FAQ, learned.
    pub engine: Engine,
    /// Who passes the bot on.
    pub therapists: Therapists,
}

/// Loads, learns and checks everything: about as long as a second start.
///
/// # Errors
/// With every fault found.
pub fn check(tree: &Tree, therapists: &therapists::File) -> Result<Checked, Faults> {
    let engine = Engine::new(faq::load::load(tree)?);
    let mut faults = faults_of(&engine);
    let therapists = therapists
        .read(engine.faq())
        .map_err(|found| faults.extend(found.0));
    match therapists {
        Ok(therapists) if faults.is_empty() => Ok(Checked { engine, therapists }),
        Ok(_) | Err(()) => Err(Faults(faults)),
    }
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
                Content::RedFlag(red_flag) => {
                    format!("{text:?} raises the red flag \"{}\"", red_flag.concept.id)
                }
                Content::Answer(advice) if advice.entries()[0].id == entry.id => continue,
                Content::Answer(advice) => {
                    format!("{text:?} leads to \"{}\"", advice.entries()[0].id)
                }
                Content::Suggest(_)
                | Content::Abstain(_)
                | Content::OtherLanguage { .. }
                | Content::SmallTalk(_) => {
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
    faults.extend(faults_of_languages(faq));
    faults.extend(share::faults(&faq.replies.sentences));
    faults
}

/// Whether everything that is written in English here is taken for English.
fn faults_of_languages(faq: &Faq) -> Vec<Fault> {
    let entries = faq.entries.iter().flat_map(|entry| {
        let path = format!("entries/{}/{}.md", faq.groups[entry.group].id, entry.id);
        let question = std::iter::once(("question", &entry.question));
        let texts = question.chain(entry.phrasings.iter().map(|p| ("phrasings", p)));
        texts.map(move |(field, text)| (path.clone(), field, text.as_str()))
    });
    let kinds = faq.replies.small_talk.iter();
    let small_talk = kinds.flat_map(|kind| &kind.phrasings);
    let small_talk = small_talk.map(|p| ("replies.toml".to_owned(), "small-talk", p.as_str()));
    let out_of_scope = faq.out_of_scope.iter();
    let out_of_scope =
        out_of_scope.map(|p| ("out-of-scope.toml".to_owned(), "phrasings", p.as_str()));
    let concepts = faq.triage.as_ref().map(|protocol| {
        let ids = protocol.concepts().iter().map(|c| c.id.as_str());
        ids.collect::<Vec<_>>()
    });
    let ours = entries.chain(small_talk).chain(out_of_scope);
    faq.languages.check(ours, concepts.as_deref())
}
