//! What is said in a terminal conversation, turn by turn: commands, numbers, questions.
//!
//! Knows neither keyboard nor screen. Free text goes to the engine; the rest is a way round the same content.

use crate::engine::Engine;
use crate::faq::{Entry, EntryIndex};
use crate::plain::{self, Part, say};
use crate::replies::fill;
use crate::reply::Content;

/// Most questions that are listed as examples, and as related ones under an answer.
const MAX_LISTED: usize = 3;

/// One chat with one person.
pub(super) struct Conversation<'e> {
    engine: &'e Engine,
    /// The entry read last, which an elliptical question is about.
    previous: Option<EntryIndex>,
    /// What the numbers of the last list stand for. They keep their meaning until there is another list: it is the
    /// one that is still on the screen.
    menu: Vec<Choice>,
}

/// What happens on one line.
pub(super) enum Turn<'e> {
    /// This is said; nothing, if it is empty.
    Say(Vec<Part<'e>>),
    /// The conversation ends.
    Leave,
}

/// What a number leads to.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Group(usize),
    Entry(EntryIndex),
}

#[derive(Debug, Clone, Copy)]
enum Command {
    Start,
    Topics,
    Help,
    Doctor,
    Sources,
    Privacy,
    About,
    Quit,
}

const COMMANDS: [(&str, Command); 8] = [
    ("start", Command::Start),
    ("topics", Command::Topics),
    ("help", Command::Help),
    ("doctor", Command::Doctor),
    ("sources", Command::Sources),
    ("privacy", Command::Privacy),
    ("about", Command::About),
    ("quit", Command::Quit),
];

