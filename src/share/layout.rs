//! What cards, posters and pictures look like: the one place that knows sizes, colours and distances.
//!
//! A question at the top; below it a speech bubble that holds the QR code and points at whose it is; at the foot the
//! doctor line. Distances are in units of a card's millimetre, so that a poster is the same in twice the size.

use super::font::Font;
use super::qr::Code;
use super::scene::{Colour, Item, Path, Point, Scene, Step, Text};
use super::setting::{Block, Style};

/// Near black: the headline, names and the code itself.
pub(super) const INK: Colour = Colour(0x17, 0x2f, 0x2b);
/// The bubble.
pub(super) const LEAF: Colour = Colour(0x1f, 0x53, 0x4a);
/// What is to be done: "Ask here", the doctor line.
pub(super) const CLAY: Colour = Colour(0xb4, 0x46, 0x2c);
/// What matters less.
pub(super) const SOFT: Colour = Colour(0x4d, 0x60, 0x5b);
/// On the bubble, and rules.
pub(super) const MIST: Colour = Colour(0xd5, 0xe3, 0xdc);
pub(super) const PAPER: Colour = Colour(0xff, 0xff, 0xff);

/// Free on every side: printers need it, and guillotines miss by less.
const MARGIN: f32 = 9.0;
/// The bubble's corners, padding and tail.
const CORNER: f32 = 6.0;
const PADDING: f32 = 4.5;
const TAIL: f32 = 5.0;
/// The least side of the code, quiet zone included: what a phone reads at arm's length.
const LEAST_CODE: f32 = 26.0;
/// The least width of the words beside the code.
const BESIDE: f32 = 26.0;

const HEADLINE: Style = Style {
    font: Font::Serif,
    colour: INK,
    size: 9.0,
    least: 5.0,
    lines: 2,
    leading: 1.12,
};
const CALL: Style = Style {
    colour: CLAY,
    ..HEADLINE
};
const SCAN: Style = Style {
    font: Font::Serif,
    colour: PAPER,
    size: 5.0,
    least: 3.4,
    lines: 5,
    leading: 1.2,
};
const LINK: Style = Style {
    font: Font::Sans,
    colour: MIST,
    size: 4.6,
    least: 2.8,
    lines: 1,
    leading: 1.25,
};
const NAME: Style = Style {
    font: Font::Serif,
    colour: INK,
    size: 6.6,
    least: 4.2,
    lines: 2,
    leading: 1.12,
};
const DETAIL: Style = Style {
    font: Font::Sans,
    colour: SOFT,
    size: 3.8,
    least: 3.0,
    lines: 2,
    leading: 1.3,
};
const DOCTOR: Style = Style {
    font: Font::Serif,
    colour: CLAY,
    size: 4.2,
    least: 3.2,
    lines: 1,
    leading: 1.2,
};
const GENERAL: Style = Style {
    font: Font::Sans,
    colour: INK,
    size: 3.4,
    least: 2.9,
    lines: 2,
    leading: 1.35,
};

/// A sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// A card to take along, A6.
    Card,
    /// A poster for the wall, A4.
    Poster,
}

/// What is printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// What someone may ask about.
    pub headline: String,
    /// What to do then.
    pub call: String,
    /// How to use the code.
    pub scan: String,
    /// Where it leads: the whole address.
    pub link: String,
    /// Whose it is.
    pub name: String,
    /// What else is to be known of them: lines, each of parts that go below each other if they do not fit side by side.
    pub details: Vec<Vec<String>>,
    /// Who is to be seen first.
    pub doctor: String,
    /// What the bot is not.
    pub general: String,
}

impl Content {
    fn title(&self) -> String {
        format!("{} {}", self.headline, self.call)
    }
}

impl Sheet {
    /// Width and height, in millimetres: ISO 216.
    #[must_use]
    pub fn size(self) -> (f32, f32) {
        match self {
            Self::Card => (105.0, 148.0),
            Self::Poster => (210.0, 297.0),
        }
    }

