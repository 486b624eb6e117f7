//! Fitting words into a space: lines of about the same length, in the largest size that fits.

use super::font::{Font, Line};
use super::scene::Colour;

/// Steps from the largest size to the least.
const STEPS: u16 = 24;

/// How a text is set and what it may take up. Lengths are in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// In which font.
    pub font: Font,
    /// In which colour.
    pub colour: Colour,
    /// The size of an em if there is room.
    pub size: f32,
    /// The least size.
    pub least: f32,
    /// Most lines.
    pub lines: usize,
    /// From baseline to baseline, in ems.
    pub leading: f32,
}

/// A text, set.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// How.
    pub style: Style,
    /// The size that fitted, in millimetres.
    pub size: f32,
    /// From top to bottom.
    pub lines: Vec<Line>,
}

impl Style {
    /// Sets a text in the largest size in which it fits into a width. In the least size it gets as many lines as it
    /// needs, and words that are longer than a line are broken.
    #[must_use]
    pub fn fit(self, text: &str, width: f32) -> Block {
        let words = Words::of(self.font, text);
        for step in 0..=STEPS {
            let share = f32::from(step) / f32::from(STEPS);
            let size = self.size + (self.least - self.size) * share;
            let lines = words.wrapped(width / size);
            if words.longest <= width / size && lines.len() <= self.lines {
                return self.block(size, words.balanced(width / size, lines.len()));
            }
        }
        let width = width / self.least;
        let broken = broken(self.font, text, width);
        self.block(self.least, Words::of(self.font, &broken).wrapped(width))
    }

    fn block(self, size: f32, lines: Vec<String>) -> Block {
        let lines = lines.iter().map(|line| self.font.set(line)).collect();
        Block {
            style: self,
            size,
            lines,
        }
    }
}

impl Block {
    /// From the top of the first line's capitals to the last baseline; zero without a line.
    #[must_use]
    pub fn height(&self) -> f32 {
        match self.lines.len() {
            0 => 0.0,
            lines => {
                self.size * (self.style.font.capitals() + self.style.leading * (lines - 1) as f32)
            }
        }
    }
}

/// Words with their widths, in ems.
struct Words<'t> {
    words: Vec<(&'t str, f32)>,
    blank: f32,
    longest: f32,
}

impl<'t> Words<'t> {
    fn of(font: Font, text: &'t str) -> Self {
        let words: Vec<(&str, f32)> = text
            .split_whitespace()
            .map(|word| (word, font.set(word).width))
            .collect();
        let longest = words.iter().map(|(_, width)| *width).fold(0.0, f32::max);
        Self {
            words,
            blank: font.set(" ").width,
            longest,
        }
    }

    /// In as few lines of this width as they need.
    fn wrapped(&self, width: f32) -> Vec<String> {
        let mut lines: Vec<(String, f32)> = Vec::new();
        for (word, length) in &self.words {
            match lines.last_mut() {
                Some((line, used)) if *used + self.blank + length <= width => {
                    line.push(' ');
                    line.push_str(word);
                    *used += self.blank + length;
                }
                _ => lines.push(((*word).to_owned(), *length)),
            }
        }
        lines.into_iter().map(|(line, _)| line).collect()
    }

    /// In so many lines, in the narrowest column that holds them, so that no word is left alone on the last one.
    fn balanced(&self, width: f32, lines: usize) -> Vec<String> {
        let (mut narrow, mut wide) = (self.longest.min(width), width);
        for _ in 0..10 {
            let middle = f32::midpoint(narrow, wide);
            if self.wrapped(middle).len() <= lines {
                wide = middle;
            } else {
                narrow = middle;
            }
        }
        self.wrapped(wide)
    }
}

/// The text with blanks in words that are longer than a line.
fn broken(font: Font, text: &str, width: f32) -> String {
    let mut parts: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut part = String::new();
        for c in word.chars() {
            let longer = format!("{part}{c}");
            if font.set(&longer).width > width && !part.is_empty() {
                parts.push(std::mem::take(&mut part));
            }
            part.push(c);
        }
        parts.push(part);
    }
    parts.join(" ")
}
