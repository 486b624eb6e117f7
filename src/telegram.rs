//! The Telegram channel.

use crate::config::Config;
use crate::engine::Engine;

/// Why the bot could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Telegram does not know the token.
    #[error(
        "Telegram does not accept this token; copy it again from @BotFather into TELOXIDE_TOKEN"
    )]
    TokenRefused,
}

impl StartError {
    /// Whether the operator has to mend the settings, rather than wait.
    #[must_use]
    pub fn is_wrong_use(&self) -> bool {
        true
    }
}

/// Runs the bot until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(_config: Config, _engine: Engine) -> Result<(), StartError> {
    Ok(())
}
