//! The QR code of a link, as a shape and as text for a terminal.

use qrcode::{EcLevel, QrCode};

use super::scene::{Path, Point};

/// Light modules that must surround a code, on each side.
pub const QUIET: usize = 4;

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    width: usize,
    dark: Vec<bool>,
}

impl Code {
    /// Encodes a link; `None` when it is longer than a QR code can be, which is nearly three thousand bytes.
    ///
    /// A quarter of the code may be damaged, or more where that needs no larger code.
    #[must_use]
    pub fn of(link: &str) -> Option<Self> {
        let coded = |level| QrCode::with_error_correction_level(link, level).ok();
        let least = coded(EcLevel::M)?;
        let code = [EcLevel::H, EcLevel::Q]
            .into_iter()
            .filter_map(coded)
            .find(|code| code.width() == least.width())
            .unwrap_or(least);
        Some(Self {
            width: code.width(),
            dark: code
                .to_colors()
                .into_iter()
                .map(|c| c == qrcode::Color::Dark)
                .collect(),
        })
    }

    /// Modules on each side, without the quiet zone.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether a module is dark; outside the code none is.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.width && self.dark[y * self.width + x]
    }

    /// The dark modules, in a square with this upper left corner and side, quiet zone included.
    #[must_use]
    pub fn path(&self, (x, y): Point, side: f32) -> Path {
        let module = side / (self.width + 2 * QUIET) as f32;
        let at = |n: usize| (n + QUIET) as f32 * module;
        let mut path = Path::default();
        for row in 0..self.width {
            let mut from = 0;
            // Neighbours in one piece: parted, they would show hairlines.
            while let Some((start, end)) = self.run(row, from) {
                let corners = ((x + at(start), y + at(row)), (x + at(end), y + at(row + 1)));
                path.0.extend(Path::rectangle(corners.0, corners.1).0);
                from = end;
            }
        }
        path
    }

    /// The next dark modules of a row, from one place on: where they begin and end.
    fn run(&self, row: usize, from: usize) -> Option<(usize, usize)> {
        let start = (from..self.width).find(|x| self.is_dark(*x, row))?;
        let end = (start..self.width)
            .find(|x| !self.is_dark(*x, row))
            .unwrap_or(self.width);
        Some((start, end))
    }

    /// As text: two rows of modules a line. Light modules are drawn, since terminals are dark.
    #[must_use]
    pub fn blocks(&self) -> String {
        let side = self.width + 2 * QUIET;
        let light = |x: usize, y: usize| match (x.checked_sub(QUIET), y.checked_sub(QUIET)) {
            (Some(x), Some(y)) => !self.is_dark(x, y),
            _ => true,
        };
        let line = |y: usize| {
            let blocks = (0..side).map(|x| match (light(x, y), y + 1 < side && light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
            blocks.chain(['\n']).collect::<String>()
        };
        (0..side).step_by(2).map(line).collect()
    }
}
