//! What passes the bot on: its link, the QR code, and cards and posters to print.
//!
//! One layout makes a scene, and each file format draws that scene; nothing is drawn twice in two ways. What is printed
//! comes from `replies.toml` and, for a therapist, from their entry in `therapists.toml`.

pub mod chart;
pub mod font;
pub mod layout;
pub mod pdf;
pub mod picture;
pub mod qr;
pub mod scene;
pub mod setting;
pub mod svg;

use std::path::Path;

pub use layout::Sheet;

use crate::faq::Fault;
use crate::plain;
use crate::replies::Sentences;
use crate::therapists::Therapist;
use layout::Content;
use scene::Scene;

/// Dots in an inch of a printed picture: what printers and print shops ask for.
const PRINT_DPI: f32 = 300.0;

/// Dots in an inch of a picture for a screen: about a thousand across, as wide as chats show pictures.
const SCREEN_DPI: f32 = 260.0;

/// In which form a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Pixels.
    Png,
    /// Outlines.
    Svg,
    /// A page of exactly the sheet's size.
    Pdf,
}

impl Format {
    /// The form that a file's name asks for.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "svg" => Some(Self::Svg),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// A link to the bot, and what is said about it.
#[derive(Debug, Clone)]
pub struct Invitation {
    content: Content,
    code: qr::Code,
}

/// Sentences with a character that cards and charts cannot print.
#[must_use]
pub fn faults(sentences: &Sentences) -> Vec<Fault> {
    let printed = [
        ("card_headline", &sentences.card_headline),
        ("card_call", &sentences.card_call),
        ("card_scan", &sentences.card_scan),
        ("card_bot", &sentences.card_bot),
        ("card_bot_details", &sentences.card_bot_details),
        ("card_doctor", &sentences.card_doctor),
        ("card_general", &sentences.card_general),
        ("stats_chart", &sentences.stats_chart),
        ("stats_answered", &sentences.stats_answered),
        ("stats_offered", &sentences.stats_offered),
        ("stats_missed", &sentences.stats_missed),
    ];
    let fault = |(name, text): (&str, &String)| {
        let text = plain::sentence(text);
        let fonts = [font::Font::Serif, font::Font::Sans];
        let c = fonts.iter().find_map(|font| font.lacks(&text))?;
        let what = format!("has {c:?}, which cards and charts cannot print");
        let remedy = "write it in Latin, Greek or Cyrillic letters, without emoji";
        Some(Fault::new(
            "replies.toml",
            &format!("sentences.{name}"),
            what,
            remedy,
        ))
    };
    printed.into_iter().filter_map(fault).collect()
}

impl Invitation {
    /// To the bot itself. `None` when the link is too long for a QR code, which no bot's is.
    #[must_use]
    pub fn to_bot(link: &str, sentences: &Sentences) -> Option<Self> {
        let name = plain::sentence(&sentences.card_bot);
        let details = vec![vec![plain::sentence(&sentences.card_bot_details)]];
        Self::new(link, name, details, sentences)
    }

    /// To the bot, as a therapist passes it on.
    #[must_use]
    pub fn to_therapist(link: &str, therapist: &Therapist, sentences: &Sentences) -> Option<Self> {
        let details = vec![
            vec![therapist.qualifications()],
            vec![therapist.city().to_owned(), therapist.languages()],
        ];
        Self::new(link, therapist.name().to_owned(), details, sentences)
    }

    fn new(
        link: &str,
        name: String,
        details: Vec<Vec<String>>,
        sentences: &Sentences,
    ) -> Option<Self> {
        let code = qr::Code::of(link)?;
        let content = Content {
            headline: plain::sentence(&sentences.card_headline),
            call: plain::sentence(&sentences.card_call),
            scan: plain::sentence(&sentences.card_scan),
            link: link.to_owned(),
            name,
            details,
            doctor: plain::sentence(&sentences.card_doctor),
            general: plain::sentence(&sentences.card_general),
        };
        Some(Self { content, code })
    }

    /// Where it leads.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.content.link
    }

    /// The QR code as text, for a dark terminal.
    #[must_use]
    pub fn blocks(&self) -> String {
        self.code.blocks()
    }

    /// The QR code as a PNG picture for a screen.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        picture::write(&layout::picture(&self.content, &self.code), SCREEN_DPI)
    }

    /// A sheet to print.
    #[must_use]
    pub fn print(&self, sheet: Sheet, format: Format) -> Vec<u8> {
        let scene: Scene = sheet.lay_out(&self.content, &self.code);
        match format {
            Format::Png => picture::write(&scene, PRINT_DPI),
            Format::Svg => svg::write(&scene).into_bytes(),
            Format::Pdf => pdf::write(&scene),
        }
    }
}