    /// Lays out what is printed on it; the code is the link's.
    #[must_use]
    pub fn lay_out(self, content: &Content, code: &Code) -> Scene {
        let (width, height) = self.size();
        let unit = width / Self::Card.size().0;
        let (wide, high) = (width / unit, height / unit);
        let mut board = Board::new(wide, high, unit, &content.title(), &content.link);
        board.sheet(content, code);
        board.scene
    }
}

/// The link's code alone in its bubble, for a screen.
#[must_use]
pub fn picture(content: &Content, code: &Code) -> Scene {
    const SIDE: f32 = 80.0;
    let (left, right) = (MARGIN, MARGIN + SIDE);
    let link = link_block(&content.link, SIDE - 2.0 * PADDING);
    let bottom = MARGIN + SIDE + 3.2 + link.height() + 0.5;
    let mut board = Board::new(
        SIDE + 2.0 * MARGIN,
        bottom + TAIL + MARGIN,
        1.0,
        &content.title(),
        &content.link,
    );
    board.shape(bubble((left, MARGIN), (right, bottom)), LEAF);
    board.code(
        code,
        (left + PADDING, MARGIN + PADDING),
        SIDE - 2.0 * PADDING,
    );
    board.text(&link, (left + PADDING, bottom - PADDING - link.height()));
    board.scene
}

/// A scene being drawn, in units.
pub(super) struct Board {
    pub(super) scene: Scene,
    unit: f32,
    width: f32,
    height: f32,
}

impl Board {
    /// A blank sheet, with what it is and where it leads for those who do not see it.
    pub(super) fn new(width: f32, height: f32, unit: f32, title: &str, link: &str) -> Self {
        let scene = Scene {
            width: width * unit,
            height: height * unit,
            items: Vec::new(),
            title: title.to_owned(),
            link: link.to_owned(),
        };
        let mut board = Self {
            scene,
            unit,
            width,
            height,
        };
        board.shape(Path::rectangle((0.0, 0.0), (width, height)), PAPER);
        board
    }

    fn sheet(&mut self, content: &Content, code: &Code) {
        let inner = self.width - 2.0 * MARGIN;
        let headline = HEADLINE.fit(&content.headline, inner);
        let call = Style {
            size: headline.size,
            ..CALL
        }
        .fit(&content.call, inner);
        let below = self.text(&headline, (MARGIN, MARGIN));
        let gap = headline.size * (CALL.leading - Font::Serif.capitals());
        let below = self.text(&call, (MARGIN, below + gap)) + 6.0;
        let above = self.foot(content, inner) - 4.6;
        let link = link_block(&content.link, inner - 2.0 * PADDING);
        let room = above - below - 3.6 - TAIL - around(&link) - LEAST_CODE;
        let caption = Caption::fit(content, inner, room);
        let above = above - caption.height();
        self.caption(&caption, above);
        self.speech(content, code, &link, (below, above - 3.6));
    }

    /// The doctor line and what the bot is not, upwards from the margin. Returns where they begin.
    fn foot(&mut self, content: &Content, inner: f32) -> f32 {
        let doctor = DOCTOR.fit(&content.doctor, inner);
        let general = GENERAL.fit(&content.general, inner);
        let top = self.height - MARGIN - general.height() - 2.4 - doctor.height();
        let below = self.text(&doctor, (MARGIN, top));
        self.text(&general, (MARGIN, below + 2.4));
        let rule = top - 4.0;
        self.shape(
            Path::rectangle((MARGIN, rule), (self.width - MARGIN, rule + 0.25)),
            MIST,
        );
        rule
    }

    /// Whose it is.
    fn caption(&mut self, caption: &Caption, top: f32) {
        let mut below = self.text(&caption.name, (MARGIN, top));
        for detail in &caption.details {
            below = self.text(detail, (MARGIN, below + Caption::GAP));
        }
    }

    /// The bubble with the code, in what is left between the headline and the caption.
    fn speech(&mut self, content: &Content, code: &Code, link: &Block, (top, bottom): (f32, f32)) {
        let (left, right) = (MARGIN, self.width - MARGIN);
        let high = bottom - top - TAIL - around(link);
        let side = high.min(right - left - 3.0 * PADDING - BESIDE);
        // What is too much is shared out above and below.
        let spare = (high - side) / 2.0;
        let (top, bottom) = (top + spare, bottom - spare - TAIL);
        self.shape(bubble((left, top), (right, bottom)), LEAF);
        self.code(code, (left + PADDING, top + PADDING), side);
        let beside = left + 2.0 * PADDING + side;
        let scan = SCAN.fit(&content.scan, right - PADDING - beside);
        self.text(
            &scan,
            (beside, top + PADDING + (side - scan.height()) / 2.0),
        );
        self.text(link, (left + PADDING, bottom - PADDING - link.height()));
    }

