//! Every row of a set through [`Engine::respond`], and what came of it, counted.
//!
//! What the figures of each kind of set mean is said at the function that counts them. Nothing here prints.

use serde::Serialize;

use super::confusion::Confusion;
use super::figures::{Better, Figures};
use super::outcome::{ANSWER, Outcome, RED_FLAG, SMALL_TALK, SUGGEST, TOP, is_among_first};
use super::sets::{
    Flagged, FollowUp, Question, Real, Rows, Set, Several, Stranger, Topics, Typo, Wanted,
};
use super::urgency::{count_level, is_safe, level_name};
use crate::engine::Engine;
use crate::faq::{EntryIndex, Faq};
use crate::reply::Reply;
use crate::triage::Level;

/// What was measured on one set.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The set's name.
    pub name: String,
    /// How many rows it has.
    pub rows: usize,
    /// The figures.
    pub figures: Figures,
    /// Questions whose first candidate is not right, by what was meant and what came first.
    pub confused: Confusion,
    /// Every row that did not go as labelled.
    pub misses: Vec<Miss>,
}

/// A row that did not go as labelled.
#[derive(Debug, Clone, Serialize)]
pub struct Miss {
    /// Its name in the file.
    pub id: String,
    /// What went wrong, in one or two words.
    pub how: String,
    /// The utterance; two turns have ` // ` between.
    pub utterance: String,
    /// The label.
    pub wanted: String,
    /// What was decided.
    pub decision: &'static str,
    /// Ids of the entries that were answered.
    pub answers: Vec<String>,
    /// The first three candidates.
    pub candidates: Vec<Scored>,
    /// What triage found.
    pub triage: Option<Found>,
}

/// A candidate.
#[derive(Debug, Clone, Serialize)]
pub struct Scored {
    /// The entry's id.
    pub entry: String,
    /// Its score, 0 to 1, rounded to three decimals.
    pub score: f64,
}

/// What triage found.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// `emergency`, `urgent` or `caution`.
    pub level: String,
    /// The concept's id.
    pub concept: String,
}

/// Runs one set.
#[must_use]
pub fn measure(engine: &Engine, set: &Set) -> Measured {
    let mut tally = Tally {
        engine,
        figures: Figures::default(),
        confused: Confusion::default(),
        misses: Vec::new(),
    };
    let rows = match &set.rows {
        Rows::InScope(rows) => each(rows, |row| tally.question(row)),
        Rows::Typos(rows) => each(rows, |row| tally.typo(row)),
        Rows::OutOfScope(rows) => each(rows, |row| tally.stranger(row)),
        Rows::Triage(rows) => each(rows, |row| tally.flagged(row)),
        Rows::Several(rows) => each(rows, |row| tally.several(row)),
        Rows::FollowUps(rows) => each(rows, |row| tally.follow_up(row)),
        Rows::Real(rows) => each(rows, |row| tally.real(row)),
    };
    Measured {
        name: set.name.clone(),
        rows,
        figures: tally.figures,
        confused: tally.confused,
        misses: tally.misses,
    }
}

fn each<T>(rows: &[T], act: impl FnMut(&T)) -> usize {
    rows.iter().for_each(act);
    rows.len()
}

/// Counts while the rows of a set go by.
struct Tally<'e> {
    engine: &'e Engine,
    figures: Figures,
    confused: Confusion,
    misses: Vec<Miss>,
}

impl<'e> Tally<'e> {
    /// `top1`, `top3`: an acceptable entry is first, or among the first three, whatever was decided. `right`,
    /// `offered`, `wrong`, `missed`, `alarm`: see [`Outcome`]; they add up to all. `helped`: right or offered.
    /// `small_talk`: taken for small talk (these are also missed). Rows that no entry covers count only in
    /// `out_answered` and `out_offered`.
    fn question(&mut self, row: &Question) {
        if row.topics.in_scope() {
            self.covered("", &row.id, &row.message, &row.topics);
        } else {
            self.uncovered(&row.id, &row.message);
        }
    }

    /// The figures of a question, once for the `clean` and once for the `noisy` spelling.
    fn typo(&mut self, row: &Typo) {
        self.covered("clean.", &row.id, &row.clean, &row.topics);
        self.covered("noisy.", &row.id, &row.noisy, &row.topics);
    }

    fn covered(&mut self, prefix: &str, id: &str, message: &str, topics: &Topics) {
        let reply = self.engine.respond(message, None);
        let first = reply.candidates.first();
        let top1 = first.is_some_and(|c| topics.accept(c.entry));
        self.add(&[prefix, "top1"], Better::Higher, top1);
        let top3 = is_among_first(&reply, topics);
        self.add(&[prefix, "top3"], Better::Higher, top3);
        let outcome = Outcome::of(&reply, topics);
        for o in Outcome::ALL {
            self.add(&[prefix, o.name()], o.better(), o == outcome);
        }
        let helped = matches!(outcome, Outcome::Right | Outcome::Offered);
        self.add(&[prefix, "helped"], Better::Higher, helped);
        let chatted = reply.decision() == SMALL_TALK;
        self.add(&[prefix, "small_talk"], Better::Lower, chatted);
        self.confuse(&reply, topics);
        if outcome != Outcome::Right {
            let how = format!("{prefix}{}", outcome.name());
            self.miss(id, &how, message, self.wanted(topics), &reply);
        }
    }

