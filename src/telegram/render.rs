//! What the bot says, as Telegram HTML. Escaping, the length limit and splitting live only here.
//!
//! A text is kept as characters with a style until the very end, so that a cut can never fall into a tag or an entity,
//! and the plain form for the day on which Telegram refuses our markup is always at hand.

use crate::faq::{Block, Faq, Markdown, Span};
use crate::plain::{self, Part};
use crate::reply::{Advice, Notes, Reply};

/// Most UTF-16 units of a message after parsing: <https://core.telegram.org/bots/api#sendmessage>.
pub const MAX_UNITS: usize = 4096;

/// How a run of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    /// A quotation that is folded to three lines until it is tapped.
    Fold,
}

/// A text with its styles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    chars: Vec<(char, Style)>,
}

/// A piece of a text that fits one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// As Telegram HTML.
    pub html: String,
    /// Without markup.
    pub plain: String,
}

/// A whole reply. Questions to choose from are left to the buttons.
#[must_use]
pub fn reply(reply: &Reply<'_>, faq: &Faq) -> Text {
    parts(&plain::parts(reply, faq))
}

/// One or more answers, however they were chosen: the question as understood, the answer, what research says, the
/// doctor line, the sources.
#[must_use]
pub fn advice(advice: &Advice<'_>, faq: &Faq) -> Text {
    parts(&plain::advice_parts(advice, faq))
}

/// Triage's lines above a reply, and a sentence of the bot in the reply's place.
#[must_use]
pub fn noted(notes: &Notes<'_>, source: &str, faq: &Faq) -> Text {
    let mut text = parts(&plain::noted(notes, &faq.replies.sentences));
    text.paragraph(sentence(source));
    text
}

fn parts(parts: &[Part<'_>]) -> Text {
    let mut text = Text::default();
    for part in parts {
        text.paragraph(match part {
            Part::Card(concept) => markdown(&concept.card),
            Part::Say(said) => markdown(said),
            Part::Choices(_) => Text::default(),
            Part::Question(question) => styled(question, Style::Bold),
            Part::Answer(answer) => markdown(answer),
            Part::Research(line) => headed(line),
            Part::Doctor(line) => styled(line.as_str(), Style::Bold),
            Part::Sources(lines) => styled(lines, Style::Fold),
        });
    }
    text
}

/// A line whose words up to the first colon are its heading.
fn headed(line: &str) -> Text {
    let (heading, rest) = line.split_at(line.find(':').unwrap_or_default());
    let mut text = styled(heading, Style::Bold);
    text.push(rest, Style::Plain);
    text
}

/// A sentence of the bot, which may hold paragraphs, lists and bold.
#[must_use]
pub fn sentence(source: &str) -> Text {
    parts(&[plain::say(source)])
}

/// A curated text.
#[must_use]
pub fn markdown(source: &Markdown) -> Text {
    let mut text = Text::default();
    for block in &source.blocks {
        let mut part = Text::default();
        match block {
            Block::Paragraph(spans) => part.spans(spans),
            Block::List(items) => {
                for (i, spans) in items.iter().enumerate() {
                    part.push(if i == 0 { "• " } else { "\n• " }, Style::Plain);
                    part.spans(spans);
                }
            }
        }
        text.paragraph(part);
    }
    text
}

/// Words from outside the content, exactly as they are.
#[must_use]
pub fn literal(words: &str) -> Text {
    styled(words, Style::Plain)
}

fn styled(words: &str, style: Style) -> Text {
    let mut text = Text::default();
    text.push(words, style);
    text
}

impl Text {
    /// Adds a paragraph, parted by an empty line from what is there.
    pub fn paragraph(&mut self, part: Self) {
        if !self.chars.is_empty() && !part.chars.is_empty() {
            self.push("\n\n", Style::Plain);
        }
        self.chars.extend(part.chars);
    }

    /// The pieces in which it is sent, in order, each within [`MAX_UNITS`]; none for a blank text.
    #[must_use]
    pub fn chunks(&self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        let mut rest = trim(&self.chars);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(cut(rest));
            chunks.push(Chunk {
                html: html(trim(piece)),
                plain: trim(piece).iter().map(|(c, _)| c).collect(),
            });
            rest = trim(after);
        }
        chunks
    }

    fn push(&mut self, words: &str, style: Style) {
        // Telegram drops most control characters and refuses some; none of them is meant to be seen.
        let visible = words.chars().filter(|c| *c == '\n' || !c.is_control());
        self.chars.extend(visible.map(|c| (c, style)));
    }

    fn spans(&mut self, spans: &[Span]) {
        for span in spans {
            self.push(
                &span.text,
                if span.bold { Style::Bold } else { Style::Plain },
            );
        }
    }
}