    /// The code on paper of its own, quiet zone included.
    fn code(&mut self, code: &Code, (x, y): Point, side: f32) {
        self.shape(Path::rounded((x, y), (x + side, y + side), 2.5), PAPER);
        self.shape(code.path((x, y), side), INK);
    }

    /// Draws a text whose capitals begin at a height. Returns its last baseline.
    pub(super) fn text(&mut self, block: &Block, (x, top): Point) -> f32 {
        let first = top + block.size * block.style.font.capitals();
        for (i, line) in block.lines.iter().enumerate() {
            let y = first + block.size * block.style.leading * i as f32;
            self.scene.items.push(Item::Text(Text {
                font: block.style.font,
                size: block.size * self.unit,
                at: (x * self.unit, y * self.unit),
                line: line.clone(),
                colour: block.style.colour,
            }));
        }
        top + block.height()
    }

    /// Draws a filled shape.
    pub(super) fn shape(&mut self, path: Path, colour: Colour) {
        self.scene
            .items
            .push(Item::Shape(path.scaled(self.unit), colour));
    }
}

/// Whose it is, set.
struct Caption {
    name: Block,
    details: Vec<Block>,
}

impl Caption {
    /// Between its lines.
    const GAP: f32 = 2.6;

    /// In the largest of a few scales in which it leaves room for the code; a long life story gets small.
    fn fit(content: &Content, width: f32, height: f32) -> Self {
        let scaled = |scale| Self::scaled(content, width, scale);
        let fits = |caption: &Self| caption.height() <= height;
        let mut scales = [1.0, 0.85, 0.7].into_iter().map(scaled);
        scales.find(fits).unwrap_or_else(|| scaled(0.5))
    }

    fn scaled(content: &Content, width: f32, scale: f32) -> Self {
        let style = |style: Style| Style {
            size: style.size * scale,
            least: style.least * scale,
            ..style
        };
        let lines = content
            .details
            .iter()
            .flat_map(|parts| side_by_side(parts, width / scale));
        let lines: Vec<String> = lines.collect();
        let fit = |style: Style| {
            lines
                .iter()
                .map(|line| style.fit(line, width))
                .collect::<Vec<_>>()
        };
        // All in the size of the one that needs the smallest.
        let detail = style(DETAIL);
        let size = fit(detail)
            .iter()
            .map(|block| block.size)
            .fold(detail.size, f32::min);
        Self {
            name: style(NAME).fit(&content.name, width),
            details: fit(Style { size, ..detail }),
        }
    }

    fn height(&self) -> f32 {
        let details = self.details.iter().map(|block| Self::GAP + block.height());
        self.name.height() + details.sum::<f32>()
    }
}

/// What a bubble needs in height besides its code.
fn around(link: &Block) -> f32 {
    2.0 * PADDING + 4.0 + link.height()
}

/// Parts of a detail on one line if they fit, else on one each.
fn side_by_side(parts: &[String], width: f32) -> Vec<String> {
    let joined = parts.join(" · ");
    if DETAIL.font.set(&joined).width * DETAIL.size <= width {
        vec![joined]
    } else {
        parts.to_vec()
    }
}

/// The address as one types it: on one line, or if that would be too small, parted where its parameter begins.
fn link_block(link: &str, width: f32) -> Block {
    let short = link.trim_start_matches("https://");
    let whole = LINK.fit(short, width);
    if whole.lines.len() == 1 {
        return whole;
    }
    Style { lines: 2, ..LINK }.fit(&short.replace('?', " ?"), width)
}

