//! The buttons under the bot's messages.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::payload::Payload;
use crate::faq::{Entry, EntryId, Faq};

/// Most related questions under an answer: more would push the answer off a phone's screen.
const MAX_RELATED: usize = 3;

/// Questions on one page of a group. With a button for each page, every entry is three taps from /topics.
pub const PAGE: usize = 8;

/// Page numbers in one row, and in all: Telegram shows eight buttons in a row and takes a hundred under a message.
const PAGES_IN_ROW: usize = 8;
const MAX_PAGES: usize = 80;

/// Groups in one row.
const GROUPS_IN_ROW: usize = 2;

/// Under an answer: related questions, whether it helped (until that is known), the topics.
#[must_use]
pub fn answer(entries: &[&Entry], voted: bool, faq: &Faq) -> InlineKeyboardMarkup {
    let shown = |id: &EntryId| entries.iter().any(|e| e.id == *id);
    let mut related: Vec<&Entry> = Vec::new();
    for id in entries
        .iter()
        .flat_map(|e| &e.related)
        .filter(|id| !shown(id))
    {
        related.extend(
            faq.entry(id.as_str())
                .filter(|e| related.iter().all(|r| r.id != e.id)),
        );
    }
    related.truncate(MAX_RELATED);
    let mut rows = questions(related);
    let mut last = Vec::new();
    if let Some(first) = entries.first().filter(|_| !voted) {
        last.push(button("👍", &Payload::Helpful(first.id.clone())));
        last.push(button("👎", &Payload::NotHelpful(first.id.clone())));
    }
    last.push(browse(faq));
    rows.push(last);
    InlineKeyboardMarkup::new(rows)
}

/// Questions to choose from, and the topics.
#[must_use]
pub fn suggest(entries: &[&Entry], faq: &Faq) -> InlineKeyboardMarkup {
    let mut rows = questions(entries.iter().copied());
    rows.push(vec![browse(faq)]);
    InlineKeyboardMarkup::new(rows)
}

/// After an answer that did not help: the nearest other questions, and none of them.
#[must_use]
pub fn instead(entry: &EntryId, others: &[&Entry], faq: &Faq) -> InlineKeyboardMarkup {
    let mut rows = questions(others.iter().copied());
    rows.push(vec![button(
        &faq.replies.sentences.none_of_these,
        &Payload::NoneOfThese(entry.clone()),
    )]);
    InlineKeyboardMarkup::new(rows)
}

/// The topics only.
#[must_use]
pub fn topics(faq: &Faq) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[browse(faq)]])
}

/// Every group.
#[must_use]
pub fn groups(faq: &Faq) -> InlineKeyboardMarkup {
    let buttons: Vec<InlineKeyboardButton> = faq
        .groups
        .iter()
        .filter_map(|group| {
            let title = format!("{} {}", group.emoji, group.title);
            let group = EntryId::new(&group.id).ok()?;
            Some(button(title.trim(), &Payload::Group { group, page: 0 }))
        })
        .collect();
    InlineKeyboardMarkup::new(buttons.chunks(GROUPS_IN_ROW).map(<[_]>::to_vec))
}

/// One page of a group's questions, the other pages by number, and the way back. `None` for a page that is not there.
#[must_use]
pub fn group(group: &EntryId, page: u8, faq: &Faq) -> Option<InlineKeyboardMarkup> {
    let place = faq.groups.iter().position(|g| g.id == group.as_str())?;
    let entries: Vec<&Entry> = faq.entries_of(place).collect();
    let pages = entries.chunks(PAGE);
    let count = pages.len();
    let mut rows = questions(pages.into_iter().nth(usize::from(page))?.iter().copied());
    if count > 1 {
        let numbers = (0..count).filter_map(|n| u8::try_from(n).ok()).map(|n| {
            let name = u16::from(n) + 1;
            let label = if n == page {
                format!("· {name} ·")
            } else {
                name.to_string()
            };
            button(
                &label,
                &Payload::Group {
                    group: group.clone(),
                    page: n,
                },
            )
        });
        let numbers: Vec<InlineKeyboardButton> = numbers.take(MAX_PAGES).collect();
        rows.extend(numbers.chunks(PAGES_IN_ROW).map(<[_]>::to_vec));
    }
    rows.push(vec![button(
        &faq.replies.sentences.back_to_topics,
        &Payload::Topics,
    )]);
    Some(InlineKeyboardMarkup::new(rows))
}

/// Under the urgent-care card.
#[must_use]
pub fn card(faq: &Faq) -> InlineKeyboardMarkup {
    let sentences = &faq.replies.sentences;
    InlineKeyboardMarkup::new([
        [button(&sentences.call, &Payload::Numbers)],
        [button(&sentences.not_me, &Payload::NotMe)],
    ])
}

/// The same buttons, and below them one that opens an address.
#[must_use]
pub fn with_link(
    keyboard: Option<InlineKeyboardMarkup>,
    label: &str,
    address: reqwest::Url,
) -> InlineKeyboardMarkup {
    let link = InlineKeyboardButton::url(label, address);
    keyboard.unwrap_or_default().append_row([link])
}

/// Opens Telegram's dialogue for passing on a link with a text. `None` when the link is no address.
#[must_use]
pub fn share(link: &str, faq: &Faq) -> Option<InlineKeyboardMarkup> {
    let sentences = &faq.replies.sentences;
    let address = format!(
        "https://t.me/share/url?url={}&text={}",
        percent_encoded(link),
        percent_encoded(&sentences.share_text)
    );
    let button = InlineKeyboardButton::url(&sentences.share_button, address.parse().ok()?);
    Some(InlineKeyboardMarkup::new([[button]]))
}

fn questions<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<Vec<InlineKeyboardButton>> {
    entries
        .into_iter()
        .map(|entry| vec![button(&entry.question, &Payload::Entry(entry.id.clone()))])
        .collect()
}

fn browse(faq: &Faq) -> InlineKeyboardButton {
    button(&faq.replies.sentences.browse_topics, &Payload::Topics)
}

fn button(label: &str, payload: &Payload) -> InlineKeyboardButton {
    InlineKeyboardButton::callback(label, payload.encode())
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(percent_encoded("a b&ü/~"), "a%20b%26%C3%BC%2F~");
    }
}
