//! What buttons send back and what deep links carry: encode and decode beside each other.
//!
//! Everything that a button needs is in its data, so that it works after a restart and on any replica. Anyone can send
//! any data: decoding is total, and an id is only a wish until the FAQ has it.

use crate::faq::EntryId;

/// Most bytes of callback data: <https://core.telegram.org/bots/api#inlinekeyboardbutton>.
pub const MAX_CALLBACK_BYTES: usize = 64;

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Shows the topic groups.
    Topics,
    /// Shows one page of a group's questions; pages count from 0.
    Group {
        /// The group's id.
        group: EntryId,
        /// Which page.
        page: u8,
    },
    /// Shows an entry's answer.
    Entry(EntryId),
    /// Says that an entry's answer helped.
    Helpful(EntryId),
    /// Says that it did not.
    NotHelpful(EntryId),
    /// Says that none of the other questions is meant either.
    NoneOfThese(EntryId),
    /// Says that the urgent-care card does not apply to the writer.
    NotMe,
    /// Shows the emergency numbers.
    Numbers,
}

impl Payload {
    /// As callback data, within [`MAX_CALLBACK_BYTES`]: an id has at most 48 bytes.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Topics => "topics".to_owned(),
            Self::Group { group, page } => format!("group:{page}:{group}"),
            Self::Entry(id) => format!("entry:{id}"),
            Self::Helpful(id) => format!("up:{id}"),
            Self::NotHelpful(id) => format!("down:{id}"),
            Self::NoneOfThese(id) => format!("none:{id}"),
            Self::NotMe => "not-me".to_owned(),
            Self::Numbers => "numbers".to_owned(),
        }
    }

    /// From callback data; `None` when no button of this bot sends it.
    #[must_use]
    pub fn decode(data: &str) -> Option<Self> {
        let (verb, rest) = data.split_once(':').unwrap_or((data, ""));
        let id = || EntryId::new(rest).ok();
        let payload = match verb {
            "topics" => Self::Topics,
            "group" => {
                let (page, group) = rest.split_once(':')?;
                Self::Group {
                    group: EntryId::new(group).ok()?,
                    page: page.parse().ok()?,
                }
            }
            "entry" => Self::Entry(id()?),
            "up" => Self::Helpful(id()?),
            "down" => Self::NotHelpful(id()?),
            "none" => Self::NoneOfThese(id()?),
            "not-me" => Self::NotMe,
            "numbers" => Self::Numbers,
            _ => return None,
        };
        // One spelling each: "topics:x" and "group:007:a" are not ours.
        (payload.encode() == data).then_some(payload)
    }
}

/// What opens a chat with the bot, perhaps with a payload: `[A-Za-z0-9_-]{1,64}`, which every entry id fits.
#[must_use]
pub fn deep_link(bot: &str, payload: Option<&str>) -> String {
    payload.map_or_else(
        || format!("https://t.me/{bot}"),
        |payload| format!("https://t.me/{bot}?start={payload}"),
    )
}

/// The entry that a `/start` payload asks for; `None` when it cannot be one.
#[must_use]
pub fn start_entry(payload: &str) -> Option<EntryId> {
    EntryId::new(payload.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_payload() -> impl Strategy<Value = Payload> {
        let id = || "[a-z0-9-]{1,48}".prop_map(|s| EntryId::new(&s).expect("matches the alphabet"));
        prop_oneof![
            Just(Payload::Topics),
            Just(Payload::NotMe),
            Just(Payload::Numbers),
            (id(), any::<u8>()).prop_map(|(group, page)| Payload::Group { group, page }),
            id().prop_map(Payload::Entry),
            id().prop_map(Payload::Helpful),
            id().prop_map(Payload::NotHelpful),
            id().prop_map(Payload::NoneOfThese),
        ]
    }

    proptest! {
        #[test]
        fn payloads_decode_to_what_was_encoded_within_the_limit(payload in any_payload()) {
            let data = payload.encode();
            prop_assert!(data.len() <= MAX_CALLBACK_BYTES, "{data}");
            prop_assert_eq!(Payload::decode(&data), Some(payload));
        }

        #[test]
        fn any_data_decodes_without_panic_and_in_one_spelling(data in "\\PC*|(entry|group|up|topics):[a-z0-9:-]*") {
            if let Some(payload) = Payload::decode(&data) {
                prop_assert_eq!(payload.encode(), data);
            }
        }

        #[test]
        fn deep_links_lead_back_to_their_entry(id in "[a-z0-9-]{1,48}") {
            let entry = EntryId::new(&id).expect("matches the alphabet");
            let link = deep_link("some_bot", Some(entry.as_str()));
            let (_, payload) = link.split_once("?start=").expect("has a payload");
            prop_assert!(payload.len() <= 64);
            prop_assert_eq!(start_entry(payload), Some(entry));
        }
    }

    #[test]
    fn forged_data_is_refused() {
        for data in [
            "",
            "entry:",
            "entry:A",
            "group:300:a",
            "group:1",
            "topics:",
            "drop table",
            "entry:a:b",
        ] {
            assert_eq!(Payload::decode(data), None, "{data}");
        }
    }
}
