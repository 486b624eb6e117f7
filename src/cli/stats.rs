//! `backtalk stats`: what was decided, shown and found helpful, as tables.

use std::io::{self, Write};
use std::time::SystemTime;

use clap::Args;

use super::table::Table;
use super::with_report;
use crate::config::StoreConfig;
use crate::store::{Day, EntryCounts, LinkCounts};

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// How many days to count, today included
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// Print one table of comma-separated values: what, name, count
    #[arg(long)]
    csv: bool,
}

/// What is shown, read from the store.
struct Stats {
    decisions: Vec<(String, i64)>,
    entries: Vec<EntryCounts>,
    links: Vec<LinkCounts>,
    referrals: Vec<(String, i64)>,
}

pub(super) fn run(args: &StatsArgs, config: &StoreConfig) -> anyhow::Result<()> {
    let since = Day::of(SystemTime::now()).before(args.days - 1);
    let stats = with_report(config, async |report| {
        Ok(Stats {
            decisions: report.decisions(since).await?,
            entries: report.entries(since).await?,
            links: report.links(since).await?,
            referrals: report.referrals().await?,
        })
    })?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.csv {
        stats.long_table().write_csv(&mut out)?;
    } else {
        writeln!(out, "since {since}\n")?;
        stats.write(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

impl Stats {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let total: i64 = self.decisions.iter().map(|(_, count)| count).sum();
        let mut decisions = Table::new(&["decision", "#count", "#share"]);
        for (decision, count) in &self.decisions {
            decisions.push([decision.clone(), count.to_string(), percent(*count, total)]);
        }
        decisions.write(out)?;

        writeln!(out)?;
        let mut entries = Table::new(&["entry", "#shown", "#helpful", "#not helpful"]);
        for entry in &self.entries {
            entries.push([
                entry.entry.clone(),
                entry.shown.to_string(),
                entry.helpful.to_string(),
                entry.not_helpful.to_string(),
            ]);
        }
        entries.write(out)?;

        writeln!(out)?;
        let mut links = Table::new(&["therapist's code", "#new chats", "#questions"]);
        for link in &self.links {
            links.push([
                link.code.clone(),
                link.chats.to_string(),
                link.questions.to_string(),
            ]);
        }
        links.write(out)?;

        writeln!(out)?;
        let mut referrals = Table::new(&["therapist's code", "#chats in all"]);
        for (code, chats) in &self.referrals {
            referrals.push([code.clone(), chats.to_string()]);
        }
        referrals.write(out)
    }

    /// One row for each number, for spreadsheets.
    fn long_table(&self) -> Table {
        let mut table = Table::new(&["what", "name", "#count"]);
        let mut push = |what: &str, name: &str, count: i64| {
            table.push([what.to_owned(), name.to_owned(), count.to_string()]);
        };
        for (decision, count) in &self.decisions {
            push("decision", decision, *count);
        }
        for entry in &self.entries {
            push("shown", &entry.entry, entry.shown);
            push("helpful", &entry.entry, entry.helpful);
            push("not-helpful", &entry.entry, entry.not_helpful);
        }
        for link in &self.links {
            push("new-chats", &link.code, link.chats);
            push("questions", &link.code, link.questions);
        }
        for (code, chats) in &self.referrals {
            push("chats", code, *chats);
        }
        table
    }
}

fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return String::new();
    }
    format!("{:.0} %", 100.0 * part as f64 / whole as f64)
}
