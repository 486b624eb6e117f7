//! `ask --explain`: how a reply came about, for the people who tune the content.

use std::fmt::Write;

use crate::decision::{Decision, Reason};
use crate::dialogue::{self, Understanding};
use crate::engine::Engine;
use crate::faq::EntryIndex;
use crate::languages::{Detected, Languages};
use crate::text::{Normalized, normalize};
use crate::triage::{Finder, Level, Triage};

/// Words that change a score by less than this are not listed.
const NOTABLE: f32 = 0.01;

/// The explanation, several lines without a last line end.
pub(super) fn explain(engine: &Engine, utterance: &str, previous: Option<EntryIndex>) -> String {
    let faq = engine.faq();
    let text = normalize(utterance);
    let Understanding {
        decision,
        reason,
        ranking,
        resolved,
        ..
    } = dialogue::understand(faq, engine.matcher(), &text, utterance, previous);
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{label:>11}: {value}");
    };
    let detected = faq.languages.detect(&text);
    for (label, value) in other_language(&faq.languages, &text, detected.as_ref()) {
        line(label, &value);
    }
    for (label, value) in engine.triage().into_iter().flat_map(|t| triaged(t, &text)) {
        line(label, &value);
    }
    let reading = engine.matcher().read(&text);
    let read: Vec<&str> = reading.terms.iter().map(|t| &*t.word).collect();
    line("read", &read.join(" "));
    let repairs: Vec<String> = reading
        .repairs
        .iter()
        .map(|(typed, meant)| format!("{typed} → {meant}"))
        .collect();
    if !repairs.is_empty() {
        line("repaired", &repairs.join(", "));
    }
    line(
        "known",
        &format!("{:.0} % of what was typed", ranking.known * 100.0),
    );
    if let Some(entry) = resolved {
        line(
            "follows",
            &format!("{}, since the question leans on it", faq[entry].id),
        );
    }
    let best = ranking.best(3);
    for (place, candidate) in best.iter().enumerate() {
        let evidence = engine
            .matcher()
            .evidence(faq, &reading.terms, candidate.entry);
        let mut words: Vec<&(String, f32)> = evidence
            .words
            .iter()
            .filter(|(_, worth)| worth.abs() >= NOTABLE)
            .collect();
        words.sort_by(|a, b| b.1.total_cmp(&a.1));
        let words: Vec<String> = words
            .iter()
            .take(6)
            .map(|(word, worth)| format!("{word} {worth:+.2}"))
            .collect();
        let label = if place == 0 { "best" } else { "runner-up" };
        line(
            label,
            &format!("{} {:.3}", faq[candidate.entry].id, candidate.score),
        );
        line(
            "nearest",
            &format!("{:?} ({:.2})", evidence.phrasing, evidence.similarity),
        );
        if !words.is_empty() {
            line("words", &words.join(", "));
        }
    }
    if let [best, next, ..] = best.as_slice() {
        line("margin", &format!("{:.3}", best.score - next.score));
    }
    line("not covered", &format!("{:.3}", ranking.out_of_scope));
    if let Some((kind, score)) = ranking.small_talk {
        line(
            "small talk",
            &format!("{} {score:.3}", faq.replies.small_talk[kind].id),
        );
    }
    let thresholds = faq.thresholds;
    let gates = format!(
        "answer from {}, lead by {}, offer from {}",
        thresholds.answer, thresholds.margin, thresholds.suggest
    );
    line("thresholds", &gates);
    // The engine says so, too, whatever was decided; only a phrasing stands.
    let (decision, reason) = if detected.is_some() && reason != Reason::Exact {
        (Decision::Abstain, Reason::OtherLanguage)
    } else {
        (decision, reason)
    };
    let answers: Vec<&str> = decision
        .entries()
        .iter()
        .map(|e| faq[*e].id.as_str())
        .collect();
    let verb = match decision {
        Decision::Answer(_) => "answer",
        Decision::Suggest(_) => "suggest",
        Decision::Abstain => "abstain",
        Decision::SmallTalk(_) => "small talk",
    };
    line(
        "decision",
        &format!("{verb} {} ({})", answers.join(", "), because(reason)),
    );
    out.truncate(out.trim_end().len());
    out
}

/// What is not English about the message: the words that show it, and red flags.
fn other_language(
    languages: &Languages,
    text: &Normalized,
    detected: Option<&Detected<'_>>,
) -> Vec<(&'static str, String)> {
    let flags = languages.red_flags(text).into_iter().map(|flag| {
        let (concept, language) = (flag.concept, &flag.language.name);
        (
            "red flag",
            format!("{concept}, in {language}: {:?}", flag.wording),
        )
    });
    let language = detected.map(|found| {
        let name = found.language.map_or("another script", |l| &l.name);
        let (words, english) = (found.foreign.join(", "), found.english);
        (
            "language",
            format!("{name}: {words}; English words: {english}"),
        )
    });
    flags.chain(language).collect()
}

/// What triage found and on which words, what was denied, and what the learned part makes of the message.
fn triaged(triage: &Triage, text: &Normalized) -> Vec<(&'static str, String)> {
    let assessment = triage.assess(text);
    let findings = assessment.findings.iter().map(|finding| {
        let (level, concept) = (finding.level, &triage.concept(finding.concept).id);
        let words = match finding.by {
            Finder::Pattern(_) => finding.words.join(" … "),
            Finder::Learned(_) => triage.telling(text, level).join(" … "),
        };
        (
            "triage",
            format!("{level} {concept} on {words:?} by {}", finding.by),
        )
    });
    let denied = assessment.denied.join(", ");
    let denied = (!denied.is_empty()).then_some(("denied", denied));
    let likely = assessment.likely;
    let telling = triage.telling(text, Level::Caution).join(", ");
    let on = match telling.is_empty() {
        true => String::new(),
        false => format!(", on {telling}"),
    };
    let learned = format!(
        "emergency {:.2}, urgent or more {:.2}, caution or more {:.2}{on}",
        likely.emergency, likely.urgent, likely.caution
    );
    findings
        .chain(denied)
        .chain([("learned", learned)])
        .collect()
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::Exact => "it is a phrasing, word for word",
        Reason::ClearWinner => "the best is good enough and leads clearly",
        Reason::SeveralQuestions => "several parts of the message each have a clear winner",
        Reason::BuriedQuestion => "one part of the message has a clear winner",
        Reason::FunctionWords => "no word of it names a topic",
        Reason::NearTie => "the best is good enough, but the next is too close",
        Reason::Story => "a long story that asks nothing is offered questions",
        Reason::Unsure => "the best is below the threshold",
        Reason::NothingFits => "no entry is good enough to offer",
        Reason::OutOfScope => "it looks more like what is not covered",
        Reason::Chatter => "it looks like small talk",
        Reason::NoWords => "there is no word in it",
        Reason::OtherLanguage => "it is in another language",
    }
}
