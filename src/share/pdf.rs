//! A card as PDF: the page has exactly the card's size, text stays text with its font embedded, and the whole page leads
//! to the link when it is read on a screen.

use std::collections::BTreeMap;

use pdf_writer::types::{
    ActionType, AnnotationType, CidFontType, FontFlags, SystemInfo, UnicodeCmap,
};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use subsetter::GlyphRemapper;

use super::font::Font;
use super::scene::{Colour, Item, Path, Point, Scene, Step, Text};

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;

/// Glyph widths in a PDF are in thousandths of an em.
const PER_EM: f32 = 1000.0;

const FONTS: [Font; 2] = [Font::Serif, Font::Sans];

const IDENTITY: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The glyphs of one font that a card uses, under the numbers that they have in the embedded part of it.
#[derive(Default)]
struct Used {
    numbers: GlyphRemapper,
    chars: BTreeMap<u16, char>,
}

/// The objects of the file.
struct Ids {
    catalog: Ref,
    pages: Ref,
    page: Ref,
    content: Ref,
    link: Ref,
    info: Ref,
    next: i32,
}

/// Writes a scene.
#[must_use]
pub fn write(scene: &Scene) -> Vec<u8> {
    let mut ids = Ids {
        catalog: Ref::new(1),
        pages: Ref::new(2),
        page: Ref::new(3),
        content: Ref::new(4),
        link: Ref::new(5),
        info: Ref::new(6),
        next: 7,
    };
    let mut used = FONTS.map(|_| Used::default());
    let content = content(scene, &mut used);
    let mut pdf = Pdf::new();
    let mut catalog = pdf.catalog(ids.catalog);
    catalog.pages(ids.pages).lang(TextStr("en"));
    let mut viewer = catalog.viewer_preferences();
    viewer.display_doc_title(true);
    // Printed at its own size unless someone asks for another.
    viewer.pair(Name(b"PrintScaling"), Name(b"None"));
    viewer.finish();
    catalog.finish();
    pdf.document_info(ids.info).title(TextStr(&scene.title));
    pdf.pages(ids.pages).kids([ids.page]).count(1);
    let size = Rect::new(0.0, 0.0, scene.width * POINTS, scene.height * POINTS);
    let fonts: Vec<(Font, Ref)> = FONTS.into_iter().map(|font| (font, ids.next())).collect();
    let mut page = pdf.page(ids.page);
    page.parent(ids.pages)
        .media_box(size)
        .trim_box(size)
        .contents(ids.content)
        .annotations([ids.link]);
    let mut resources = page.resources();
    let mut named = resources.fonts();
    for (font, id) in &fonts {
        named.pair(Name(font.name().as_bytes()), *id);
    }
    named.finish();
    resources.finish();
    page.finish();
    let mut link = pdf.annotation(ids.link);
    link.subtype(AnnotationType::Link)
        .rect(size)
        .border(0.0, 0.0, 0.0, None);
    link.action()
        .action_type(ActionType::Uri)
        .uri(Str(scene.link.as_bytes()));
    link.finish();
    pdf.stream(ids.content, &content);
    for ((font, id), used) in fonts.into_iter().zip(&used) {
        embed(&mut pdf, &mut ids, font, id, used);
    }
    pdf.finish()
}

impl Ids {
    fn next(&mut self) -> Ref {
        let id = Ref::new(self.next);
        self.next += 1;
        id
    }
}

fn content(scene: &Scene, used: &mut [Used; 2]) -> Vec<u8> {
    let mut content = Content::new();
    // From here on in millimetres from the top left, as the scene is.
    content.transform([POINTS, 0.0, 0.0, -POINTS, 0.0, scene.height * POINTS]);
    for item in &scene.items {
        match item {
            Item::Shape(path, colour) => {
                fill(&mut content, *colour);
                draw(&mut content, path);
                content.fill_nonzero();
            }
            Item::Text(text) => {
                let used = &mut used[usize::from(text.font == Font::Sans)];
                fill(&mut content, text.colour);
                show(&mut content, text, used);
            }
        }
    }
    content.finish().into_vec()
}

