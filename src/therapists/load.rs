//! From `therapists.toml` to [`Therapists`], or to the list of everything that is wrong with it.

use reqwest::Url;

use super::{Code, Therapist, Therapists};
use crate::faq::load::{Fields, parse_toml};
use crate::faq::{Fault, Faults};
use crate::share::font::Font;

/// Most characters of a name, of all qualifications, of a city and of all languages: what a card has room for.
const MAX_NAME: usize = 60;
const MAX_QUALIFICATIONS: usize = 120;
const MAX_CITY: usize = 50;
const MAX_LANGUAGES: usize = 80;

/// Most characters of a greeting: about what a phone shows without scrolling, with the bot's own below it.
const MAX_GREETING: usize = 400;

pub(super) fn parse(path: &str, text: &str) -> Result<Therapists, Faults> {
    let mut faults = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut list = Vec::new();
    if let Some(table) = parse_toml(path, text, 0, &mut faults) {
        let mut fields = Fields::new(path, table, &mut faults);
        for (i, table) in fields.tables("therapist").into_iter().enumerate() {
            let inner = Fields::new(path, table, fields.faults());
            let mut reader = Reader {
                fields: inner.within(&format!("therapist[{i}]")),
            };
            let read = reader.therapist();
            reader.fields.finish();
            list.extend(read.map(|therapist| (i, therapist)));
        }
        fields.finish();
        twice(path, &list, &mut faults);
    }
    if faults.is_empty() {
        Ok(Therapists {
            list: list.into_iter().map(|(_, therapist)| therapist).collect(),
        })
    } else {
        faults.sort();
        Err(Faults(faults))
    }
}

/// Codes and usernames that several have.
fn twice(path: &str, list: &[(usize, Therapist)], faults: &mut Vec<Fault>) {
    for (n, (i, therapist)) in list.iter().enumerate() {
        let before = || list[..n].iter().map(|(_, other)| other);
        let mut fault = |field: &str, what: String| {
            let field = format!("therapist[{i}].{field}");
            faults.push(Fault::new(path, &field, what, "give each their own"));
        };
        if before().any(|other| other.code == therapist.code) {
            fault(
                "code",
                format!("{:?} is there twice", therapist.code.as_str()),
            );
        }
        if let Some(own) = &therapist.telegram
            && before().any(|other| {
                other
                    .telegram
                    .as_ref()
                    .is_some_and(|o| o.eq_ignore_ascii_case(own))
            })
        {
            fault("telegram", format!("{own:?} is there twice"));
        }
    }
}

/// Takes one therapist's table apart.
struct Reader<'f> {
    fields: Fields<'f>,
}

impl Reader<'_> {
    fn therapist(&mut self) -> Option<Therapist> {
        let code = self.code();
        let name = self
            .fields
            .string("name")
            .and_then(|text| self.line("name", text, MAX_NAME));
        let qualifications = self.list("qualifications", MAX_QUALIFICATIONS);
        let city = self
            .fields
            .string("city")
            .and_then(|text| self.line("city", text, MAX_CITY));
        let languages = self.list("languages", MAX_LANGUAGES);
        let telegram = self.telegram();
        let contact = self.contact(telegram.as_deref());
        let greeting = self.greeting();
        Some(Therapist {
            code: code?,
            name: name?,
            qualifications: qualifications?,
            city: city?,
            languages: languages?,
            contact: contact?,
            telegram,
            greeting,
        })
    }

    fn code(&mut self) -> Option<Code> {
        let code = self.fields.string("code")?;
        let refused = |what| {
            self.fields.fault(
                "code",
                what,
                "use a-z, 0-9, - and _, for example \"anna-berg\"",
            )
        };
        Code::new(&code).map_err(refused).ok()
    }

    /// One line that a card can print.
    fn line(&mut self, field: &'static str, text: String, most: usize) -> Option<String> {
        if text.chars().count() > most {
            self.fields.fault(
                field,
                format!("is longer than {most} characters"),
                "shorten it",
            );
            return None;
        }
        // Markup of replies, and what only pretends to be a letter.
        let strange = |c: &char| {
            matches!(c, '*' | '_' | '`' | '<' | '>' | '\\' | '{' | '}') || c.is_control()
        };
        let fonts = [Font::Serif, Font::Sans];
        let unprinted = fonts.iter().find_map(|font| font.lacks(&text));
        if let Some(c) = text.chars().find(strange).or(unprinted) {
            let what = format!("has {c:?}, which cards cannot print");
            self.fields
                .fault(field, what, "write it in Latin, Greek or Cyrillic letters");
            return None;
        }
        Some(text)
    }

    /// A list of such lines, in all so long, with at least one.
    fn list(&mut self, field: &'static str, most: usize) -> Option<Vec<String>> {
        let faults = self.fields.faults().len();
        let texts = self.fields.strings(field)?;
        if self.fields.faults().len() > faults {
            return None;
        }
        if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
            self.fields.fault(
                field,
                "is empty or has an empty text",
                format!("write {field} = [\"…\"]"),
            );
            return None;
        }
        self.line(field, texts.join(", "), most)?;
        Some(
            texts
                .into_iter()
                .map(|text| text.trim().to_owned())
                .collect(),
        )
    }

    /// A username as Telegram gives them, without its `@`.
    fn telegram(&mut self) -> Option<String> {
        let name = self.fields.optional_string("telegram")?;
        let name = name.trim_start_matches('@');
        let known = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if (4..=32).contains(&name.len()) && name.chars().all(known) {
            return Some(name.to_owned());
        }
        let remedy = "write the username without t.me/, for example \"anna_berg\"";
        self.fields
            .fault("telegram", "is no Telegram username", remedy);
        None
    }

    /// The contact or booking link; without one, the chat with the therapist.
    fn contact(&mut self, telegram: Option<&str>) -> Option<Url> {
        let Some(address) = self.fields.optional_string("contact") else {
            let own = telegram.and_then(|name| Url::parse(&format!("https://t.me/{name}")).ok());
            if own.is_none() {
                let remedy = "add contact = \"https://…\" or telegram = \"…\"";
                self.fields
                    .fault("contact", "is missing, and so is telegram", remedy);
            }
            return own;
        };
        let url = Url::parse(&address).ok().filter(is_public);
        if url.is_none() {
            let remedy = "Telegram's buttons open addresses like https://example.org/book only";
            self.fields
                .fault("contact", format!("is no web address: {address}"), remedy);
        }
        url
    }

    fn greeting(&mut self) -> Option<String> {
        let greeting = self.fields.optional_string("greeting")?;
        if greeting.chars().count() > MAX_GREETING {
            let what = format!("is longer than {MAX_GREETING} characters");
            self.fields.fault(
                "greeting",
                what,
                "shorten it; the bot's own greeting follows it",
            );
            return None;
        }
        Some(greeting)
    }
}

