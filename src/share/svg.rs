//! A card as SVG. Letters are outlines, so that it looks the same wherever it is opened.

use std::fmt::Write;

use super::scene::{Colour, Path, Point, Scene, Step};

/// Writes a scene.
#[must_use]
pub fn write(scene: &Scene) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n",
        escaped(&scene.title),
        escaped(&scene.link),
    );
    for item in &scene.items {
        let (path, Colour(r, g, b)) = item.outline();
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<path fill=\"#{r:02x}{g:02x}{b:02x}\" d=\"{}\"/>",
            data(&path)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn data(path: &Path) -> String {
    path.0
        .iter()
        .map(|step| match step {
            Step::Move(to) => format!("M{}", point(to)),
            Step::Line(to) => format!("L{}", point(to)),
            Step::Quad(a, to) => format!("Q{} {}", point(a), point(to)),
            Step::Cubic(a, b, to) => format!("C{} {} {}", point(a), point(b), point(to)),
            Step::Close => "Z".to_owned(),
        })
        .collect()
}

/// A point to a thousandth of a millimetre, finer than any printer.
fn point((x, y): &Point) -> String {
    let short = |n: f32| {
        format!("{n:.3}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    };
    format!("{} {}", short(*x), short(*y))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
