//! `/stats`: how the bot is used, as a message and a chart for its operators. Counts under five are hidden, so that none
//! tells of one person.

use super::App;
use super::handlers::Said;
use super::render;
use super::upload::{File, FileKind};
use crate::engine::Engine;
use crate::replies::{Sentences, fill};
use crate::share::chart::{Chart, Share};
use crate::store::{Day, EntryCounts, LinkCounts, Report, StoreError};

/// How many days are counted, today included, unless the command says another number.
const DAYS: u32 = 30;
/// Most days: a bar for each still has to be seen.
const MOST_DAYS: u32 = 90;

/// The least count that is shown.
const LEAST: i64 = 5;

/// Most questions and links that are listed: more is what `backtalk stats` is for.
const MOST_ASKED: usize = 5;
const MOST_LINKS: usize = 20;

/// What is shown, read from the store.
struct Usage {
    days: Vec<(Day, i64)>,
    decisions: Vec<(String, i64)>,
    entries: Vec<EntryCounts>,
    links: Vec<LinkCounts>,
}

impl App {
    /// What is said to `/stats`, perhaps with a number of days.
    pub(super) async fn stats(&self, engine: &Engine, days: &str) -> Said {
        let days: u32 = days.parse().unwrap_or(DAYS);
        let days = days.clamp(1, MOST_DAYS);
        let (report, today) = self.store.report().await;
        let sentences = &engine.faq().replies.sentences;
        match Usage::read(&report, today, days).await {
            Ok(usage) => self.usage_said(engine, &usage),
            Err(error) => {
                tracing::error!(%error, "the statistics cannot be read");
                Said::sentence(&sentences.failure)
            }
        }
    }

    fn usage_said(&self, engine: &Engine, usage: &Usage) -> Said {
        let sentences = &engine.faq().replies.sentences;
        let days = usage.days.len();
        let all: i64 = usage.days.iter().map(|(_, count)| count).sum();
        let a_day = shown(all, sentences, |all| {
            format!("{:.0}", (all as f64 / days as f64).ceil())
        });
        let summary = fill(
            &sentences.stats,
            &[
                ("days", &days.to_string()),
                ("a_day", &a_day),
                ("answered", &count(usage.decided("answer"), sentences)),
                ("offered", &count(usage.decided("suggest"), sentences)),
                ("missed", &count(usage.decided("abstain"), sentences)),
                ("urgent", &count(usage.decided("red-flag"), sentences)),
                ("helpful", &usage.helpful(sentences)),
            ],
        );
        let mut text = render::sentence(&summary);
        for (heading, lines) in [
            (&sentences.stats_asked, usage.most_asked(engine)),
            (&sentences.stats_links, self.by_link(usage, sentences)),
        ] {
            if !lines.is_empty() {
                let items = lines.iter().map(|line| format!("\n- {line}"));
                let list: String = items.collect();
                text.paragraph(render::sentence(&format!("{heading}\n{list}")));
            }
        }
        let chart = File {
            kind: FileKind::Photo,
            name: "stats.png".to_owned(),
            bytes: usage.chart(sentences).draw(),
        };
        Said {
            text,
            documents: vec![(chart, render::sentence(&sentences.stats_few))],
            ..Said::default()
        }
    }

    /// A line for each link that was used.
    fn by_link(&self, usage: &Usage, sentences: &Sentences) -> Vec<String> {
        let therapists = self.therapists();
        let links = usage.links.iter().take(MOST_LINKS);
        let line = |link: &LinkCounts| {
            let known = therapists.by_code(&link.code);
            let values = [
                ("name", known.map_or(link.code.as_str(), |t| t.name())),
                ("chats", &count(link.chats, sentences)),
                ("questions", &count(link.questions, sentences)),
            ];
            fill(&sentences.stats_link, &values)
        };
        links.map(line).collect()
    }
}

impl Usage {
    async fn read(report: &Report, today: Day, days: u32) -> Result<Self, StoreError> {
        let since = today.before(days - 1);
        let asked = report.questions(since).await?;
        let on = |day: Day| {
            let name = day.to_string();
            asked
                .iter()
                .find(|(d, _)| *d == name)
                .map_or(0, |(_, n)| *n)
        };
        let all = (0..days).rev().map(|back| today.before(back));
        Ok(Self {
            days: all.map(|day| (day, on(day))).collect(),
            decisions: report.decisions(since).await?,
            entries: report.entries(since).await?,
            links: report.links(since).await?,
        })
    }

    fn decided(&self, decision: &str) -> i64 {
        let known = self.decisions.iter().find(|(name, _)| name == decision);
        known.map_or(0, |(_, count)| *count)
    }

    /// How many of those who said so found an answer helpful. The share alone: with the number of votes a small count
    /// could be worked out from it.
    fn helpful(&self, sentences: &Sentences) -> String {
        let helpful: i64 = self.entries.iter().map(|e| e.helpful).sum();
        let not_helpful: i64 = self.entries.iter().map(|e| e.not_helpful).sum();
        let votes = helpful + not_helpful;
        if votes < LEAST {
            return sentences.stats_no_votes.clone();
        }
        format!("{:.0} %", 100.0 * helpful as f64 / votes as f64)
    }

    fn most_asked(&self, engine: &Engine) -> Vec<String> {
        let enough = self.entries.iter().filter(|entry| entry.shown >= LEAST);
        let line = |entry: &EntryCounts| {
            let known = engine.faq().entry(&entry.entry);
            let question = known.map_or(entry.entry.as_str(), |e| e.question.as_str());
            format!("{question} – {}", entry.shown)
        };
        enough.take(MOST_ASKED).map(line).collect()
    }

    fn chart(&self, sentences: &Sentences) -> Chart {
        let seen = |count: i64| (count >= LEAST).then_some(count);
        let share = |label: &str, decision| Share {
            label: label.to_owned(),
            count: seen(self.decided(decision)),
        };
        let days = self.days.iter();
        Chart {
            title: sentences.stats_chart.clone(),
            days: days.map(|(day, n)| (day.to_string(), seen(*n))).collect(),
            shares: vec![
                share(&sentences.stats_answered, "answer"),
                share(&sentences.stats_offered, "suggest"),
                share(&sentences.stats_missed, "abstain"),
            ],
        }
    }
}

fn count(count: i64, sentences: &Sentences) -> String {
    shown(count, sentences, |count| count.to_string())
}

/// A count in words, unless it is too small to be shown.
fn shown(count: i64, sentences: &Sentences, words: impl FnOnce(i64) -> String) -> String {
    if count < LEAST {
        sentences.stats_hidden.clone()
    } else {
        words(count)
    }
}
