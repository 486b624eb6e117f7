//! `backtalk share`: the bot's link, its QR code, and cards and posters to print.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::config::Config;
use crate::faq::Faq;
use crate::share::{Format, Invitation, Sheet};
use crate::store::{self, Store};
use crate::telegram;
use crate::telegram::payload::deep_link;
use crate::therapists::{CLAIM_PREFIX, Therapist, Therapists};

#[derive(Debug, Args)]
pub(super) struct ShareArgs {
    /// Write a card to print; .pdf, .svg or .png
    #[arg(long, value_name = "FILE", value_parser = file)]
    out: Option<(PathBuf, Format)>,
    /// A poster for the wall (A4) in place of a card (A6)
    #[arg(long, requires = "out")]
    poster: bool,
    /// The code of the therapist whose it is
    #[arg(long, value_name = "CODE")]
    therapist: Option<String>,
    /// Print a link, good once within a week, that lets the therapist with this code use /share for their own
    #[arg(long, value_name = "CODE", conflicts_with_all = ["out", "therapist"])]
    claim: Option<String>,
    /// The bot's username, in place of asking Telegram for it
    #[arg(long, value_name = "NAME", value_parser = username)]
    bot: Option<String>,
}

pub(super) fn run(args: &ShareArgs, faq: &Faq, therapists: &Therapists) -> anyhow::Result<()> {
    let therapist = match args.therapist.as_ref().or(args.claim.as_ref()) {
        Some(code) => Some(therapists.by_code(code).with_context(|| {
            format!("no therapist has the code {code:?}; THERAPISTS names the file with them")
        })?),
        None => None,
    };
    let bot = match &args.bot {
        Some(bot) => bot.clone(),
        None => telegram::username(&Config::from_env()?)?,
    };
    if let (Some(therapist), Some(_)) = (therapist, &args.claim) {
        return claim(therapist, &bot);
    }
    let link = deep_link(&bot, therapist.map(|t| t.code().as_str()));
    let sentences = &faq.replies.sentences;
    let invitation = match therapist {
        Some(therapist) => Invitation::to_therapist(&link, therapist, sentences),
        None => Invitation::to_bot(&link, sentences),
    };
    let invitation = invitation.context("the link is too long for a QR code")?;
    let mut out = anstream::stdout().lock();
    match &args.out {
        Some((path, format)) => print(&invitation, args.poster, path, *format, &mut out),
        None => Ok(show(&invitation, &mut out)?),
    }
}

fn print(
    invitation: &Invitation,
    poster: bool,
    path: &Path,
    format: Format,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (sheet, what) = if poster {
        (Sheet::Poster, "poster, A4")
    } else {
        (Sheet::Card, "card, A6")
    };
    std::fs::write(path, invitation.print(sheet, format))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    let (width, height) = sheet.size();
    writeln!(
        out,
        "{}: a {what} ({width} × {height} mm); print it at 100 %, not scaled to fit",
        path.display()
    )?;
    Ok(())
}

/// Makes a link that turns the chat in which it is opened into the therapist's.
fn claim(therapist: &Therapist, bot: &str) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    let settings = store::Settings::new(&config.store);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let secret = runtime.block_on(async {
        let store = Store::open(&settings, &config.token).await?;
        let secret = store.claims.make(therapist.code().as_str()).await;
        store.close().await?;
        secret
    })?;
    writeln!(
        anstream::stdout(),
        "{}\n\nSend it to {} alone. It works once, within a week: opened in Telegram, it makes that chat theirs.",
        deep_link(bot, Some(&format!("{CLAIM_PREFIX}{secret}"))),
        therapist.name()
    )?;
    Ok(())
}

/// The link and its code; light on dark in the terminal's own colours, which every scanner reads.
fn show(invitation: &Invitation, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}", invitation.link(), invitation.blocks())
}

fn file(path: &str) -> Result<(PathBuf, Format), String> {
    let path = PathBuf::from(path);
    let format = Format::of(&path).ok_or("the name must end in .pdf, .svg or .png")?;
    Ok((path, format))
}

/// A username as Telegram gives them: <https://core.telegram.org/method/account.updateUsername>.
fn username(name: &str) -> Result<String, String> {
    let name = name.strip_prefix('@').unwrap_or(name);
    let known = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if (4..=32).contains(&name.len()) && name.chars().all(known) {
        Ok(name.to_owned())
    } else {
        Err("a username has 4 to 32 letters, digits and underscores".to_owned())
    }
}
