//! Telegram's HTML as the real server reads it: which tags it knows, what must be closed, what entities mean, and the
//! words with which it refuses.

/// A formatted part of a text; offset and length in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) kind: String,
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

const TAGS: [&str; 16] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// The text without markup, and its entities; or why the server would refuse it.
pub(crate) fn parse(html: &str) -> Result<(String, Vec<Entity>), String> {
    let mut text = String::new();
    let mut entities = Vec::new();
    let mut open: Vec<(String, String, usize)> = Vec::new();
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        let at = html.len() - rest.len();
        match c {
            '&' => rest = read_entity(rest, &mut text),
            '<' => {
                let end = rest
                    .find('>')
                    .ok_or(format!("Unclosed start tag at byte offset {at}"))?;
                let tag = &rest[1..end];
                rest = &rest[end + 1..];
                if let Some(name) = tag.strip_prefix('/') {
                    let (opened, kind, offset) = open
                        .pop()
                        .ok_or(format!("Unexpected end tag at byte offset {at}"))?;
                    if !name.is_empty() && name != opened {
                        return Err(format!(
                            "Unmatched end tag at byte offset {at}, expected \"</{opened}>\", found \"</{name}>\""
                        ));
                    }
                    let length = units(&text) - offset;
                    if length > 0 {
                        entities.push(Entity {
                            kind,
                            offset,
                            length,
                        });
                    }
                } else {
                    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
                    let name = name.to_lowercase();
                    if !TAGS.contains(&name.as_str()) {
                        return Err(format!(
                            "Unsupported start tag \"{name}\" at byte offset {at}"
                        ));
                    }
                    let kind = if attributes == "expandable" {
                        "expandable"
                    } else {
                        name.as_str()
                    };
                    let kind = kind.to_owned();
                    open.push((name, kind, units(&text)));
                }
            }
            c => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    match open.pop() {
        Some((name, ..)) => Err(format!(
            "Can't find end tag corresponding to start tag \"{name}\""
        )),
        None => Ok((text, entities)),
    }
}

/// Decodes what `rest` begins with if it is an entity; anything else is an ampersand.
fn read_entity<'r>(rest: &'r str, text: &mut String) -> &'r str {
    for (name, c) in [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"')] {
        if let Some(after) = rest[1..].strip_prefix(name) {
            text.push(c);
            return after.strip_prefix(';').unwrap_or(after);
        }
    }
    text.push('&');
    &rest[1..]
}

/// Length as Telegram counts it.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[test]
fn the_parser_refuses_what_the_server_refuses() {
    for (html, error) in [
        (
            "<b>x",
            "Can't find end tag corresponding to start tag \"b\"",
        ),
        ("<x>y</x>", "Unsupported start tag \"x\" at byte offset 0"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        (
            "<b>x</i>",
            "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"",
        ),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
    ] {
        assert_eq!(parse(html).expect_err(html), error);
    }
    let (text, entities) = parse("💆<b>a &amp; b</b> &c").expect("valid");
    assert_eq!(text, "💆a & b &c");
    assert_eq!((entities[0].offset, entities[0].length), (2, 5));
}
