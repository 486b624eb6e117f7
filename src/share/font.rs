//! The two fonts of cards and posters, and setting a line with them: glyphs, kerning, accents.
//!
//! Latin, Greek and Cyrillic need no more of OpenType than the positions of pairs and of marks, so that is all that is
//! read. Lengths are in ems: times a font's size they are in whatever that is measured in.

use std::sync::LazyLock;

use ttf_parser::gpos::{Anchor, PairAdjustment, PositioningSubtable};
use ttf_parser::{Face, GlyphId};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A font inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Font {
    /// For what is to be seen first: headlines and names.
    Serif,
    /// For everything else.
    Sans,
}

/// A glyph in its place on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// Its number in the font.
    pub id: GlyphId,
    /// The character that it stands for.
    pub char: char,
    /// How far its origin is from where the line begins, in ems.
    pub x: f32,
    /// How far its origin is above the baseline, in ems.
    pub y: f32,
}

/// A line of text, set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// In the order of reading.
    pub glyphs: Vec<Glyph>,
    /// In ems.
    pub width: f32,
}

static FACES: LazyLock<[Face<'static>; 2]> = LazyLock::new(|| {
    [Font::Serif, Font::Sans].map(|font| {
        Face::parse(font.bytes(), 0)
            .expect("the built-in fonts can be read: a test sets text with them")
    })
});

impl Font {
    /// The font's file.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Serif => include_bytes!("fonts/serif.ttf"),
            Self::Sans => include_bytes!("fonts/sans.ttf"),
        }
    }

    /// Its name, for files that embed it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serif => "BacktalkSerif",
            Self::Sans => "BacktalkSans",
        }
    }

    /// Its outlines and measures.
    #[must_use]
    pub fn face(self) -> &'static Face<'static> {
        match self {
            Self::Serif => &FACES[0],
            Self::Sans => &FACES[1],
        }
    }

    /// How high its capitals are, in ems.
    #[must_use]
    pub fn capitals(self) -> f32 {
        let face = self.face();
        let height = face.capital_height().unwrap_or_else(|| face.ascender());
        f32::from(height) / f32::from(face.units_per_em())
    }

    /// The first character of a text that it cannot print.
    #[must_use]
    pub fn lacks(self, text: &str) -> Option<char> {
        text.nfc().find(|c| self.face().glyph_index(*c).is_none())
    }

    /// Sets a text as one line. What the font does not have is left out.
    #[must_use]
    pub fn set(self, text: &str) -> Line {
        let face = self.face();
        let ems = |units: f32| units / f32::from(face.units_per_em());
        let mut line = Line::default();
        // Where the last letter stands in the line: pairs and marks are positioned by it.
        let mut letter: Option<usize> = None;
        for char in characters(text) {
            let Some(id) = face.glyph_index(char) else {
                continue;
            };
            let mut glyph = Glyph {
                id,
                char,
                x: line.width,
                y: 0.0,
            };
            if is_combining_mark(char) {
                if let Some((onto, (x, y))) = attach(face, &line.glyphs, letter, id) {
                    glyph.x = onto.x + ems(x);
                    glyph.y = onto.y + ems(y);
                }
            } else {
                if let Some(before) = letter {
                    let kerning = ems(kerning(face, line.glyphs[before].id, id));
                    line.width += kerning;
                    glyph.x += kerning;
                }
                line.width += ems(f32::from(face.glyph_hor_advance(id).unwrap_or_default()));
                letter = Some(line.glyphs.len());
            }
            line.glyphs.push(glyph);
        }
        line
    }
}

/// The characters of a text. A letter that carries marks beyond those of any ready-made one is taken apart, since fonts
/// know where marks go on plain letters.
fn characters(text: &str) -> Vec<char> {
    let mut chars = Vec::new();
    let mut composed = text.nfc().peekable();
    while let Some(c) = composed.next() {
        if composed.peek().copied().is_some_and(is_combining_mark) {
            decompose_canonical(c, |part| chars.push(part));
        } else {
            chars.push(c);
        }
    }
    chars
}

