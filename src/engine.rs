//! The one path from an utterance to a reply, which Telegram, the terminal, `ask`, `eval` and the benchmarks all call.
//!
//! Pure: no clock, no randomness, no I/O. Triage runs first, on the faithful form of the full text, in English and then
//! in the other languages; a red flag ends the path there.

use serde::{Deserialize, Serialize};

use crate::decision::{Decision, Reason};
use crate::dialogue::{self, Understanding};
use crate::faq::{Entry, EntryIndex, Faq, Thresholds};
use crate::matcher::Matcher;
use crate::reply::{Advice, Content, Notes, Offer, RedFlag, Reply};
use crate::text::{Normalized, normalize};
use crate::triage::{Concept, Experience, Level, Triage};

/// Most candidates that a reply lists.
const MAX_CANDIDATES: usize = 5;

/// A FAQ, ready to answer.
#[derive(Debug)]
pub struct Engine {
    faq: Faq,
    triage: Option<Triage>,
    matcher: Matcher,
}

/// What an engine learns from its FAQ, of use with that FAQ only.
#[derive(Debug, Serialize, Deserialize)]
pub struct Knowledge {
    experience: Option<Experience>,
    matcher: Matcher,
}

impl Knowledge {
    /// Learns a FAQ: a fraction of a second for one of a hundred entries.
    #[must_use]
    pub fn learn(faq: &Faq) -> Self {
        let ordinary = faq
            .entries
            .iter()
            .flat_map(|e| std::iter::once(&e.question).chain(&e.phrasings));
        let ordinary = ordinary.chain(&faq.out_of_scope).map(String::as_str);
        Self {
            experience: faq
                .triage
                .as_ref()
                .map(|protocol| Experience::learn(protocol, ordinary)),
            matcher: Matcher::learn(faq),
        }
    }
}

impl Engine {
    /// Learns a FAQ: a fraction of a second for one of a hundred entries.
    #[must_use]
    pub fn new(faq: Faq) -> Self {
        let knowledge = Knowledge::learn(&faq);
        Self::with(faq, knowledge)
    }

    /// A FAQ with what was learned from the same one before.
    #[must_use]
    pub fn with(faq: Faq, knowledge: Knowledge) -> Self {
        let protocol = faq.triage.clone();
        Self {
            triage: protocol
                .zip(knowledge.experience)
                .map(|(protocol, experience)| Triage::new(protocol, experience)),
            matcher: knowledge.matcher,
            faq,
        }
    }

    /// The content that is answered from.
    #[must_use]
    pub fn faq(&self) -> &Faq {
        &self.faq
    }