    fn uncovered(&mut self, id: &str, message: &str) {
        let reply = self.engine.respond(message, None);
        let decision = reply.decision();
        self.add(&["out_answered"], Better::Lower, decision == ANSWER);
        self.add(&["out_offered"], Better::Lower, decision == SUGGEST);
        if matches!(decision, ANSWER | SUGGEST) {
            let how = format!("out of scope, {decision}");
            self.miss(id, &how, message, "unknown".to_owned(), &reply);
        }
    }

    /// `answered`, `offered`, `alarm`, and `quiet` for neither of them; for all rows, then by kind. Small talk may be
    /// recognised or met with "not covered", both are quiet; `recognised` counts the former, and
    /// `taken_for_small_talk` the rows that are none but were met as such.
    fn stranger(&mut self, row: &Stranger) {
        let reply = self.engine.respond(&row.message, None);
        let decision = reply.decision();
        let quiet = !matches!(decision, ANSWER | SUGGEST | RED_FLAG);
        let kind = format!("{}.", row.kind);
        for prefix in ["", &kind] {
            self.add(&[prefix, "answered"], Better::Lower, decision == ANSWER);
            self.add(&[prefix, "offered"], Better::Lower, decision == SUGGEST);
            self.add(&[prefix, "alarm"], Better::Lower, decision == RED_FLAG);
            self.add(&[prefix, "quiet"], Better::Higher, quiet);
        }
        let chatted = decision == SMALL_TALK;
        if row.small_talk {
            self.add(&["recognised"], Better::Higher, chatted);
        } else {
            self.add(&["taken_for_small_talk"], Better::Lower, chatted);
        }
        if !quiet || row.small_talk && !chatted {
            let wanted = if row.small_talk {
                SMALL_TALK
            } else {
                "unknown"
            };
            let how = if quiet { "not recognised" } else { decision };
            self.miss(
                &row.id,
                &format!("{} {how}", row.kind),
                &row.message,
                wanted.to_owned(),
                &reply,
            );
        }
    }

    /// See [`count_level`]; then by concept `exact` (the labelled level), `safe` ([`is_safe`]) and, where the label is
    /// that nothing is urgent, `false_alarm`.
    fn flagged(&mut self, row: &Flagged) {
        let reply = self.engine.respond(&row.message, None);
        let found = reply.triage.map(|(level, _)| level);
        count_level(&mut self.figures, row.level, found);
        let safe = is_safe(row.level, found);
        if !row.concept.is_empty() {
            let concept = format!("concept.{}.", row.concept);
            if row.level.is_some() {
                self.add(&[&concept, "exact"], Better::Higher, found == row.level);
                self.add(&[&concept, "safe"], Better::Higher, safe);
            } else {
                self.add(&[&concept, "false_alarm"], Better::Lower, !safe);
            }
        }
        if !safe || row.level == Some(Level::Emergency) && found != row.level {
            let how = format!("{} found {}", level_name(row.level), level_name(found));
            self.miss(
                &row.id,
                &how,
                &row.message,
                format!("{} {}", level_name(row.level), row.concept),
                &reply,
            );
        }
    }

    /// `all_parts`: every question has an acceptable entry among the answers; `some_part`: at least one has.
    fn several(&mut self, row: &Several) {
        let reply = self.engine.respond(&row.message, None);
        let answered = |part: &&Topics| reply.answers.iter().any(|c| part.accept(c.entry));
        let hits = row.parts.iter().filter(answered).count();
        let all = hits == row.parts.len();
        self.add(&["all_parts"], Better::Higher, all);
        self.add(&["some_part"], Better::Higher, hits > 0);
        if !all {
            let wanted: Vec<String> = row.parts.iter().map(|part| self.wanted(part)).collect();
            let how = format!("{hits} of {} parts", row.parts.len());
            self.miss(&row.id, &how, &row.message, wanted.join(", "), &reply);
        }
    }

    /// `right`, `offered`, `wrong`, `missed` for the second turn: all, then by kind; they add up to all. Where small
    /// talk or a red flag is wanted, anything else is wrong; where no entry covers it, answering is wrong.
    fn follow_up(&mut self, row: &FollowUp) {
        let previous = self.engine.respond(&row.first, None).context();
        let reply = self.engine.respond(&row.second, previous);
        let (outcome, wanted) = self.second_turn(&reply, &row.wanted);
        // An alarm is counted among the missed here: the turn wanted another reply and did not get it.
        let counted = if outcome == Outcome::Alarm {
            Outcome::Missed
        } else {
            outcome
        };
        let kind = format!("{}.", row.kind);
        for prefix in ["", &kind] {
            for o in [
                Outcome::Right,
                Outcome::Offered,
                Outcome::Wrong,
                Outcome::Missed,
            ] {
                self.add(&[prefix, o.name()], o.better(), o == counted);
            }
        }
        if outcome != Outcome::Right {
            let how = format!("{} {}", row.kind, outcome.name());
            let turns = format!("{} // {}", row.first, row.second);
            self.miss(&row.id, &how, &turns, wanted, &reply);
        }
    }

