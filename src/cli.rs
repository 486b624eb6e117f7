//! The command line: subcommands, their flags and exit codes.
//!
//! Exit codes: 0 success, 1 a finding or a failure, 2 wrong use (clap's own code for a bad command line, and ours for
//! a missing or refused token).

mod ask;
mod check;
mod eval;
mod explain;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Config};
use crate::engine::Engine;
use crate::faq::{self, Tree};
use crate::{telegram, telemetry, terminal};

/// A Telegram bot that answers massage clients' questions from a curated FAQ, doctor first.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    content: ContentArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Try it:  backtalk chat                      a conversation in this terminal, no token needed
         backtalk ask 'does massage hurt?'  one question, one answer
Run it:  put TELOXIDE_TOKEN in .env (see .env.example), then: backtalk telegram";

#[derive(Debug, Args)]
struct ContentArgs {
    /// Folder with the content, in place of the one inside the program
    #[arg(long, global = true, value_name = "DIR", env = "FAQ_DIR")]
    faq: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot in Telegram (the default)
    Telegram,
    /// Talk with the bot in the terminal; no token, no network
    Chat,
    /// Answer one utterance, or one a line from standard input
    Ask(ask::AskArgs),
    /// Find every fault in the content
    Check,
    /// Measure the answers on labelled questions: figures, confusions, every miss, a threshold curve
    Eval(eval::EvalArgs),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    // A missing .env is fine; a broken one is reported by the command that needs a variable from it.
    let env_file = dotenvy::dotenv();
    let cli = Cli::parse();
    match run(cli, env_file.err()) {
        Ok(code) => code,
        Err(error) => {
            // A closed pipe (`backtalk ask … | head`) is the reader's choice, not a failure.
            if error
                .downcast_ref::<io::Error>()
                .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
            {
                return ExitCode::SUCCESS;
            }
            anstream::eprintln!("backtalk: {error:#}");
            let wrong_use = error.downcast_ref::<config::ConfigError>().is_some()
                || error
                    .downcast_ref::<telegram::StartError>()
                    .is_some_and(telegram::StartError::is_wrong_use);
            ExitCode::from(if wrong_use { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli, env_file: Option<dotenvy::Error>) -> anyhow::Result<ExitCode> {
    match cli.command.unwrap_or(Command::Telegram) {
        Command::Telegram => {
            if let Some(error) = env_file.filter(|e| !e.not_found()) {
                return Err(config::ConfigError::EnvFile(error.to_string()).into());
            }
            telemetry::init();
            let config = Config::from_env()?;
            let engine = engine(&cli.content)?;
            telegram::run(config, engine)?;
        }
        Command::Chat => {
            let engine = engine(&cli.content)?;
            if io::stdin().is_terminal() {
                terminal::interactive(&engine)?;
            } else {
                terminal::piped(&engine, io::stdin().lock(), anstream::stdout().lock())?;
            }
        }
        Command::Ask(args) => ask::run(&args, &engine(&cli.content)?)?,
        Command::Eval(args) => return eval::run(&args, engine(&cli.content)?),
        Command::Check => return check::run(&tree(&cli.content)?),
    }
    Ok(ExitCode::SUCCESS)
}

fn tree(content: &ContentArgs) -> io::Result<Tree> {
    content
        .faq
        .as_deref()
        .map_or_else(|| Ok(Tree::built_in()), Tree::read)
}

fn engine(content: &ContentArgs) -> anyhow::Result<Engine> {
    let faq = faq::load::load(&tree(content)?).map_err(|faults| {
        let n = faults.0.len();
        anyhow::anyhow!(
            "the content has {n} fault{}:\n{faults}",
            if n == 1 { "" } else { "s" }
        )
    })?;
    Ok(Engine::new(faq))
}
