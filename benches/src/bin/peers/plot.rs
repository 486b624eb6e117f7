//! `results.svg`: accuracy against time a question.

use std::fmt::Write;

use crate::lines::Measured;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 60.0;
/// Room that a line of text needs, in pixels.
const LINE: f64 = 17.0;
/// Rough width of a character, in pixels.
const CHARACTER: f64 = 7.2;

/// The plot; its colours suit light and dark pages.
pub(crate) fn svg(methods: &[Measured]) -> String {
    let decades = decades(methods);
    let floor = lowest(methods);
    let x = |us: f64| {
        LEFT + (us.log10() - decades.0) / (decades.1 - decades.0) * (WIDTH - LEFT - RIGHT)
    };
    let y = |percent: f64| {
        HEIGHT - BOTTOM - (percent - floor) / (100.0 - floor) * (HEIGHT - TOP - BOTTOM)
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\" \
         role=\"img\">\n<title>Accuracy against time a question</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"16\" font-weight=\"bold\" fill=\"#222\">First candidate right, % \
         (up is better), against time a question (left is better)</text>\n"
    );
    let mut line = |text: String| svg += &(text + "\n");
    for decade in decades.0 as i32..=decades.1 as i32 {
        let us = 10_f64.powi(decade);
        line(format!(
            "<line x1=\"{0:.1}\" y1=\"{TOP}\" x2=\"{0:.1}\" y2=\"{1}\" stroke=\"#ddd\"/>\
             <text x=\"{0:.1}\" y=\"{2}\" text-anchor=\"middle\" fill=\"#555\">{3}</text>",
            x(us),
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 20.0,
            duration(us)
        ));
    }
    let mut percent = floor;
    while percent <= 100.0 {
        line(format!(
            "<line x1=\"{LEFT}\" y1=\"{0:.1}\" x2=\"{1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{2}\" y=\"{3:.1}\" text-anchor=\"end\" fill=\"#555\">{percent}</text>",
            y(percent),
            WIDTH - RIGHT,
            LEFT - 8.0,
            y(percent) + 4.5
        ));
        percent += 10.0;
    }
    line(format!(
        "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#222\">median time a question, logarithmic</text>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 14.0
    ));
    let mut labels: Vec<(f64, f64, f64)> = Vec::new();
    for method in methods {
        let (at_x, at_y) = (x(method.median_us), y(method.accuracy()));
        let colour = if method.ours { "#0a7d4f" } else { "#7a4b9c" };
        let width = method.name.chars().count() as f64 * CHARACTER;
        // To the right of its point, or to the left where there is no room.
        let fits = at_x + 10.0 + width < WIDTH - RIGHT;
        let (start, anchor) = if fits {
            (at_x + 10.0, "start")
        } else {
            (at_x - 10.0 - width, "end")
        };
        let mut label_y = at_y + 4.5;
        while labels.iter().any(|&(from, to, taken)| {
            from < start + width && start < to && (taken - label_y).abs() < LINE
        }) {
            label_y += LINE;
        }
        labels.push((start, start + width, label_y));
        let text_x = if fits { start } else { at_x - 10.0 };
        line(format!(
            "<circle cx=\"{at_x:.1}\" cy=\"{at_y:.1}\" r=\"6\" fill=\"{colour}\"/>\
             <text x=\"{text_x:.1}\" y=\"{label_y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{}</text>",
            method.name.replace('&', "&amp;")
        ));
    }
    let _ = writeln!(svg, "</svg>");
    svg
}

/// The powers of ten around all times.
fn decades(methods: &[Measured]) -> (f64, f64) {
    let logs = methods.iter().map(|method| method.median_us.log10());
    let low = logs.clone().fold(f64::INFINITY, f64::min).floor();
    let high = logs.fold(f64::NEG_INFINITY, f64::max).ceil();
    (low, high.max(low + 1.0))
}

/// The ten below all accuracies.
fn lowest(methods: &[Measured]) -> f64 {
    let lowest = methods.iter().map(Measured::accuracy).fold(100.0, f64::min);
    ((lowest - 1.0) / 10.0).floor().max(0.0) * 10.0
}

fn duration(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us} µs"),
        us if us < 1e6 => format!("{} ms", us / 1e3),
        us => format!("{} s", us / 1e6),
    }
}
