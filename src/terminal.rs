//! The conversation in the terminal.

use std::io::{self, BufRead, Write};

use crate::engine::Engine;

/// A conversation with a person at a terminal.
///
/// # Errors
/// When the terminal cannot be read or written.
pub fn interactive(engine: &Engine) -> anyhow::Result<()> {
    piped(engine, io::stdin().lock(), io::stdout().lock())?;
    Ok(())
}

/// A conversation over any reader and writer.
///
/// # Errors
/// When they fail.
pub fn piped(_engine: &Engine, _input: impl BufRead, _output: impl Write) -> io::Result<()> {
    Ok(())
}
