//! `languages.toml` into [`Languages`], noting every fault.

use std::collections::BTreeSet;

use super::wording::{Wording, Wordings};
use super::{Language, Languages, Set, typed_words};
use crate::faq::Markdown;
use crate::faq::load::Fields;
use crate::text::normalize;

impl Languages {
    /// Reads the file's table.
    #[must_use]
    pub fn read(mut fields: Fields<'_>) -> Self {
        let english = fields.string("reply");
        let mut all = Self {
            english: english.and_then(|text| markdown(&mut fields, "reply", &text)),
            lookalikes: fields.optional_strings("lookalikes"),
            ..Self::default()
        };
        let (mut wordings, mut denials) = (Vec::new(), Vec::new());
        let path = fields.path().to_owned();
        for (i, table) in fields.tables("language").into_iter().enumerate() {
            let inner = Fields::new(&path, table, fields.faults());
            let place = all.languages.len();
            if place == Set::MAX {
                let remedy = "take some out";
                fields.fault(
                    "language",
                    format!("is there more than {} times", Set::MAX),
                    remedy,
                );
                break;
            }
            let Some(one) = One::read(inner.within(&format!("language[{i}]")), place) else {
                continue;
            };
            for word in one.words {
                all.words.entry(word.into()).or_default().insert(place);
            }
            all.languages.push(one.language);
            wordings.extend(one.wordings);
            denials.push(one.denials);
        }
        fields.finish();
        all.wordings = Wordings::new(wordings, denials);
        all
    }
}

/// One language with what goes into the common indexes.
struct One {
    language: Language,
    words: BTreeSet<String>,
    wordings: Vec<Wording>,
    denials: Vec<Vec<String>>,
}

impl One {
    fn read(mut fields: Fields<'_>, place: usize) -> Option<Self> {
        let tag = fields.string("tag");
        let name = fields.string("name");
        let words = fields.string("words").unwrap_or_default();
        let reply = card(&mut fields, "reply");
        let emergency = card(&mut fields, "emergency");
        let cards = cards(&mut fields);
        let examples = fields.optional_strings("examples");
        let denials = fields.optional_strings("denials");
        let wordings = wordings(&mut fields, place);
        if !wordings.is_empty() && emergency.is_none() {
            let remedy = "write the card that goes with the red flags";
            fields.fault("emergency", "is missing", remedy);
        }
        fields.finish();
        let words = normalize(&words).words;
        let language = Language {
            tag: tag?,
            name: name?,
            reply,
            emergency,
            cards,
            examples,
        };
        let folded = |text: &String| {
            let words = normalize(text).words;
            words.into_iter().map(|word| word.text).collect()
        };
        Some(Self {
            language,
            words: typed_words(&words).into_iter().map(str::to_owned).collect(),
            wordings,
            denials: denials.iter().map(folded).collect(),
        })
    }
}

/// An optional text with markup.
fn card(fields: &mut Fields<'_>, name: &'static str) -> Option<Markdown> {
    let text = fields.optional_string(name)?;
    markdown(fields, name, &text)
}

fn markdown(fields: &mut Fields<'_>, name: &str, text: &str) -> Option<Markdown> {
    Markdown::parse(text)
        .map_err(|what| fields.fault(name, what, "write plain Markdown"))
        .ok()
}

/// `[language.cards]`: red flag to card.
fn cards(fields: &mut Fields<'_>) -> Vec<(String, Markdown)> {
    let mut cards = Vec::new();
    for (concept, value) in fields.table("cards").unwrap_or_default() {
        let field = format!("cards.{concept}");
        match value.as_str() {
            Some(text) => cards.extend(markdown(fields, &field, text).map(|card| (concept, card))),
            None => fields.fault(&field, "is not a text", "write the card"),
        }
    }
    cards
}

/// `[language.red-flags]`: red flag to wordings.
fn wordings(fields: &mut Fields<'_>, language: usize) -> Vec<Wording> {
    let mut wordings = Vec::new();
    for (concept, value) in fields.table("red-flags").unwrap_or_default() {
        let field = format!("red-flags.{concept}");
        let Some(texts) = value.as_array() else {
            fields.fault(&field, "is not a list", "write a list of wordings");
            continue;
        };
        for text in texts {
            let wording = text
                .as_str()
                .ok_or_else(|| "holds something that is not a text".to_owned())
                .and_then(|text| Wording::parse(language, &concept, text));
            match wording {
                Ok(wording) => wordings.push(wording),
                Err(what) => fields.fault(&field, what, "see the head of the file"),
            }
        }
    }
    wordings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::Fault;

    fn faults(toml: &str) -> Vec<String> {
        let mut faults: Vec<Fault> = Vec::new();
        let table = toml.parse().expect("the rows are TOML");
        let _ = Languages::read(Fields::new("languages.toml", table, &mut faults));
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_names_its_field() {
        const SOUND: &str =
            "reply = \"English\"\n[[language]]\ntag = \"x\"\nname = \"X\"\nwords = \"ab cd\"\n";
        assert_eq!(faults(SOUND), [""; 0]);
        let rows = [
            ("tag = \"x\"", "", "language[0].tag: is missing"),
            ("reply", "replay", "reply: is missing"),
            (
                "name = ",
                "nmae = ",
                "language[0].nmae: is an unknown field",
            ),
            ("English", "<b>E</b>", "reply: "),
            (
                "[[language]]",
                "[[language]]\nemergency = \"<b>E</b>\"",
                "language[0].emergency: ",
            ),
            (
                "cd\"\n",
                "cd\"\n[language.cards]\na = 1\n",
                "language[0].cards.a: is not a text",
            ),
            (
                "cd\"\n",
                "cd\"\n[language.red-flags]\na = 1\n",
                "language[0].red-flags.a: is not a list",
            ),
            (
                "cd\"\n",
                "cd\"\n[language.red-flags]\na = [1]\n",
                "language[0].red-flags.a: holds",
            ),
            (
                "cd\"\n",
                "cd\"\n[language.red-flags]\na = [\"a* b\"]\n",
                "language[0].red-flags.a: \"a*\"",
            ),
            (
                "cd\"\n",
                "cd\"\n[language.red-flags]\na = [\"ab cd\"]\n",
                "language[0].emergency: is missing",
            ),
        ];
        for (from, to, expected) in rows {
            let found = faults(&SOUND.replacen(from, to, 1));
            let expected = format!("languages.toml: {expected}");
            assert!(
                found.iter().any(|f| f.starts_with(&expected)),
                "{expected}: {found:?}"
            );
        }
    }
}
