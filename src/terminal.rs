//! The conversation in the terminal: the same replies as in Telegram, without token or network.
//!
//! A line goes from `input` to the `conversation`, whose turn the `screen` shows. A person at a terminal and a
//! pipe differ only in the two ends. Nothing that is typed is written anywhere.

mod conversation;
pub(crate) mod input;
mod screen;

use std::io::{self, BufRead, IsTerminal, Write};

use crate::engine::Engine;
use conversation::{Conversation, Turn};
use input::{Input, Lines, Prompt};
use screen::{Look, Screen};

/// A conversation over standard input and output: with line editing, colours and wrapping as far as there is a
/// terminal at either end.
///
/// # Errors
/// When the terminal cannot be read or written.
pub fn chat(engine: &Engine) -> io::Result<()> {
    if !io::stdout().is_terminal() {
        return piped(engine, io::stdin().lock(), io::stdout().lock());
    }
    let screen = Screen::new(anstream::stdout(), Look::Styled);
    if io::stdin().is_terminal() {
        converse(engine, Prompt::new()?, screen)
    } else {
        converse(engine, Lines::new(io::stdin().lock()), screen)
    }
}

/// A conversation over any reader and writer: plain text, a turn a line, no prompt.
///
/// # Errors
/// When they fail.
pub fn piped(engine: &Engine, input: impl BufRead, output: impl Write) -> io::Result<()> {
    converse(engine, Lines::new(input), Screen::new(output, Look::Plain))
}

fn converse(
    engine: &Engine,
    mut input: impl Input,
    mut screen: Screen<impl Write>,
) -> io::Result<()> {
    let mut conversation = Conversation::new(engine);
    screen.show(&conversation.greeting())?;
    while let Some(line) = input.line()? {
        match conversation.turn(&line) {
            Turn::Say(parts) => screen.show(&parts)?,
            Turn::Leave => break,
        }
    }
    screen.show(&conversation.farewell())
}