    /// Puts other thresholds in force, as `eval` does to measure what they would change.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.faq.thresholds = thresholds;
    }

    /// The matcher, for explanations and evaluation.
    #[must_use]
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// The triage, if the FAQ has one.
    #[must_use]
    pub fn triage(&self) -> Option<&Triage> {
        self.triage.as_ref()
    }

    /// What to say to an utterance. `previous` is the entry that the person last read, if any: an elliptical question
    /// ("and how long does it last?") is about that.
    #[must_use]
    pub fn respond(&self, utterance: &str, previous: Option<EntryIndex>) -> Reply<'_> {
        self.reply(utterance, previous, false)
    }

    /// What to say to an utterance whose writer has read the urgent-care card and says that it does not apply to them:
    /// the answer, with what the card was about named above it.
    #[must_use]
    pub fn respond_denied(&self, utterance: &str, previous: Option<EntryIndex>) -> Reply<'_> {
        self.reply(utterance, previous, true)
    }

    fn reply(&self, utterance: &str, previous: Option<EntryIndex>, denied: bool) -> Reply<'_> {
        let text = normalize(utterance);
        let mut notes = Notes::default();
        let mut triage = None;
        if let Some(rules) = &self.triage {
            let assessment = rules.assess(&text);
            triage = assessment
                .verdict
                .map(|verdict| (verdict.level, rules.concept(verdict.concept)));
            notes.denied = assessment.denied;
        }
        let understood = dialogue::understand(&self.faq, &self.matcher, &text, utterance, previous);
        let Understanding {
            decision,
            reason,
            ranking,
            more_asked,
            ..
        } = understood;
        let candidates = ranking.best(MAX_CANDIDATES);
        let mut red_flag = self.red_flag(&text, triage);
        if let Some((_, shown)) = red_flag.take_if(|_| denied) {
            notes.disclaimed = Some(shown.concept);
            triage = None;
        }
        if let Some((level, red_flag)) = red_flag {
            return Reply {
                content: Content::RedFlag(red_flag),
                answers: Vec::new(),
                candidates,
                triage: Some((level, red_flag.concept)),
                reason,
            };
        }
        notes.caution = triage.map(|(_, concept)| concept);
        let languages = &self.faq.languages;
        if reason != Reason::Exact
            && let Some(detected) = languages.detect(&text)
            && let Some(english) = languages.english()
        {
            return Reply {
                content: Content::OtherLanguage {
                    own: detected.language.and_then(|l| l.reply.as_ref()),
                    english,
                    notes,
                },
                answers: Vec::new(),
                candidates,
                triage,
                reason: Reason::OtherLanguage,
            };
        }
        let (content, answers) = match decision {
            Decision::Answer(answers) => {
                let entries: Vec<&Entry> = answers.iter().map(|a| &self.faq[a.entry]).collect();
                // One doctor line for all: the first that says more than the default.
                let doctor = entries
                    .iter()
                    .find_map(|e| e.doctor.as_ref())
                    .unwrap_or(&self.faq.doctor);
                let advice = entries[1..]
                    .iter()
                    .fold(Advice::new(entries[0], doctor), |advice, entry| {
                        advice.and(entry)
                    });
                (
                    Content::Answer(advice.with_notes(notes).with_more_asked(more_asked)),
                    answers,
                )
            }
            Decision::Suggest(offered) => {
                let entries = offered.iter().map(|c| &self.faq[c.entry]).collect();
                (Content::Suggest(Offer { entries, notes }), Vec::new())
            }
            Decision::Abstain => (Content::Abstain(notes), Vec::new()),
            Decision::SmallTalk(kind) => (
                Content::SmallTalk(&self.faq.replies.small_talk[kind].reply),
                Vec::new(),
            ),
        };
        Reply {
            content,
            answers,
            candidates,
            triage,
            reason,
        }
    }

    /// The card that a message gets for a red flag in English (`found`) or in another language, with its level. What is
    /// an emergency in either is one.
    fn red_flag<'f>(
        &'f self,
        text: &Normalized,
        found: Option<(Level, &'f Concept)>,
    ) -> Option<(Level, RedFlag<'f>)> {
        let languages = &self.faq.languages;
        let flags = languages.red_flags(text);
        let mut language = flags.first().map(|flag| flag.language);
        let mut found = found.filter(|(level, _)| *level >= Level::Urgent);
        if found.is_none_or(|(level, _)| level < Level::Emergency) {
            // Triage lists its concepts in the order in which they matter. A wording for one that it does not have is
            // an emergency all the same: every emergency card says whom to call.
            let concepts = self.faq.triage.iter().flat_map(|p| p.concepts());
            let emergencies = || concepts.clone().filter(|c| c.level == Level::Emergency);
            let named = |c: &&Concept| flags.iter().any(|f| f.concept == c.id.as_str());
            let emergency = emergencies().find(named).or_else(|| emergencies().next());
            let emergency = emergency.filter(|_| !flags.is_empty());
            found = emergency.map(|concept| (concept.level, concept)).or(found);
        }
        let (level, concept) = found?;
        if language.is_none() && level == Level::Emergency {
            language = languages.detect(text).and_then(|d| d.language);
        }
        let also = language.and_then(|language| language.card(concept.id.as_str()));
        Some((level, RedFlag { concept, also }))
    }

    /// The answer of one entry, as a button or a number chooses it.
    #[must_use]
    pub fn answer(&self, entry: EntryIndex) -> Advice<'_> {
        Advice::new(&self.faq[entry], self.faq.doctor_line(entry))
    }
}
