//! The commands: their names, their descriptions in Telegram's menu, and how they are told from other text.

use teloxide::types::BotCommand;

/// A command of the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Greets; with a payload it opens an entry.
    Start,
    /// Answers a question, mainly in groups.
    Ask,
    /// Shows the topic groups.
    Topics,
    /// Says when to see a doctor.
    Doctor,
    /// Says what can be asked.
    Help,
    /// Gives the bot's link to pass on.
    Share,
    /// Lists the articles.
    Sources,
    /// Says what is kept.
    Privacy,
    /// Forgets a chat.
    Forget,
    /// Says what the bot is.
    About,
    /// Says how the bot is used. Only operators have it; to everybody else it is no command.
    Stats,
}

/// Every command with its name and its description in the menu, in the menu's order.
const COMMANDS: [(Command, &str, &str); 11] = [
    (Command::Start, "start", "Start here"),
    (
        Command::Ask,
        "ask",
        "Ask a question: /ask does massage hurt?",
    ),
    (Command::Topics, "topics", "Everything I can answer"),
    (
        Command::Doctor,
        "doctor",
        "When to see a doctor, and emergencies",
    ),
    (Command::Help, "help", "What you can ask and how"),
    (Command::Share, "share", "Pass this bot on"),
    (
        Command::Sources,
        "sources",
        "The articles behind the answers",
    ),
    (
        Command::Privacy,
        "privacy",
        "What is kept about you: nothing personal",
    ),
    (Command::Forget, "forget", "Forget whose link you came by"),
    (Command::About, "about", "What this bot is"),
    (Command::Stats, "stats", "How the bot is used"),
];

/// What is of use in a group.
const IN_GROUPS: [Command; 4] = [
    Command::Ask,
    Command::Topics,
    Command::Doctor,
    Command::Help,
];

/// Telegram's limit for a command's name.
const MAX_NAME_BYTES: usize = 32;

/// The menu of private chats.
#[must_use]
pub fn private_menu() -> Vec<BotCommand> {
    menu(|command| is_for_private(command) && command != Command::Stats)
}

/// The menu of an operator's private chat.
#[must_use]
pub fn operator_menu() -> Vec<BotCommand> {
    menu(is_for_private)
}

/// `/ask` is for groups: in private everything that is written is a question.
fn is_for_private(command: Command) -> bool {
    command != Command::Ask
}

/// The menu of groups.
#[must_use]
pub fn group_menu() -> Vec<BotCommand> {
    menu(|command| IN_GROUPS.contains(&command))
}

fn menu(wanted: impl Fn(Command) -> bool) -> Vec<BotCommand> {
    COMMANDS
        .iter()
        .filter(|(command, ..)| wanted(*command))
        .map(|(_, name, description)| BotCommand::new(*name, *description))
        .collect()
}

/// What a text is, seen as a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed<'t> {
    /// No command.
    Text,
    /// A command for another bot.
    OtherBot,
    /// Has the form of a command, but it is none of ours; whether it names this bot.
    Unknown {
        /// Whether it was `/x@this_bot`.
        named: bool,
    },
    /// One of ours, with what follows it.
    Known(Command, &'t str),
}

/// Reads a text as a command of the bot with this username; with an operator's commands among them, or without.
#[must_use]
pub fn parse<'t>(text: &'t str, username: &str, operator: bool) -> Parsed<'t> {
    let Some(rest) = text.strip_prefix('/') else {
        return Parsed::Text;
    };
    let (head, arguments) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let (name, bot) = match head.split_once('@') {
        Some((name, bot)) => (name, Some(bot)),
        None => (head, None),
    };
    let is_name = !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name {
        return Parsed::Text;
    }
    if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(username)) {
        return Parsed::OtherBot;
    }
    COMMANDS
        .iter()
        .filter(|(command, ..)| operator || *command != Command::Stats)
        .find(|(_, known, _)| known.eq_ignore_ascii_case(name))
        .map_or(
            Parsed::Unknown {
                named: bot.is_some(),
            },
            |(command, ..)| Parsed::Known(*command, arguments.trim()),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_other_text() {
        for (text, expected) in [
            ("/help", Parsed::Known(Command::Help, "")),
            (
                "/HELP@Our_Bot please",
                Parsed::Known(Command::Help, "please"),
            ),
            (
                "/start soreness-after",
                Parsed::Known(Command::Start, "soreness-after"),
            ),
            (
                "/ask\ndoes it hurt?",
                Parsed::Known(Command::Ask, "does it hurt?"),
            ),
            ("/help@other_bot", Parsed::OtherBot),
            ("/weather", Parsed::Unknown { named: false }),
            ("/weather@our_bot", Parsed::Unknown { named: true }),
            ("/", Parsed::Text),
            ("/ hm", Parsed::Text),
            ("/what?", Parsed::Text),
            ("see /help", Parsed::Text),
            ("", Parsed::Text),
        ] {
            for operator in [false, true] {
                assert_eq!(parse(text, "our_bot", operator), expected, "{text}");
            }
        }
    }

    #[test]
    fn what_is_for_operators_is_no_command_to_others() {
        let known = Parsed::Known(Command::Stats, "7");
        assert_eq!(parse("/stats 7", "our_bot", true), known);
        let unknown = Parsed::Unknown { named: false };
        assert_eq!(parse("/stats 7", "our_bot", false), unknown);
        assert_eq!(operator_menu().len(), private_menu().len() + 1);
    }

    #[test]
    fn menus_fit_telegrams_limits_and_differ() {
        for command in operator_menu().iter().chain(&group_menu()) {
            assert!(command.command.len() <= MAX_NAME_BYTES);
            assert!((1..=256).contains(&command.description.len()));
        }
        assert_ne!(private_menu(), group_menu());
    }
}
