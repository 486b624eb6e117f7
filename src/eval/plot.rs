//! A report as one self-contained SVG: the curve over the answer threshold above, the confusion below.
//!
//! Plain text building, no fonts or scripts from elsewhere. Colours are from Okabe and Ito's palette, which people with
//! any kind of colour vision can tell apart.

use std::fmt::Write;

use super::Report;
use super::confusion::Confusion;
use super::sweep::{Point, Sweep};

/// How many entries the confusion shows: more do not fit a page.
const ENTRIES: usize = 20;

/// Longest name of an entry that is shown whole, in characters.
const LABEL: usize = 30;

/// Width of the picture, in pixels, which all lengths here are.
const WIDTH: f64 = 980.0;

/// Where the curve's axes cross, and how far they reach.
const CURVE: Area = Area {
    left: 70.0,
    top: 70.0,
    width: 660.0,
    height: 320.0,
};

/// Where the cells of the confusion begin; the names of the entries stand left of them and above.
const CELLS_LEFT: f64 = 250.0;
const CELLS_TOP: f64 = 690.0;
const CELL: f64 = 30.0;

const BLUE: &str = "#0072B2";
const SKY: &str = "#56B4E9";
const VERMILION: &str = "#D55E00";
const PURPLE: &str = "#CC79A7";
const GREY: &str = "#777777";

struct Area {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Area {
    /// From a threshold, 0 to 1.
    fn x(&self, threshold: f64) -> f64 {
        self.left + self.width * threshold
    }