fn trim(mut chars: &[(char, Style)]) -> &[(char, Style)] {
    while let [(c, _), rest @ ..] = chars
        && c.is_whitespace()
    {
        chars = rest;
    }
    while let [rest @ .., (c, _)] = chars
        && c.is_whitespace()
    {
        chars = rest;
    }
    chars
}

/// Where to end a message: at the end if it fits, else after the last paragraph that fits, else line, else word.
fn cut(chars: &[(char, Style)]) -> usize {
    let mut units = 0;
    let mut fits = 0;
    for (c, _) in chars {
        units += c.len_utf16();
        if units > MAX_UNITS {
            break;
        }
        fits += 1;
    }
    if fits == chars.len() {
        return fits;
    }
    let is = |at: usize, wanted: char| chars[at].0 == wanted;
    // A piece of less than half a message would leave more pieces than needed.
    let ends = || (fits / 2..fits).rev();
    ends()
        .find(|&at| is(at, '\n') && is(at + 1, '\n'))
        .or_else(|| ends().find(|&at| is(at, '\n')))
        .or_else(|| ends().find(|&at| is(at, ' ')))
        .unwrap_or(fits)
}

fn html(chars: &[(char, Style)]) -> String {
    let mut html = String::with_capacity(chars.len() + 64);
    for run in chars.chunk_by(|a, b| a.1 == b.1) {
        let (open, close) = match run[0].1 {
            Style::Plain => ("", ""),
            Style::Bold => ("<b>", "</b>"),
            Style::Fold => ("<blockquote expandable>", "</blockquote>"),
        };
        html.push_str(open);
        for (c, _) in run {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                c => html.push(*c),
            }
        }
        html.push_str(close);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    /// Takes our own markup off again.
    fn parse(html: &str) -> String {
        let mut text = html.to_owned();
        for tag in ["<b>", "</b>", "<blockquote expandable>", "</blockquote>"] {
            text = text.replace(tag, "");
        }
        assert!(!text.contains(['<', '>']), "a stray tag in {html}");
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    }

    proptest! {
        #[test]
        fn html_always_parses_fits_and_loses_no_word(
            parts in proptest::collection::vec(("(\\PC|[<>&\"\n💆 ]){0,1200}", 0..3usize), 0..12)
        ) {
            let mut text = Text::default();
            for (words, style) in &parts {
                text.paragraph(styled(words, [Style::Plain, Style::Bold, Style::Fold][*style]));
            }
            let chunks = text.chunks();
            for chunk in &chunks {
                prop_assert!(units(&chunk.plain) <= MAX_UNITS);
                prop_assert!(!chunk.plain.trim().is_empty());
                prop_assert_eq!(&parse(&chunk.html), &chunk.plain);
            }
            let visible = |s: &str| s.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>();
            let sent: String = chunks.iter().map(|c| visible(&c.plain)).collect();
            let given: String = parts.iter().map(|(words, _)| visible(words)).collect();
            prop_assert_eq!(sent, given);
        }
    }

    #[test]
    fn long_texts_are_cut_between_paragraphs() {
        let mut text = Text::default();
        for _ in 0..3 {
            text.paragraph(literal(&"word ".repeat(300)));
        }
        let chunks = text.chunks();
        assert_eq!(chunks.len(), 2);
        assert_eq!(units(&chunks[1].plain), 1499);
    }

    #[test]
    fn a_cut_in_bold_closes_and_opens_it() {
        let chunks = styled(&"x".repeat(5000), Style::Bold).chunks();
        assert_eq!(chunks.len(), 2);
        assert!(
            chunks
                .iter()
                .all(|c| c.html.starts_with("<b>") && c.html.ends_with("</b>"))
        );
    }

    #[test]
    fn emoji_count_as_two_units() {
        assert_eq!(literal(&"💆".repeat(2049)).chunks().len(), 2);
    }

    #[test]
    fn a_persons_words_are_never_markup() {
        let chunks = literal("<b>1 & \"2\"</b>").chunks();
        assert_eq!(chunks[0].html, "&lt;b&gt;1 &amp; &quot;2&quot;&lt;/b&gt;");
    }
}
