//! The parts of a reply as lines for the eye: colours, indents and line breaks.
//!
//! Colours are escape sequences in the text; whether they reach the terminal is decided where it is written.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::faq::{Block, Markdown, Span};
use crate::plain::Part;
use crate::triage::Level;

/// Longest line, in columns: beyond about ninety the eye loses the way back to the next line.
const MAX_COLUMNS: usize = 88;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const DOCTOR: Style = AnsiColor::Cyan.on_default();

/// How replies are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Coloured, and wrapped to the terminal's width.
    Styled,
    /// Plain text, a paragraph a line.
    Plain,
}

/// Shows the parts of replies on a writer.
pub(super) struct Screen<W> {
    out: W,
    look: Look,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W, look: Look) -> Self {
        Self { out, look }
    }

    /// Shows one reply and an empty line after it. At once: the reader may be a program waiting for it.
    pub(super) fn show(&mut self, parts: &[Part<'_>]) -> io::Result<()> {
        if parts.is_empty() {
            return Ok(());
        }
        match self.look {
            Look::Styled => {
                let width = textwrap::termwidth().min(MAX_COLUMNS);
                writeln!(self.out, "\n{}\n", page(parts, Some(width)))?;
            }
            Look::Plain => {
                let page = page(parts, None);
                writeln!(self.out, "{}\n", anstream::adapter::strip_str(&page))?;
            }
        }
        self.out.flush()
    }
}

/// The parts as text with escape sequences, wrapped to `width` columns if given.
fn page(parts: &[Part<'_>], width: Option<usize>) -> String {
    let mut text = String::new();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            // Choices belong to the sentence that introduces them.
            let tight = matches!(part, Part::Choices(_));
            text.push_str(if tight { "\n" } else { "\n\n" });
        }
        text.push_str(&set(part, width));
    }
    text
}

fn set(part: &Part<'_>, width: Option<usize>) -> String {
    match part {
        Part::Card(concept) => card(&concept.card, concept.level, width),
        Part::Say(text) => markdown(text, width, "", BOLD),
        Part::Answer(text) => markdown(text, width, "", BOLD),
        Part::Choices(choices) => numbered(choices, width),
        Part::Question(question) => lines(question, BOLD, width),
        Part::Research(text) => lines(text, Style::new(), width),
        Part::Doctor(line) => lines(line.as_str(), DOCTOR, width),
        Part::Sources(text) => lines(text, DIM, width),
    }
}

/// A card keeps its bar where there are no colours: it must stand out everywhere.
fn card(text: &Markdown, level: Level, width: Option<usize>) -> String {
    let style = match level {
        Level::Emergency => AnsiColor::Red.on_default().bold(),
        Level::Urgent => AnsiColor::Red.on_default(),
        Level::Caution => AnsiColor::Yellow.on_default(),
    };
    markdown(text, width, &format!("{style}┃{style:#} "), style.bold())
}

/// Paragraphs and lists, every line behind `margin`, bold runs in the style `strong`.
fn markdown(text: &Markdown, width: Option<usize>, margin: &str, strong: Style) -> String {
    let bullet = (format!("{margin}• "), format!("{margin}  "));
    let blocks: Vec<String> = text
        .blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(spans) => wrap(&runs(spans, strong), width, margin, margin),
            Block::List(items) => items
                .iter()
                .map(|item| wrap(&runs(item, strong), width, &bullet.0, &bullet.1))
                .collect::<Vec<_>>()
                .join("\n"),
        })
        .collect();
    blocks.join(&format!("\n{}\n", margin.trim_end()))
}

fn runs(spans: &[Span], strong: Style) -> String {
    let styled = spans.iter().map(|span| {
        let style = if span.bold { strong } else { Style::new() };
        paint(&span.text, style)
    });
    styled.collect()
}

fn numbered(choices: &[String], width: Option<usize>) -> String {
    let digits = choices.len().to_string().len();
    let hanging = " ".repeat(digits + 4);
    let items = choices.iter().enumerate().map(|(i, choice)| {
        let number = paint(&format!("{:>digits$}.", i + 1), BOLD);
        wrap(choice, width, &format!("  {number} "), &hanging)
    });
    items.collect::<Vec<_>>().join("\n")
}

fn lines(text: &str, style: Style, width: Option<usize>) -> String {
    let lines = text
        .lines()
        .map(|line| wrap(&paint(line, style), width, "", ""));
    lines.collect::<Vec<_>>().join("\n")
}

/// Styles every word by itself, so that a line may be broken at any space and no style runs into a margin.
fn paint(text: &str, style: Style) -> String {
    if style.is_plain() {
        return text.to_owned();
    }
    let words = text.split(' ').map(|word| match word {
        "" => String::new(),
        word => format!("{style}{word}{style:#}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn wrap(text: &str, width: Option<usize>, first: &str, rest: &str) -> String {
    match width {
        Some(width) => {
            let options = textwrap::Options::new(width)
                .initial_indent(first)
                .subsequent_indent(rest);
            textwrap::fill(text, options)
        }
        None => format!("{first}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(parts: &[Part<'_>], width: Option<usize>) -> String {
        anstream::adapter::strip_str(&page(parts, width)).to_string()
    }

    #[test]
    fn wraps_without_counting_colours_and_hangs_lists() {
        let answer = Markdown::parse("**One two three four** five.\n\n- six seven eight nine ten")
            .expect("valid");
        let expected = "One two three\nfour five.\n\n• six seven\n  eight nine\n  ten";
        assert_eq!(plain(&[Part::Answer(&answer)], Some(13)), expected);
    }

    #[test]
    fn no_width_means_a_paragraph_a_line() {
        let long = "word ".repeat(100);
        let answer = Markdown::parse(&long).expect("valid");
        assert_eq!(plain(&[Part::Answer(&answer)], None).lines().count(), 1);
    }

    #[test]
    fn every_line_of_a_card_has_its_bar() {
        let text = Markdown::parse("Call now.\n\n- one two three\n- four").expect("valid");
        for level in [Level::Emergency, Level::Urgent, Level::Caution] {
            let card = card(&text, level, Some(10));
            let card = anstream::adapter::strip_str(&card).to_string();
            assert_eq!(
                card,
                "┃ Call\n┃ now.\n┃\n┃ • one\n┃   two\n┃   three\n┃ • four"
            );
        }
    }

    #[test]
    fn numbers_line_up_under_their_sentence() {
        let choices = (1..=10).map(|i| format!("Question {i}?")).collect();
        let page = plain(
            &[crate::plain::say("Which?"), Part::Choices(choices)],
            Some(40),
        );
        assert!(page.starts_with("Which?\n   1. Question 1?\n"), "{page}");
        assert!(page.ends_with("\n  10. Question 10?"), "{page}");
    }
}