/// The tables of positions, in the font's order.
fn positions(face: &Face<'static>) -> impl Iterator<Item = PositioningSubtable<'static>> {
    let lookups = face.tables().gpos.map(|table| table.lookups);
    lookups
        .into_iter()
        .flatten()
        .flat_map(|lookup| lookup.subtables.into_iter::<PositioningSubtable<'_>>())
}

/// By how much two letters stand nearer to each other (below zero) or farther, in the font's units.
fn kerning(face: &Face<'static>, first: GlyphId, second: GlyphId) -> f32 {
    let found = positions(face).find_map(|table| match table {
        PositioningSubtable::Pair(pairs) => {
            let covered = pairs.coverage().get(first)?;
            match pairs {
                PairAdjustment::Format1 { sets, .. } => sets.get(covered)?.get(second),
                PairAdjustment::Format2 {
                    classes, matrix, ..
                } => matrix.get((classes.0.get(first), classes.1.get(second))),
            }
        }
        _ => None,
    });
    found.map_or(0.0, |(value, _)| f32::from(value.x_advance))
}

/// What a mark belongs to, and where it goes from there in the font's units: on the mark before it if they stack, else
/// on the letter.
fn attach<'l>(
    face: &Face<'static>,
    line: &'l [Glyph],
    letter: Option<usize>,
    mark: GlyphId,
) -> Option<(&'l Glyph, (f32, f32))> {
    let base = line.get(letter?)?;
    let last = line.last()?;
    let stacked = positions(face).find_map(|table| match table {
        PositioningSubtable::MarkToMark(marks) => {
            let (class, anchor) = marks.marks.get(marks.mark1_coverage.get(mark)?)?;
            let onto = marks
                .mark2_matrix
                .get(marks.mark2_coverage.get(last.id)?, class)?;
            Some((last, between(onto, anchor)))
        }
        _ => None,
    });
    stacked.or_else(|| {
        positions(face).find_map(|table| match table {
            PositioningSubtable::MarkToBase(marks) => {
                let (class, anchor) = marks.marks.get(marks.mark_coverage.get(mark)?)?;
                let onto = marks
                    .anchors
                    .get(marks.base_coverage.get(base.id)?, class)?;
                Some((base, between(onto, anchor)))
            }
            _ => None,
        })
    })
}

fn between(onto: Anchor<'_>, anchor: Anchor<'_>) -> (f32, f32) {
    let apart = |a: i16, b: i16| f32::from(a) - f32::from(b);
    (apart(onto.x, anchor.x), apart(onto.y, anchor.y))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the mark on the last letter stands in relation to the letter, in ems.
    fn mark(text: &str) -> (f32, f32) {
        let line = Font::Serif.set(text);
        let [.., letter, mark] = &line.glyphs[..] else {
            panic!("{text}")
        };
        (mark.x - letter.x, mark.y)
    }

    #[test]
    fn pairs_are_kerned() {
        for font in [Font::Serif, Font::Sans] {
            let apart = font.set("A").width + font.set("V").width;
            assert!(font.set("AV").width < apart, "{font:?}");
        }
    }

    #[test]
    fn letters_with_accents_are_one_glyph_however_they_are_written() {
        let (composed, parts) = (Font::Serif.set("\u{e9}"), Font::Serif.set("e\u{301}"));
        assert_eq!(composed, parts);
        assert_eq!(composed.glyphs.len(), 1);
    }

    #[test]
    fn accents_without_a_ready_letter_stand_on_theirs() {
        let plain = Font::Serif.set("ọ\u{301}");
        let letter = plain.glyphs[0];
        assert_eq!(letter.char, 'o');
        assert_eq!(
            plain.width,
            Font::Serif.set("o").width,
            "marks take no room"
        );
        let (below, above) = (plain.glyphs[1], plain.glyphs[2]);
        assert!((below.x - above.x).abs() < 0.2, "{plain:?}");
        let (_, low) = mark("x\u{301}");
        let (_, high) = mark("X\u{301}");
        assert!(high > low, "higher on a capital");
    }

    #[test]
    fn what_cannot_be_printed_is_named_and_left_out() {
        for font in [Font::Serif, Font::Sans] {
            assert_eq!(font.lacks("Nguyễn Łódź Ўладзімір Ελένη – “x”"), None);
            assert_eq!(font.lacks("Li 李"), Some('李'));
            assert_eq!(font.set("a李b").glyphs.len(), 2);
        }
    }
}
