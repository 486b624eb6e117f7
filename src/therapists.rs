//! The therapists who pass the bot on: who they are, how to reach them, and the code of their link.
//!
//! Nothing here can reach an answer, an urgent-care card or the doctor line: the engine and the replies know no
//! therapists, and what an answer may carry of one is a [`Contact`], which is a button and nothing else.

mod load;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use reqwest::Url;

use crate::faq::{Faq, Fault, Faults};

/// Longest code, in characters. Codes are printed and typed, and a short one makes a coarse QR code that scans from afar.
pub const MAX_CODE_CHARS: usize = 32;

/// What begins the links by which therapists claim their chat; no code may.
pub const CLAIM_PREFIX: &str = "claim-";

/// The file and what was last read from it.
#[derive(Debug)]
pub struct Watched {
    /// Everybody in it.
    pub list: Therapists,
    path: PathBuf,
    must_exist: bool,
    seen: Option<(SystemTime, u64)>,
}

impl Watched {
    /// Reads a file for the first time. One that is not there holds nobody, unless it `must_exist`.
    ///
    /// # Errors
    /// With every fault found, among them codes that are ids of the FAQ's entries, too.
    pub fn new(path: PathBuf, must_exist: bool, faq: &Faq) -> Result<Self, Faults> {
        let mut file = Self {
            list: Therapists::default(),
            path,
            must_exist,
            seen: None,
        };
        // Before it is read, so that no change falls in between.
        let _ = file.has_changed();
        file.read(faq)?;
        Ok(file)
    }

    /// Whether it is another file than when this was last asked, by time and size.
    pub fn has_changed(&mut self) -> bool {
        let meta = std::fs::metadata(&self.path).ok();
        let now = meta.and_then(|meta| Some((meta.modified().ok()?, meta.len())));
        std::mem::replace(&mut self.seen, now) != now
    }

    /// Reads it again. When that fails the old list stays.
    ///
    /// # Errors
    /// As [`Watched::new`].
    pub fn read(&mut self, faq: &Faq) -> Result<(), Faults> {
        let list = load::read(&self.path, self.must_exist)?;
        let clashes = list.clashes(&self.path, faq);
        if !clashes.is_empty() {
            return Err(Faults(clashes));
        }
        self.list = list;
        Ok(())
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
    fn clashes(&self, path: &Path, faq: &Faq) -> Vec<Fault> {
        let path = path.display().to_string();
        let clash = |(i, therapist): (usize, &Therapist)| {
            faq.entry(therapist.code.as_str())?;
            let what = format!(
                "{:?} is the id of an entry of the FAQ",
                therapist.code.as_str()
            );
            Some(Fault::new(
                &path,
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