/// A round box with a tail at its lower left.
fn bubble((left, top): Point, (right, bottom): Point) -> Path {
    let tail = left + 9.0;
    let tip = [
        Step::Line((tail + 7.5, bottom)),
        Step::Line((tail, bottom + TAIL)),
        Step::Line((tail, bottom)),
    ];
    let mut path = Path::rounded((left, top), (right, bottom), CORNER);
    // The box is drawn clockwise, so its lower edge runs from right to left.
    let edge = path
        .0
        .iter()
        .position(|step| *step == Step::Line((left + CORNER, bottom)));
    if let Some(edge) = edge {
        path.0.splice(edge..edge, tip);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(name: &str, details: &[&[&str]], link: &str) -> Content {
        let details = details
            .iter()
            .map(|parts| parts.iter().map(|p| (*p).to_owned()).collect());
        Content {
            headline: "Questions about massage and back pain?".to_owned(),
            call: "Ask here.".to_owned(),
            scan: "Scan with your phone’s camera, or open:".to_owned(),
            link: link.to_owned(),
            name: name.to_owned(),
            details: details.collect(),
            doctor: "Please see a doctor first.".to_owned(),
            general: "This bot gives general information and does not replace a doctor. In an emergency, call \
                      your local emergency number."
                .to_owned(),
        }
    }

    /// Left, top, right and bottom of what is drawn of an item.
    fn bounds(item: &Item) -> [f32; 4] {
        let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for step in &item.outline().0.0 {
            let points = match *step {
                Step::Move(a) | Step::Line(a) => vec![a],
                Step::Quad(a, b) => vec![a, b],
                Step::Cubic(a, b, c) => vec![a, b, c],
                Step::Close => vec![],
            };
            for (x, y) in points {
                bounds = [
                    bounds[0].min(x),
                    bounds[1].min(y),
                    bounds[2].max(x),
                    bounds[3].max(y),
                ];
            }
        }
        bounds
    }

    #[test]
    fn nothing_leaves_the_margins_or_covers_anything_else_however_long_it_is() {
        let long = |n: usize, word: &str| word.repeat(n).chars().take(n).collect::<String>();
        let far = format!("https://t.me/{}?start={}", "w".repeat(32), "w".repeat(32));
        for content in [
            content(
                "Anna Berg",
                &[&["Massage therapist"], &["Leeds", "English"]],
                "https://t.me/our_bot?start=anna",
            ),
            content("A free bot", &[&["It answers."]], "https://t.me/our_bot"),
            content(
                &long(60, "Wilhelmína Nguyễn-Ødegård "),
                &[
                    &[&long(120, "Massage and more ")],
                    &[&long(50, "Llanfair"), &long(80, "Tiếng Việt, ")],
                ],
                &far,
            ),
            content(
                &long(60, "W"),
                &[&[&long(120, "W")], &[&long(50, "W"), &long(80, "W")]],
                &far,
            ),
        ] {
            let code = Code::of(&content.link).expect("short enough");
            for sheet in [Sheet::Card, Sheet::Poster] {
                let scene = sheet.lay_out(&content, &code);
                let unit = scene.width / Sheet::Card.size().0;
                let texts: Vec<&Item> = scene
                    .items
                    .iter()
                    .filter(|i| matches!(i, Item::Text(_)))
                    .collect();
                for (i, text) in texts.iter().enumerate() {
                    let [left, top, right, bottom] = bounds(text);
                    let margin = (MARGIN - 0.5) * unit;
                    assert!(left >= margin && right <= scene.width - margin, "{text:?}");
                    assert!(
                        top >= margin && bottom <= scene.height - margin + 2.0 * unit,
                        "{text:?}"
                    );
                    for other in &texts[i + 1..] {
                        let [l, t, r, b] = bounds(other);
                        // Capitals with two accents may reach into the line above, but not far.
                        let apart =
                            l >= right || r <= left || t >= bottom - unit || b <= top + unit;
                        assert!(apart, "{text:?} and {other:?}");
                    }
                }
                let ink = scene
                    .items
                    .iter()
                    .find(|i| matches!(i, Item::Shape(_, INK)))
                    .expect("a code");
                let [left, _, right, _] = bounds(ink);
                let module = (right - left) / code.width() as f32 / unit;
                assert!(
                    module >= 0.5,
                    "a phone reads modules of half a millimetre: {module}"
                );
            }
        }
    }
}