/// Whether Telegram takes it for a button: it refuses whole messages for others.
fn is_public(url: &Url) -> bool {
    let named = url
        .domain()
        .is_some_and(|domain| domain.contains('.') && !domain.ends_with('.'));
    matches!(url.scheme(), "http" | "https")
        && named
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let faults = parse("t.toml", text).expect_err("it has faults");
        faults
            .0
            .iter()
            .map(|fault| format!("{}: {}", fault.field, fault.what))
            .collect()
    }

    const ANNA: &str = "[[therapist]]\ncode = \"anna\"\nname = \"Anna Berg\"\nqualifications = [\"RMT\"]\n\
        city = \"Leeds\"\nlanguages = [\"English\", \"Polski\"]\ntelegram = \"anna_berg\"\n";

    #[test]
    fn the_example_is_right() {
        let text = include_str!("../../therapists.example.toml");
        let therapists = parse("therapists.example.toml", text).expect("no faults");
        assert!(therapists.len() >= 2);
    }

    #[test]
    fn a_therapist_is_found_by_code_and_username_in_any_case_of_letters() {
        let therapists = parse("t.toml", ANNA).expect("no faults");
        let anna = therapists.by_code("ANNA").expect("by code");
        assert_eq!(anna.name(), "Anna Berg");
        assert_eq!(anna.languages(), "English, Polski");
        assert_eq!(anna.contact().address.as_str(), "https://t.me/anna_berg");
        assert!(therapists.by_username("Anna_Berg").is_some());
        assert!(therapists.by_code("").is_none() && therapists.by_username("").is_none());
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text = "colour = 1\n[[therapist]]\ncode = \"claim-x\"\nname = \"李\"\nqualifications = []\nlanguages = \"x\"\n\
            telegram = \"a b\"\ncontact = \"mailto:x@example.org\"\nemail = \"x\"\n";
        assert_eq!(
            faults(text),
            [
                "colour: is an unknown field",
                "therapist[0].city: is missing",
                "therapist[0].code: begins with \"claim-\", which is for the bot's own links",
                "therapist[0].contact: is no web address: mailto:x@example.org",
                "therapist[0].email: is an unknown field",
                "therapist[0].languages: is not a list of texts",
                "therapist[0].name: has '李', which cards cannot print",
                "therapist[0].qualifications: is empty or has an empty text",
                "therapist[0].telegram: is no Telegram username",
            ]
        );
    }

    #[test]
    fn codes_and_usernames_are_each_ones_own() {
        let second = ANNA.replace("anna_berg", "ANNA_berg");
        assert_eq!(
            faults(&format!("{ANNA}{second}")),
            [
                "therapist[1].code: \"anna\" is there twice",
                "therapist[1].telegram: \"ANNA_berg\" is there twice",
            ]
        );
    }

    #[test]
    fn buttons_get_addresses_only_that_telegram_takes() {
        for (contact, taken) in [
            ("https://anna.example/book?x=1", true),
            ("http://anna.example", true),
            ("https://localhost/", false),
            ("https://127.0.0.1/", false),
            ("https://user:pw@anna.example/", false),
            ("tel:+441234", false),
            ("anna.example", false),
        ] {
            let text = format!("{ANNA}contact = \"{contact}\"\n");
            assert_eq!(parse("t.toml", &text).is_ok(), taken, "{contact}");
        }
    }

    #[test]
    fn names_cannot_carry_markup() {
        for name in ["**Anna**", "<b>Anna</b>", "{title}", "a_b"] {
            let text = ANNA.replace("Anna Berg", name);
            assert!(parse("t.toml", &text).is_err(), "{name}");
        }
        for name in [
            "Anna O’Neil-Ødegård",
            "Nguyễn Thị Hồng",
            "Ọlábísí Ẹ̀kọ́",
            "Мария Иванова",
            "Ελένη",
            "Dr. A. (B.) & Co",
        ] {
            let text = ANNA.replace("Anna Berg", name);
            assert!(parse("t.toml", &text).is_ok(), "{name}");
        }
    }
}
