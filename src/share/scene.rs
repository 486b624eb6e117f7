//! What a card looks like, free of any file format: filled shapes and set lines, in millimetres from the top left.

use ttf_parser::OutlineBuilder;

use super::font::{Font, Line};

/// A colour, as red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// A point, in millimetres.
pub type Point = (f32, f32);

/// A part of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Begins a new outline.
    Move(Point),
    /// A straight line.
    Line(Point),
    /// A curve with one control point.
    Quad(Point, Point),
    /// A curve with two control points.
    Cubic(Point, Point, Point),
    /// Back to where the outline began.
    Close,
}

/// Outlines to be filled; what an outline in the other direction encloses is left out (the non-zero rule).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path(pub Vec<Step>);

/// Something to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A filled shape.
    Shape(Path, Colour),
    /// A line of text.
    Text(Text),
}

/// A line of text in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// In which font.
    pub font: Font,
    /// How large an em is, in millimetres.
    pub size: f32,
    /// Where the baseline begins.
    pub at: Point,
    /// Its glyphs.
    pub line: Line,
    /// Its colour.
    pub colour: Colour,
}

/// A whole card, from back to front.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// In millimetres.
    pub width: f32,
    /// In millimetres.
    pub height: f32,
    /// What is drawn, in order.
    pub items: Vec<Item>,
    /// What it is, for those who do not see it.
    pub title: String,
    /// Where it leads.
    pub link: String,
}

/// How far the control points of a quarter circle are from its ends, in radii.
const ARC: f32 = 0.552_285;

impl Path {
    /// A rectangle, from its upper left to its lower right corner.
    #[must_use]
    pub fn rectangle((left, top): Point, (right, bottom): Point) -> Self {
        Self(vec![
            Step::Move((left, top)),
            Step::Line((right, top)),
            Step::Line((right, bottom)),
            Step::Line((left, bottom)),
            Step::Close,
        ])
    }

    /// A rectangle with round corners, clockwise.
    #[must_use]
    pub fn rounded((left, top): Point, (right, bottom): Point, radius: f32) -> Self {
        let (r, c) = (radius, radius * (1.0 - ARC));
        Self(vec![
            Step::Move((left + r, top)),
            Step::Line((right - r, top)),
            Step::Cubic((right - c, top), (right, top + c), (right, top + r)),
            Step::Line((right, bottom - r)),
            Step::Cubic(
                (right, bottom - c),
                (right - c, bottom),
                (right - r, bottom),
            ),
            Step::Line((left + r, bottom)),
            Step::Cubic((left + c, bottom), (left, bottom - c), (left, bottom - r)),
            Step::Line((left, top + r)),
            Step::Cubic((left, top + c), (left + c, top), (left + r, top)),
            Step::Close,
        ])
    }

    /// The same, larger or smaller.
    #[must_use]
    pub fn scaled(&self, by: f32) -> Self {
        let at = |(x, y): Point| (x * by, y * by);
        let scaled = self.0.iter().map(|step| match *step {
            Step::Move(to) => Step::Move(at(to)),
            Step::Line(to) => Step::Line(at(to)),
            Step::Quad(a, to) => Step::Quad(at(a), at(to)),
            Step::Cubic(a, b, to) => Step::Cubic(at(a), at(b), at(to)),
            Step::Close => Step::Close,
        });
        Self(scaled.collect())
    }
}

impl Item {
    /// Its outlines; letters become shapes.
    #[must_use]
    pub fn outline(&self) -> (Path, Colour) {
        match self {
            Self::Shape(path, colour) => (path.clone(), *colour),
            Self::Text(text) => (text.outline(), text.colour),
        }
    }
}

impl Text {
    fn outline(&self) -> Path {
        let face = self.font.face();
        let mut path = Path::default();
        for glyph in &self.line.glyphs {
            let mut pen = Pen {
                path: &mut path,
                scale: self.size / f32::from(face.units_per_em()),
                origin: (
                    self.at.0 + glyph.x * self.size,
                    self.at.1 - glyph.y * self.size,
                ),
            };
            // A blank has no outline.
            let _ = face.outline_glyph(glyph.id, &mut pen);
        }
        path
    }
}

/// Takes a glyph's outline, in font units from the baseline up, to its place.
struct Pen<'p> {
    path: &'p mut Path,
    scale: f32,
    origin: Point,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Point {
        (
            self.origin.0 + x * self.scale,
            self.origin.1 - y * self.scale,
        )
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.0.push(Step::Move(self.at(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.0.push(Step::Line(self.at(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.path.0.push(Step::Quad(self.at(x1, y1), self.at(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.path
            .0
            .push(Step::Cubic(self.at(x1, y1), self.at(x2, y2), self.at(x, y)));
    }

    fn close(&mut self) {
        self.path.0.push(Step::Close);
    }
}
