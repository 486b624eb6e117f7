//! The command line: subcommands, their flags and exit codes.
//!
//! Exit codes: 0 success, 1 a finding or a failure, 2 wrong use (clap's own code for a bad command line, and ours for
//! a missing or refused token).

mod ask;
mod check;
mod eval;
mod explain;
mod health;
mod share;
mod stats;
mod table;
mod unanswered;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::cache::Cache;
use crate::config::{self, Config, StoreConfig};
use crate::engine::Engine;
use crate::faq::{self, Faq, Faults, Tree};
use crate::store::{Report, StoreError};
use crate::telegram::Watched;
use crate::therapists::{self, Therapists};
use crate::{store, telegram, telemetry, terminal};

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
Run it:  put TELOXIDE_TOKEN in .env (see .env.example), then: backtalk telegram

Exit codes: 0 success, 1 a fault or failure, 2 wrong use";

#[derive(Debug, Args)]
struct ContentArgs {
    /// Folder with the content, in place of the one inside the program
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FAQ_DIR",
        hide_env_values = true
    )]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    faq: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot in Telegram (the default)
    ///
    /// Needs TELOXIDE_TOKEN, in the environment or in a file .env; .env.example describes every setting.
    Telegram,
    /// Talk with the bot in the terminal; no token, no network
    ///
    /// Type a question, the number of a listed one, or /help. Nothing that is typed is kept.
    /// Piped input is answered line by line, as plain text.
    #[command(verbatim_doc_comment)]
    Chat,
    /// Answer one utterance, or one a line from standard input
    ///
    /// With --json, every utterance gives one object on a line:
    ///   utterance   as it was read
    ///   decision    answer, suggest, abstain, red-flag or small-talk
    ///   answers     the entries that are answered, with their scores
    ///   candidates  the best entries, best first, with scores from 0 to 1; at most five
    ///   triage      level (emergency, urgent, caution) and concept, or null
    ///   reply       the whole reply as plain text
    #[command(verbatim_doc_comment)]
    Ask(ask::AskArgs),
    /// Find every fault in the content
    ///
    /// Each is printed as `path: field: fault; what to do`. Exits with 1 if there is any.
    Check,
    /// Measure the answers on labelled questions
    ///
    /// Prints figures with counts, what is confused with what, a curve over thresholds and every miss.
    /// Files are tab-separated; the header, one of these, says what is labelled:
    ///   id message topics                            questions; entry ids, best first, | between, or unknown
    ///   id message topics style                      the same; the style is not read
    ///   id clean noisy topics                        a question as meant and as mistyped
    ///   id message expected kind                     out of scope; unknown or small-talk
    ///   id message level concept note                triage; emergency, urgent, caution or none
    ///   id message topics_all                        several questions; a comma between their topics
    ///   id turn1 turn2 topics2 note                  a follow-up; also small-talk or emergency
    ///   id message topics triage sure triage_sure    both at once; sure is 1 or 0
    #[command(verbatim_doc_comment)]
    Eval(eval::EvalArgs),
    /// List the questions that the FAQ did not answer
    ///
    /// In redacted words, similar ones together, with the entry that came nearest. A wording is shown once it was
    /// used three times; of rarer ones only the words they share. The database is DATABASE_URL's.
    #[command(verbatim_doc_comment)]
    Unanswered(unanswered::UnansweredArgs),
    /// Count decisions, answers shown and judged, and what came of each therapist's link
    ///
    /// The database is DATABASE_URL's; days end at midnight UTC.
    Stats(stats::StatsArgs),
    /// Show the bot's link and QR code, or write a card or poster to print
    ///
    /// Asks Telegram for the bot's username with TELOXIDE_TOKEN, unless --bot says it:
    ///   backtalk share                            the link, and the QR code in the terminal
    ///   backtalk share --out card.pdf             a card to take along, A6
    ///   backtalk share --poster --out poster.pdf  a poster for the wall, A4
    /// With --therapist it is that therapist's own, from the list that THERAPISTS names.
    #[command(verbatim_doc_comment)]
    Share(share::ShareArgs),
    /// Ask the running bot whether it is ready, for supervisors and containers
    ///
    /// Asks /readyz at METRICS_LISTEN. Exits with 0 when updates come in and can be kept, else with 1 and why not.
    #[command(verbatim_doc_comment)]
    Health,
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
            readable(env_file)?;
            telemetry::init();
            let config = Config::from_env()?;
            let (path, must_exist) = config::therapists();
            let folder = folder(&cli.content).map(Path::to_owned);
            let watched = Watched::new(folder, path, must_exist);
            let engine = engine(&cli.content)?;
            let therapists = therapists(engine.faq())?;
            telegram::run(config, engine, therapists, watched)?;
        }
        Command::Chat => terminal::chat(&engine(&cli.content)?)?,
        Command::Ask(args) => ask::run(&args, &engine(&cli.content)?)?,
        Command::Eval(args) => return eval::run(&args, engine(&cli.content)?),
        Command::Unanswered(args) => {
            readable(env_file)?;
            unanswered::run(&args, &StoreConfig::from_env()?, &engine(&cli.content)?)?;
        }
        Command::Stats(args) => {
            readable(env_file)?;
            stats::run(&args, &StoreConfig::from_env()?)?;
        }
        Command::Share(args) => {
            readable(env_file)?;
            let faq = faq(&cli.content)?;
            share::run(&args, &faq, &therapists(&faq)?)?;
        }
        Command::Health => {
            readable(env_file)?;
            health::run()?;
        }
        Command::Check => {
            readable(env_file)?;
            return Ok(check::run(&tree(&cli.content)?, &therapists_file())?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A command that needs settings must not overlook those in a broken file.
fn readable(env_file: Option<dotenvy::Error>) -> Result<(), config::ConfigError> {
    match env_file {
        Some(error) if !error.not_found() => Err(error.into()),
        Some(_) | None => Ok(()),
    }
}

/// Reads the store; the database is the only thing that these commands wait for.
fn with_report<T>(
    config: &StoreConfig,
    read: impl AsyncFnOnce(Report) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let settings = store::Settings::new(config);
    Ok(runtime.block_on(async { read(Report::open(&settings).await?).await })?)
}

/// The folder with the content, if it is not the content inside the program.
fn folder(content: &ContentArgs) -> Option<&Path> {
    // An empty FAQ_DIR is how settings files leave it unset.
    content.faq.as_deref().filter(|f| !f.as_os_str().is_empty())
}

fn tree(content: &ContentArgs) -> anyhow::Result<Tree> {
    folder(content)
        .map_or_else(|| Ok(Tree::built_in()), Tree::read)
        .context("the content cannot be read")
}

fn engine(content: &ContentArgs) -> anyhow::Result<Engine> {
    let cache = Cache::new(config::cache());
    cache.engine(&tree(content)?).map_err(faulty)
}

fn therapists_file() -> therapists::File {
    let (path, must_exist) = config::therapists();
    therapists::File::at(path, must_exist)
}

fn therapists(faq: &Faq) -> anyhow::Result<Therapists> {
    therapists_file()
        .read(faq)
        .map_err(|faults| anyhow::anyhow!("the list of therapists has faults:\n{faults}"))
}

fn faq(content: &ContentArgs) -> anyhow::Result<Faq> {
    faq::load::load(&tree(content)?).map_err(faulty)
}

fn faulty(faults: Faults) -> anyhow::Error {
    let n = faults.0.len();
    let s = if n == 1 { "" } else { "s" };
    anyhow::anyhow!("the content has {n} fault{s}:\n{faults}")
}
