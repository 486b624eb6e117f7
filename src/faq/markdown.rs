//! The small part of Markdown that answers are written in: paragraphs, bullet lists, bold.
//!
//! Parsed once at load, so that every channel renders from the same structure and none has to guess at markup.

/// A text in blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markdown {
    /// Paragraphs and lists, in order.
    pub blocks: Vec<Block>,
}

/// A paragraph or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Span>),
    /// Bullet points.
    List(Vec<Vec<Span>>),
}

/// A run of text in one weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The words.
    pub text: String,
    /// Whether they are bold.
    pub bold: bool,
}

impl Markdown {
    /// Reads a text, in which an empty line begins a new paragraph and a line break is a blank.
    ///
    /// # Errors
    /// When it uses markup outside the supported part; the text says which and where (line within the answer).
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, " ")
    }

    /// Reads a text whose line breaks are meant.
    ///
    /// # Errors
    /// As [`Markdown::parse`].
    pub fn parse_lines(text: &str) -> Result<Self, String> {
        Self::read(text, "\n")
    }

    /// Reads a text, with this in place of a line break within a paragraph or a list's item.
    fn read(text: &str, joint: &str) -> Result<Self, String> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false; // whether the last block goes on in the next line
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                open = false;
                continue;
            }
            if let Some(fault) = unsupported(line) {
                return Err(format!("line {} of the answer has {fault}", number + 1));
            }
            let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
            let spans = |text| {
                parse_spans(text)
                    .map_err(|fault| format!("line {} of the answer has {fault}", number + 1))
            };
            match (item, blocks.last_mut()) {
                (Some(item), Some(Block::List(items))) => items.push(spans(item)?),
                (Some(item), _) => blocks.push(Block::List(vec![spans(item)?])),
                (None, Some(Block::Paragraph(paragraph))) if open => {
                    join(paragraph, joint, spans(line)?);
                }
                (None, Some(Block::List(items))) if open => {
                    if let Some(last) = items.last_mut() {
                        join(last, joint, spans(line)?);
                    }
                }
                (None, _) => blocks.push(Block::Paragraph(spans(line)?)),
            }
            open = true;
        }
        if blocks.is_empty() {
            Err("the answer is empty".to_owned())
        } else {
            Ok(Self { blocks })
        }
    }

    /// A text that is shown as it stands, in one paragraph.
    #[must_use]
    pub fn verbatim(text: &str) -> Self {
        let span = Span {
            text: text.to_owned(),
            bold: false,
        };
        Self {
            blocks: vec![Block::Paragraph(vec![span])],
        }
    }

    /// The text without markup: paragraphs parted by empty lines, list items by `•`.
    #[must_use]
    pub fn plain(&self) -> String {
        let plain = |spans: &[Span]| spans.iter().map(|s| s.text.as_str()).collect::<String>();
        let blocks: Vec<String> = self
            .blocks
            .iter()
            .map(|block| match block {
                Block::Paragraph(spans) => plain(spans),
                Block::List(items) => items
                    .iter()
                    .map(|i| format!("• {}", plain(i)))
                    .collect::<Vec<_>>()
                    .join("\n"),
            })
            .collect();
        blocks.join("\n\n")
    }
}

fn join(spans: &mut Vec<Span>, joint: &str, more: Vec<Span>) {
    if let Some(last) = spans.last_mut() {
        last.text.push_str(joint);
    }
    spans.extend(more);
}

/// Bold runs stand between pairs of `**`.
fn parse_spans(line: &str) -> Result<Vec<Span>, &'static str> {
    let parts: Vec<&str> = line.split("**").collect();
    if parts.len().is_multiple_of(2) {
        return Err("bold (**) that is never closed");
    }
    let spans = parts.iter().enumerate().map(|(i, text)| Span {
        text: (*text).to_owned(),
        bold: i % 2 == 1,
    });
    Ok(spans.filter(|span| !span.text.is_empty()).collect())
}

/// Markup that the channels do not render and that would be shown raw.
fn unsupported(line: &str) -> Option<&'static str> {
    let tag = line.split('<').skip(1).any(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
            && rest.contains('>')
    });
    if tag {
        Some("an HTML tag; write plain Markdown")
    } else if line.starts_with('#') {
        Some("a heading; write a short bold line instead")
    } else if line.contains("](") {
        Some("a link; name the source in `sources` or `references` instead")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_and_bold() {
        let text = Markdown::parse("One **bold**\nline.\n\n- first\n- second\n  goes on\n\nLast.")
            .expect("valid");
        assert_eq!(
            text.plain(),
            "One bold line.\n\n• first\n• second goes on\n\nLast."
        );
        assert!(
            matches!(&text.blocks[0], Block::Paragraph(s) if s[1].bold && s[1].text == "bold ")
        );
    }

    #[test]
    fn line_breaks_are_kept_where_they_are_meant() {
        let text = Markdown::parse_lines("**One**\ntwo\n\n- first\n  goes on").expect("valid");
        assert_eq!(text.plain(), "One\ntwo\n\n• first\ngoes on");
    }

    #[test]
    fn refuses_what_would_be_shown_raw() {
        for (text, what) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("a <b>tag</b>", "HTML"),
            ("# title", "heading"),
            ("see [this](http://x)", "link"),
            ("**open", "bold"),
        ] {
            let fault = Markdown::parse(text).expect_err(text);
            assert!(fault.contains(what), "{text}: {fault}");
        }
        assert!(
            Markdown::parse("if x < 3 and y > 2").is_ok(),
            "a comparison is no tag"
        );
    }
}
