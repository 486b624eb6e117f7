//! A chart for operators: a bar for each day, and below it how the questions ended. Lengths are in millimetres.

use super::font::Font;
use super::layout::{Board, CLAY, INK, LEAF, MIST, PAPER, SOFT};
use super::scene::{Colour, Path};
use super::setting::{Block, Style};
use super::{SCREEN_DPI, picture};

const WIDTH: f32 = 108.0;
const HEIGHT: f32 = 88.0;
const MARGIN: f32 = 8.0;

/// The bars' ground, and how high the highest line is above it.
const GROUND: f32 = 58.0;
const HIGH: f32 = 34.0;
/// Room for the numbers beside the lines.
const NUMBERS: f32 = 8.0;
/// How much of its place a bar fills.
const FILLED: f32 = 0.72;
/// How high a day's mark is whose count is not shown.
const HIDDEN: f32 = 0.5;

/// Where the shares begin and how high they are.
const SHARES: f32 = 71.0;
const SHARE_HIGH: f32 = 4.0;

/// Between leaf and clay: neither good nor bad.
const SAND: Colour = Colour(0xd9, 0xa4, 0x41);
/// The shares, in order.
const COLOURS: [Colour; 3] = [LEAF, SAND, CLAY];

const TITLE: Style = Style {
    font: Font::Serif,
    colour: INK,
    size: 6.2,
    least: 4.0,
    lines: 1,
    leading: 1.2,
};
const LABEL: Style = Style {
    font: Font::Sans,
    colour: SOFT,
    size: 3.2,
    least: 2.4,
    lines: 1,
    leading: 1.2,
};

/// What is drawn. A count that is too small to be shown is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Above the bars.
    pub title: String,
    /// A day with its count, each, in order.
    pub days: Vec<(String, Option<i64>)>,
    /// At most three, in the order in which they are drawn.
    pub shares: Vec<Share>,
}

/// A part of all questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What it is.
    pub label: String,
    /// How many.
    pub count: Option<i64>,
}

impl Chart {
    /// The chart as a PNG picture for a screen.
    #[must_use]
    pub fn draw(&self) -> Vec<u8> {
        let mut board = Board::new(WIDTH, HEIGHT, 1.0, &self.title, "");
        board.text(
            &TITLE.fit(&self.title, WIDTH - 2.0 * MARGIN),
            (MARGIN, MARGIN),
        );
        self.bars(&mut board);
        self.shares(&mut board);
        picture::write(&board.scene, SCREEN_DPI)
    }

    fn bars(&self, board: &mut Board) {
        let highest = self.days.iter().filter_map(|(_, count)| *count).max();
        let top = round_up(highest.unwrap_or_default());
        let (left, right) = (MARGIN + NUMBERS, WIDTH - MARGIN);
        for line in [0, top / 2, top] {
            let y = GROUND - HIGH * line as f32 / top as f32;
            board.shape(Path::rectangle((left, y - 0.1), (right, y + 0.1)), MIST);
            let number = label(&line.to_string());
            let at = left - 1.6 - width(&number);
            board.text(&number, (at, y - number.height() / 2.0));
        }
        let place = (right - left) / self.days.len().max(1) as f32;
        let free = place * (1.0 - FILLED) / 2.0;
        for (i, (_, count)) in self.days.iter().enumerate() {
            let x = left + place * i as f32;
            let (high, colour) = match count {
                Some(count) => (HIGH * *count as f32 / top as f32, LEAF),
                None => (HIDDEN, MIST),
            };
            let bar = Path::rectangle((x + free, GROUND - high), (x + place - free, GROUND));
            board.shape(bar, colour);
        }
        let below = GROUND + 2.2;
        if let [(first, _), .., (last, _)] = &self.days[..] {
            board.text(&label(first), (left, below));
            let last = label(last);
            board.text(&last, (right - width(&last), below));
        }
    }

    fn shares(&self, board: &mut Board) {
        let (left, right) = (MARGIN, WIDTH - MARGIN);
        let all: i64 = self.shares.iter().filter_map(|share| share.count).sum();
        if all == 0 {
            let empty = Path::rectangle((left, SHARES), (right, SHARES + SHARE_HIGH));
            board.shape(empty, MIST);
        }
        let column = (right - left) / COLOURS.len() as f32;
        let mut x = left;
        for (i, (share, colour)) in self.shares.iter().zip(COLOURS).enumerate() {
            if let Some(count) = share.count {
                let end = x + (right - left) * count as f32 / all as f32;
                let part = Path::rectangle((x, SHARES), (end, SHARES + SHARE_HIGH));
                board.shape(part, colour);
                x = end;
            }
            let below = SHARES + SHARE_HIGH + 3.0;
            let at = left + column * i as f32;
            let dot = Path::rounded((at, below - 0.1), (at + 2.4, below + 2.3), 1.2);
            board.shape(dot, colour);
            let count = share.count.map(|count| format!(" {count}"));
            let text = format!("{}{}", share.label, count.unwrap_or_default());
            board.text(&LABEL.fit(&text, column - 5.0), (at + 3.8, below));
        }
        // Where two parts meet, a hair of paper keeps them apart for those who see colours alike.
        let mut x = left;
        for count in self.shares.iter().filter_map(|share| share.count) {
            x += (right - left) * count as f32 / all as f32;
            if x < right - 0.2 {
                let gap = Path::rectangle((x - 0.2, SHARES), (x + 0.2, SHARES + SHARE_HIGH));
                board.shape(gap, PAPER);
            }
        }
    }
}

fn label(text: &str) -> Block {
    LABEL.fit(text, WIDTH)
}

fn width(block: &Block) -> f32 {
    let widths = block.lines.iter().map(|line| line.width * block.size);
    widths.fold(0.0, f32::max)
}

/// The next number that is even and easy to halve: 10, 20, 50, 100, 200 …
fn round_up(count: i64) -> i64 {
    // Beyond what a bot is ever asked it would no longer be above the bars, but a number still.
    let count = count.min(i64::MAX / 10);
    let mut top = 10;
    for factor in [2, 5, 10].into_iter().cycle() {
        if top >= count {
            break;
        }
        // 10, 20, 50, and each decade anew.
        top = match factor {
            5 => top / 2 * 5,
            _ => top * 2,
        };
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_line_is_a_round_number_above_every_bar() {
        for (count, expected) in [
            (0, 10),
            (10, 10),
            (11, 20),
            (21, 50),
            (51, 100),
            (101, 200),
            (450, 500),
            (99_999, 100_000),
        ] {
            assert_eq!(round_up(count), expected, "{count}");
        }
    }

    #[test]
    fn charts_of_any_counts_can_be_drawn() {
        let share = |count| Share {
            label: "Answered".to_owned(),
            count,
        };
        for days in [
            vec![],
            vec![("2026-11-21".to_owned(), None)],
            vec![("2026-11-21".to_owned(), Some(7)); 90],
        ] {
            for count in [None, Some(5), Some(i64::from(i32::MAX))] {
                let chart = Chart {
                    title: "Questions a day".to_owned(),
                    days: days.clone(),
                    shares: vec![share(count), share(None), share(count)],
                };
                assert!(chart.draw().starts_with(b"\x89PNG"), "{chart:?}");
            }
        }
    }
}