impl<'e> Conversation<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        Self {
            engine,
            previous: None,
            menu: Vec::new(),
        }
    }

    /// First words, with a few questions that are sure to have an answer.
    pub(super) fn greeting(&mut self) -> Vec<Part<'e>> {
        let faq = self.engine.faq();
        let greeting = &faq.replies.sentences.terminal_greeting;
        let mut groups: Vec<usize> = (0..MAX_LISTED)
            .map(|i| i * faq.groups.len() / MAX_LISTED)
            .collect();
        groups.dedup();
        let examples = groups
            .into_iter()
            .filter_map(|group| faq.entries_of(group).next());
        vec![
            say(&fill(greeting, &[("title", &faq.title)])),
            self.list_entries(examples.collect()),
        ]
    }

    /// Last words.
    pub(super) fn farewell(&self) -> Vec<Part<'e>> {
        vec![say(&self.engine.faq().replies.sentences.terminal_farewell)]
    }

    /// What happens on a line.
    pub(super) fn turn(&mut self, line: &str) -> Turn<'e> {
        let typed = line.trim();
        if typed.is_empty() {
            return Turn::Say(Vec::new());
        }
        if typed.eq_ignore_ascii_case("quit") || typed.eq_ignore_ascii_case("exit") {
            return Turn::Leave;
        }
        if let Some(command) = typed.strip_prefix('/') {
            return self.obey(command);
        }
        Turn::Say(match number(typed) {
            Some(number) if !self.menu.is_empty() => self.choose(number),
            _ => self.ask(line),
        })
    }

    fn obey(&mut self, command: &str) -> Turn<'e> {
        let faq = self.engine.faq();
        let sentences = &faq.replies.sentences;
        let name = command.split_whitespace().next().unwrap_or_default();
        let known = COMMANDS
            .iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known));
        Turn::Say(match known.map(|(_, command)| command) {
            Some(Command::Start) => self.greeting(),
            Some(Command::Topics) => {
                self.menu = (0..faq.groups.len()).map(Choice::Group).collect();
                let titles = faq.groups.iter().map(|group| group.title.clone());
                vec![say(&sentences.topics), Part::Choices(titles.collect())]
            }
            Some(Command::Help) => vec![say(&sentences.terminal_help)],
            Some(Command::Doctor) => vec![say(&sentences.doctor)],
            Some(Command::Sources) if faq.documents.is_empty() => {
                vec![say(&sentences.unknown_command)] // as if it did not exist
            }
            Some(Command::Sources) => vec![say(&sentences.sources), self.documents()],
            Some(Command::Privacy) => vec![say(&sentences.terminal_privacy)],
            Some(Command::About) => vec![say(&sentences.about)],
            Some(Command::Quit) => return Turn::Leave,
            None => vec![say(&sentences.unknown_command)],
        })
    }

    fn documents(&self) -> Part<'e> {
        let lines = self.engine.faq().documents.iter().map(|document| {
            let address = document.address.iter().map(|a| format!(" ({a})"));
            format!("- {document}{}\n", address.collect::<String>())
        });
        say(&lines.collect::<String>())
    }

    fn choose(&mut self, number: usize) -> Vec<Part<'e>> {
        let Some(&choice) = number.checked_sub(1).and_then(|i| self.menu.get(i)) else {
            let values = [
                ("number", number.to_string()),
                ("last", self.menu.len().to_string()),
            ];
            let values = values
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            let sentences = &self.engine.faq().replies.sentences;
            return vec![say(&fill(&sentences.terminal_no_number, &values))];
        };
        match choice {
            Choice::Group(group) => self.open(group),
            Choice::Entry(entry) => self.answer(entry),
        }
    }

    fn open(&mut self, group: usize) -> Vec<Part<'e>> {
        let faq = self.engine.faq();
        let title = format!("**{}**", faq.groups[group].title);
        let heading = fill(&faq.replies.sentences.topic, &[("group", &title)]);
        vec![
            say(&heading),
            self.list_entries(faq.entries_of(group).collect()),
        ]
    }

    fn answer(&mut self, entry: EntryIndex) -> Vec<Part<'e>> {
        self.previous = Some(entry);
        let advice = self.engine.answer(entry);
        let mut parts = plain::advice_parts(&advice, self.engine.faq());
        parts.extend(self.related(advice.entries()));
        parts
    }

    fn ask(&mut self, utterance: &str) -> Vec<Part<'e>> {
        let faq = self.engine.faq();
        let reply = self.engine.respond(utterance, self.previous);
        self.previous = reply.context().or(self.previous);
        let mut parts = plain::parts(&reply, faq);
        match &reply.content {
            Content::Answer(advice) => parts.extend(self.related(advice.entries())),
            // The parts list them already; this gives their numbers a meaning.
            Content::Suggest(offer) => {
                self.list_entries(offer.entries.clone());
            }
            Content::Abstain(_) => parts.push(say(&faq.replies.sentences.terminal_topics)),
            // Nothing may lead away from the card, not even a number of an earlier list.
            Content::RedFlag(_) => self.menu.clear(),
            Content::OtherLanguage { .. } | Content::SmallTalk(_) => {}
        }
        parts
    }

    /// Questions that may come next.
    fn related(&mut self, read: &[&Entry]) -> Vec<Part<'e>> {
        let faq = self.engine.faq();
        let mut next: Vec<&Entry> = Vec::new();
        for entry in read.iter().flat_map(|entry| &entry.related) {
            let known = |entries: &[&Entry]| entries.iter().any(|e| e.id == *entry);
            if !known(read) && !known(&next) {
                next.extend(faq.entry(entry.as_str()));
            }
        }
        next.truncate(MAX_LISTED);
        if next.is_empty() {
            return Vec::new();
        }
        vec![say(&faq.replies.sentences.related), self.list_entries(next)]
    }

    /// A list of questions; from now on the numbers stand for these.
    fn list_entries(&mut self, entries: Vec<&Entry>) -> Part<'e> {
        let faq = self.engine.faq();
        let indices = entries.iter().filter_map(|e| faq.position(e.id.as_str()));
        self.menu = indices.map(Choice::Entry).collect();
        Part::Choices(entries.into_iter().map(|e| e.question.clone()).collect())
    }
}

/// The number that a line consists of. One or two digits: three may be an emergency number, which triage must see.
fn number(typed: &str) -> Option<usize> {
    let digits = typed.strip_prefix('#').unwrap_or(typed);
    let digits = digits.strip_suffix(['.', ')']).unwrap_or(digits);
    let short = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    short.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_or_two_digits_alone() {
        for (typed, expected) in [
            ("2", Some(2)),
            ("12.", Some(12)),
            ("3)", Some(3)),
            ("#1", Some(1)),
            ("0", Some(0)),
            ("911", None),
            ("2 weeks", None),
            ("-1", None),
            ("٣", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(number(typed), expected, "{typed:?}");
        }
    }
}
