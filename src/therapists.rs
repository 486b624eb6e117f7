//! The therapists who pass the bot on: who they are, how to reach them, and the code of their link.
//!
//! Nothing here can reach an answer, an urgent-care card or the doctor line: the engine and the replies know no
//! therapists, and what an answer may carry of one is a [`Contact`], which is a button and nothing else.

mod load;

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use reqwest::Url;

use crate::faq::{Faq, Fault, Faults};

/// Longest code, in characters. Codes are printed and typed, and a short one makes a coarse QR code that scans from afar.
pub const MAX_CODE_CHARS: usize = 32;

/// What begins the links by which therapists claim their chat; no code may.
pub const CLAIM_PREFIX: &str = "claim-";

/// The file as it was at one moment. Two are equal when they say the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct File {
    path: PathBuf,
    must_exist: bool,
    content: Result<Vec<u8>, Unread>,
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Unread {
    Missing,
    Failed(String),
}

impl File {
    /// Takes up what is in a file. One that is not there holds nobody, unless it `must_exist`.
    #[must_use]
    pub fn at(path: PathBuf, must_exist: bool) -> Self {
        let content = std::fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Unread::Missing,
            _ => Unread::Failed(error.to_string()),
        });
        Self {
            path,
            must_exist,
            content,
        }
    }

    /// Everybody in it.
    ///
    /// # Errors
    /// With every fault found, among them codes that are ids of the FAQ's entries, too.
    pub fn read(&self, faq: &Faq) -> Result<Therapists, Faults> {
        let name = self.path.display().to_string();
        let fault = |what: String, remedy: &str| Faults(vec![Fault::new(&name, "", what, remedy)]);
        let list = match &self.content {
            Ok(bytes) => {
                let text = std::str::from_utf8(bytes)
                    .map_err(|_| fault("is not UTF-8".to_owned(), "save it as UTF-8"))?;
                load::parse(&name, text)?
            }
            Err(Unread::Missing) if !self.must_exist => Therapists::default(),
            Err(Unread::Missing) => {
                let remedy = "add it, or leave THERAPISTS unset";
                return Err(fault("is missing".to_owned(), remedy));
            }
            Err(Unread::Failed(why)) => {
                return Err(fault(format!("cannot be read: {why}"), "make it readable"));
            }
        };
        let clashes = list.clashes(&name, faq);
        if clashes.is_empty() {
            Ok(list)
        } else {
            Err(Faults(clashes))
        }
    }
}

/// Everybody in the file, in its order.
#[derive(Debug, Clone, Default)]
pub struct Therapists {
    list: Vec<Therapist>,
}

/// One therapist. Every text has been checked: one line of letters that cards can print.
#[derive(Debug, Clone)]
pub struct Therapist {
    code: Code,
    name: String,
    qualifications: Vec<String>,
    city: String,
    languages: Vec<String>,
    contact: Url,
    telegram: Option<String>,
    greeting: Option<String>,
}

/// What a therapist's link carries: `[a-z0-9_-]`, at most [`MAX_CODE_CHARS`] long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

/// How a client reaches a therapist: all that a reply may carry of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub name: String,
    /// Where a button leads.
    pub address: Url,
}

impl Code {
    /// Reads a code, in any case of letters.
    ///
    /// # Errors
    /// When it is empty, too long, or holds something else than letters, digits, `-` and `_`; the text says which.
    pub fn new(code: &str) -> Result<Self, String> {
        let code = code.trim().to_ascii_lowercase();
        if code.is_empty() {
            return Err("is empty".to_owned());
        }
        if code.starts_with(CLAIM_PREFIX) {
            return Err(format!(
                "begins with \"{CLAIM_PREFIX}\", which is for the bot's own links"
            ));
        }
        if code.chars().count() > MAX_CODE_CHARS {
            return Err(format!("is longer than {MAX_CODE_CHARS} characters"));
        }
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        match code.chars().find(|c| !known(*c)) {
            Some(c) => Err(format!("has {c:?}")),
            None => Ok(Self(code)),
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Therapists {
    /// Whose link has this code, in any case of letters.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Therapist> {
        self.list
            .iter()
            .find(|t| t.code.as_str().eq_ignore_ascii_case(code.trim()))
    }

    /// Who has this Telegram username, in any case of letters.
    #[must_use]
    pub fn by_username(&self, username: &str) -> Option<&Therapist> {
        let same = |own: &String| own.eq_ignore_ascii_case(username);
        self.list
            .iter()
            .find(|t| t.telegram.as_ref().is_some_and(same))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Codes that are ids of entries, too: one link cannot open both.
    fn clashes(&self, path: &str, faq: &Faq) -> Vec<Fault> {
        let clash = |(i, therapist): (usize, &Therapist)| {
            faq.entry(therapist.code.as_str())?;
            let what = format!(
                "{:?} is the id of an entry of the FAQ",
                therapist.code.as_str()
            );
            Some(Fault::new(
                path,
                &format!("therapist[{i}].code"),
                what,
                "choose another code",
            ))
        };
        self.list.iter().enumerate().filter_map(clash).collect()
    }
}

impl Therapist {
    /// What the link carries.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was learned, and where it is practised.
    #[must_use]
    pub fn qualifications(&self) -> String {
        self.qualifications.join(", ")
    }

    /// Where the practice is.
    #[must_use]
    pub fn city(&self) -> &str {
        &self.city
    }

    /// Which languages are spoken.
    #[must_use]
    pub fn languages(&self) -> String {
        self.languages.join(", ")
    }

    /// Words of their own to those who come by their link.
    #[must_use]
    pub fn greeting(&self) -> Option<&str> {
        self.greeting.as_deref()
    }

    /// How they are reached.
    #[must_use]
    pub fn contact(&self) -> Contact {
        Contact {
            name: self.name.clone(),
            address: self.contact.clone(),
        }
    }
}
