//! Where the lines of a conversation come from: a person's keyboard or any reader.

use std::io::{self, BufRead};

use rustyline::Editor;
use rustyline::config::Config;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;

/// A source of lines.
pub(crate) trait Input {
    /// The next line, without its end; `None` when there is no more.
    fn line(&mut self) -> io::Result<Option<String>>;
}

/// Lines of any reader. Bytes that are not UTF-8 become `�`, so that no input can end a conversation.
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
        }
    }
}

impl<R: BufRead> Input for Lines<R> {
    fn line(&mut self) -> io::Result<Option<String>> {
        self.buffer.clear();
        if self.reader.read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(String::from_utf8_lossy(line).into_owned()))
    }
}

/// A person at a terminal, with line editing. The history is of a type that cannot be saved: what is typed here is
/// nobody's business afterwards.
pub(crate) struct Prompt(Editor<(), MemHistory>);

impl Prompt {
    pub(crate) fn new() -> io::Result<Self> {
        let config = Config::builder().auto_add_history(true).build();
        let history = MemHistory::with_config(&config);
        Editor::with_history(config, history)
            .map(Self)
            .map_err(io_error)
    }
}

impl Input for Prompt {
    fn line(&mut self) -> io::Result<Option<String>> {
        match self.0.readline("> ") {
            Ok(line) => Ok(Some(line)),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(io_error(error)),
        }
    }
}

fn io_error(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_line_by_line() {
        let mut lines = Lines::new(&b"one\r\n\n\xff two\r\r\nlast"[..]);
        let mut read = Vec::new();
        while let Some(line) = lines.line().expect("memory can be read") {
            read.push(line);
        }
        assert_eq!(read, ["one", "", "\u{fffd} two\r", "last"]);
    }
}