    /// From a share in percent.
    fn y(&self, percent: f64) -> f64 {
        self.top + self.height * (1.0 - percent / 100.0)
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// One line of the curve: name, colour, dashes, and its share in percent at a point.
type Series = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Point) -> Option<f64>,
);

const SERIES: [Series; 5] = [
    ("answered, of in scope", GREY, "5 4", |p| {
        p.of_in_scope(p.covered())
    }),
    ("right, of in scope", BLUE, "none", |p| {
        p.of_in_scope(p.right)
    }),
    ("right one offered", SKY, "none", |p| {
        p.of_in_scope(p.offered)
    }),
    ("wrong, of in scope", VERMILION, "none", |p| {
        p.of_in_scope(p.wrong)
    }),
    ("out of scope answered", PURPLE, "none", |p| {
        p.of_out_of_scope(p.out_answered)
    }),
];

/// Draws a report.
#[must_use]
pub fn svg(report: &Report) -> String {
    let confusion = report.confused();
    let entries = confusion.most_confused(ENTRIES);
    let height = CELLS_TOP + CELL * count(entries.len().max(1)) + 40.0;
    let mut svg = Svg::default();
    svg.push(&format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12" fill="#222222">"##
    ));
    svg.push(r#"<rect width="100%" height="100%" fill="white"/>"#);
    svg.heading(24.0, "Answers over the answer threshold");
    match &report.thresholds {
        Some(sweep) => curve(&mut svg, sweep),
        None => svg.text(CURVE.left, CURVE.top, "", "No questions to draw it from."),
    }
    let heading = format!(
        "What was meant (rows) and what came first (columns), the {} most confused entries",
        entries.len()
    );
    svg.heading(480.0, &heading);
    if entries.is_empty() {
        svg.text(24.0, 510.0, "", "Nothing was confused.");
    } else {
        confused(&mut svg, &confusion, &entries);
    }
    svg.push("</svg>");
    svg.text
}

fn curve(svg: &mut Svg, sweep: &Sweep) {
    let now = &sweep.in_force;
    let subtitle = format!(
        "{} questions in scope, {} utterances out of scope, margin {:.2}",
        now.in_scope, now.out_of_scope, now.margin
    );
    svg.text(24.0, 44.0, MUTED, &subtitle);
    axes(svg);
    for (i, (name, colour, dashes, share)) in SERIES.iter().enumerate() {
        let mut points = String::new();
        for point in &sweep.curve {
            if let Some(percent) = share(point) {
                let (x, y) = (CURVE.x(point.answer.into()), CURVE.y(percent));
                // Writing to a string cannot fail.
                let _ = write!(points, "{x:.1},{y:.1} ");
            }
        }
        let style = format!(r#"stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}""#);
        let points = points.trim_end();
        svg.push(&format!(
            r#"<polyline fill="none" {style} points="{points}"/>"#
        ));
        let (left, y) = (CURVE.x(1.0) + 20.0, CURVE.top + 10.0 + 22.0 * count(i));
        svg.line((left, y), (left + 26.0, y), &style);
        svg.text(left + 34.0, y + 4.0, "", name);
    }
    mark(svg, now, "in force", "3 3", CURVE.top + 140.0);
    mark(svg, &sweep.best, "best", "none", CURVE.top + 180.0);
}

fn axes(svg: &mut Svg) {
    for step in 0..=10_u8 {
        let part = f64::from(step) / 10.0;
        let (x, y) = (CURVE.x(part), CURVE.y(part * 100.0));
        let grid = r##"stroke="#e4e4e4""##;
        svg.line((CURVE.left, y), (CURVE.x(1.0), y), grid);
        svg.line((x, CURVE.top), (x, CURVE.bottom()), grid);
        let percent = format!("{} %", u16::from(step) * 10);
        svg.text(CURVE.left - 8.0, y + 4.0, END, &percent);
        svg.text(x, CURVE.bottom() + 18.0, MIDDLE, &format!("{part:.1}"));
    }
    let black = r##"stroke="#222222""##;
    let corner = (CURVE.left, CURVE.bottom());
    svg.line((CURVE.left, CURVE.top), corner, black);
    svg.line(corner, (CURVE.x(1.0), CURVE.bottom()), black);
    svg.text(
        CURVE.x(0.5),
        CURVE.bottom() + 40.0,
        MIDDLE,
        "answer threshold",
    );
}

/// A vertical line at a pair of thresholds, explained in the legend at this height.
fn mark(svg: &mut Svg, point: &Point, name: &str, dashes: &str, legend: f64) {
    let style = format!(r##"stroke="#222222" stroke-dasharray="{dashes}""##);
    let x = CURVE.x(point.answer.into());
    svg.line((x, CURVE.top), (x, CURVE.bottom()), &style);
    let left = CURVE.x(1.0) + 20.0;
    svg.line(
        (left + 13.0, legend - 12.0),
        (left + 13.0, legend + 18.0),
        &style,
    );
    let pair = format!(
        "{name}: answer {:.2}, margin {:.2}",
        point.answer, point.margin
    );
    let (before, after) = pair.split_once(", ").unwrap_or((&pair, ""));
    svg.text(left + 34.0, legend, "", before);
    svg.text(left + 34.0, legend + 16.0, "", after);
}

fn confused(svg: &mut Svg, confusion: &Confusion, entries: &[&str]) {
    let pairs = confusion.pairs();
    let most = pairs.first().map_or(1, |pair| pair.count);
    let legend =
        "blue: the right one came first; orange: another one did; the number says how often";
    svg.text(24.0, 500.0, MUTED, legend);
    for (i, meant) in entries.iter().enumerate() {
        let y = CELLS_TOP + CELL * count(i);
        let middle = y + CELL / 2.0 + 4.0;
        let name = label(meant);
        svg.text(CELLS_LEFT - 8.0, middle, END, &name);
        let x = CELLS_LEFT + CELL * (count(i) + 0.6);
        let turn = format!(r#"transform="rotate(-60 {x:.1} {:.1})""#, CELLS_TOP - 8.0);
        svg.text(x, CELLS_TOP - 8.0, &turn, &name);
        for (j, got) in entries.iter().enumerate() {
            let times = confusion.count(meant, got);
            let (colour, strength) = match (times, i == j) {
                (0, _) => ("#f4f4f4", 1.0),
                (_, true) => (SKY, 0.45),
                (_, false) => (VERMILION, 0.2 + 0.7 * count(times) / count(most)),
            };
            let x = CELLS_LEFT + CELL * count(j);
            svg.push(&format!(
                r#"<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{colour}" fill-opacity="{strength:.2}" stroke="white"/>"#
            ));
            if times > 0 {
                svg.text(x + CELL / 2.0, middle, MIDDLE, &times.to_string());
            }
        }
    }
}

/// An id as far as there is room for it; ids are ASCII.
fn label(id: &str) -> String {
    if id.len() <= LABEL {
        return id.to_owned();
    }
    id.chars().take(LABEL - 1).chain(['…']).collect()
}

const MUTED: &str = r##"fill="#777777""##;
const MIDDLE: &str = r#"text-anchor="middle""#;
const END: &str = r#"text-anchor="end""#;

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn count(n: usize) -> f64 {
    n as f64
}

/// The picture so far, one element a line.
#[derive(Default)]
struct Svg {
    text: String,
}

impl Svg {
    fn push(&mut self, element: &str) {
        self.text.push_str(element);
        self.text.push('\n');
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), attributes: &str) {
        self.push(&format!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" {attributes}/>"#
        ));
    }

    fn heading(&mut self, y: f64, text: &str) {
        let style = r#"font-size="16" font-weight="bold""#;
        self.text(24.0, y, style, text);
    }

    /// Text with its left end, or what the attributes say, at a point.
    fn text(&mut self, x: f64, y: f64, attributes: &str, text: &str) {
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        self.push(&format!(
            r#"<text x="{x:.1}" y="{y:.1}" {attributes}>{text}</text>"#
        ));
    }
}