fn fill(content: &mut Content, Colour(r, g, b): Colour) {
    let part = |n: u8| f32::from(n) / 255.0;
    content.set_fill_rgb(part(r), part(g), part(b));
}

fn draw(content: &mut Content, path: &Path) {
    let mut last: Point = (0.0, 0.0);
    for step in &path.0 {
        match *step {
            Step::Move(to) => {
                content.move_to(to.0, to.1);
                last = to;
            }
            Step::Line(to) => {
                content.line_to(to.0, to.1);
                last = to;
            }
            Step::Quad(by, to) => {
                // The same curve with two control points, which is all that PDF has.
                let near = |end: Point| {
                    (
                        end.0 + (by.0 - end.0) * 2.0 / 3.0,
                        end.1 + (by.1 - end.1) * 2.0 / 3.0,
                    )
                };
                let (a, b) = (near(last), near(to));
                content.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
                last = to;
            }
            Step::Cubic(a, b, to) => {
                content.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
                last = to;
            }
            Step::Close => {
                content.close_path();
            }
        }
    }
}

/// Shows a line glyph by glyph, each in its own place, so that kerning and accents are as they were set.
fn show(content: &mut Content, text: &Text, used: &mut Used) {
    content
        .begin_text()
        .set_font(Name(text.font.name().as_bytes()), text.size);
    for glyph in &text.line.glyphs {
        let number = used.numbers.remap(glyph.id.0);
        used.chars.insert(number, glyph.char);
        let (x, y) = (
            text.at.0 + glyph.x * text.size,
            text.at.1 - glyph.y * text.size,
        );
        content
            .set_text_matrix([1.0, 0.0, 0.0, -1.0, x, y])
            .show(Str(&number.to_be_bytes()));
    }
    content.end_text();
}

/// Embeds what is used of a font.
fn embed(pdf: &mut Pdf, ids: &mut Ids, font: Font, id: Ref, used: &Used) {
    let (descendant, descriptor, file, map) = (ids.next(), ids.next(), ids.next(), ids.next());
    // Six letters and a plus mark a font of which only a part is there.
    let name = format!("BCKTLK+{}", font.name());
    let name = Name(name.as_bytes());
    let face = font.face();
    let scale = PER_EM / f32::from(face.units_per_em());
    pdf.type0_font(id)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(map);
    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type2)
        .base_font(name)
        .system_info(IDENTITY)
        .font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let widths = used.numbers.remapped_gids().map(|gid| {
        f32::from(
            face.glyph_hor_advance(ttf_parser::GlyphId(gid))
                .unwrap_or_default(),
        ) * scale
    });
    cid.widths().consecutive(0, widths);
    cid.finish();
    let bounds = face.global_bounding_box();
    let unit = |n: i16| f32::from(n) * scale;
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(
            unit(bounds.x_min),
            unit(bounds.y_min),
            unit(bounds.x_max),
            unit(bounds.y_max),
        ))
        .italic_angle(0.0)
        .ascent(unit(face.ascender()))
        .descent(unit(face.descender()))
        .cap_height(unit(
            face.capital_height().unwrap_or_else(|| face.ascender()),
        ))
        .stem_v(80.0)
        .font_file2(file);
    // A font that we ship can be cut down; were it not so, the whole of it is right, too.
    let part =
        subsetter::subset(font.bytes(), 0, &used.numbers).unwrap_or_else(|_| font.bytes().to_vec());
    pdf.stream(file, &part)
        .pair(Name(b"Length1"), part.len() as i32);
    let mut chars = UnicodeCmap::new(Name(b"Backtalk"), IDENTITY);
    for (number, char) in &used.chars {
        chars.pair(*number, *char);
    }
    pdf.stream(map, &chars.finish().into_vec());
}