    /// How a second turn went, and its label in words.
    fn second_turn(&self, reply: &Reply<'_>, wanted: &Wanted) -> (Outcome, String) {
        let decision = reply.decision();
        let (is_right, label) = match wanted {
            Wanted::Topics(topics) if topics.in_scope() => {
                return (Outcome::of(reply, topics), self.wanted(topics));
            }
            Wanted::Topics(topics) => (!matches!(decision, ANSWER | SUGGEST), self.wanted(topics)),
            Wanted::SmallTalk => (decision == SMALL_TALK, SMALL_TALK.to_owned()),
            Wanted::RedFlag => (decision == RED_FLAG, "emergency".to_owned()),
        };
        let outcome = if is_right {
            Outcome::Right
        } else {
            Outcome::Wrong
        };
        (outcome, label)
    }

    /// Triage where the label is sure, see [`count_level`] (a quiet `none` is `none_quiet`). Topics where nothing is
    /// urgent, by label and by what was found: `in_right`, `in_helped` (right or offered) and `in_wrong` of what the
    /// FAQ covers, `out_answered` of what it does not.
    fn real(&mut self, row: &Real) {
        let reply = self.engine.respond(&row.message, None);
        let found = reply.triage.map(|(level, _)| level);
        let urgent = |level: Option<Level>| level >= Some(Level::Urgent);
        let mut wrongs = Vec::new();
        let mut wanted = self.wanted(&row.topics);
        if row.level_sure {
            let name = match row.level {
                Some(Level::Emergency) => "emergency_safe",
                Some(Level::Urgent) => "urgent_safe",
                Some(Level::Caution) => "caution_any",
                None => "none_quiet",
            };
            let safe = is_safe(row.level, found);
            self.add(&[name], Better::Higher, safe);
            if !safe && row.level != Some(Level::Caution) {
                wrongs.push(format!("triage {}", level_name(found)));
                wanted = format!("{wanted} ({})", level_name(row.level));
            }
        }
        if !urgent(row.level) && !urgent(found) {
            let outcome = Outcome::of(&reply, &row.topics);
            if row.topics.in_scope() {
                self.add(&["in_right"], Better::Higher, outcome == Outcome::Right);
                let helped = matches!(outcome, Outcome::Right | Outcome::Offered);
                self.add(&["in_helped"], Better::Higher, helped);
                self.add(&["in_wrong"], Better::Lower, outcome == Outcome::Wrong);
                self.confuse(&reply, &row.topics);
                if outcome != Outcome::Right {
                    wrongs.push(outcome.name().to_owned());
                }
            } else {
                let answered = reply.decision() == ANSWER;
                self.add(&["out_answered"], Better::Lower, answered);
                if answered {
                    wrongs.push("out of scope, answered".to_owned());
                }
            }
        }
        if !wrongs.is_empty() {
            self.miss(&row.id, &wrongs.join(", "), &row.message, wanted, &reply);
        }
    }

    fn add(&mut self, name: &[&str], better: Better, is_true: bool) {
        self.figures.add(&name.concat(), better, is_true);
    }

    fn confuse(&mut self, reply: &Reply<'_>, topics: &Topics) {
        if let (Some(&meant), Some(got)) = (topics.0.first(), reply.candidates.first()) {
            // An acceptable candidate counts as the one that was meant.
            let got = if topics.accept(got.entry) {
                meant
            } else {
                got.entry
            };
            self.confused.add(self.id(meant), self.id(got));
        }
    }

    fn miss(&mut self, id: &str, how: &str, utterance: &str, wanted: String, reply: &Reply<'_>) {
        let faq = self.engine.faq();
        self.misses.push(Miss {
            id: id.to_owned(),
            how: how.to_owned(),
            utterance: utterance.to_owned(),
            wanted: wanted.trim_end().to_owned(),
            decision: reply.decision(),
            answers: ids(faq, reply.answers.iter().map(|c| c.entry)),
            candidates: reply
                .candidates
                .iter()
                .take(TOP)
                .map(|c| Scored {
                    entry: faq[c.entry].id.to_string(),
                    score: (f64::from(c.score) * 1e3).round() / 1e3,
                })
                .collect(),
            triage: reply.triage.map(|(level, concept)| Found {
                level: level.to_string(),
                concept: concept.id.to_string(),
            }),
        });
    }

    fn id(&self, entry: EntryIndex) -> &'e str {
        self.engine.faq()[entry].id.as_str()
    }

    fn wanted(&self, topics: &Topics) -> String {
        if topics.in_scope() {
            ids(self.engine.faq(), topics.0.iter().copied()).join("|")
        } else {
            "unknown".to_owned()
        }
    }
}

fn ids(faq: &Faq, entries: impl Iterator<Item = EntryIndex>) -> Vec<String> {
    entries.map(|e| faq[e].id.to_string()).collect()
}
