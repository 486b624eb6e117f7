//! The finished program: its size, how soon it answers, what memory it keeps.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::fake_server::{FakeServer, TOKEN};
use crate::lines::{self, Footprint, Starts, quantiles};

const STARTS: usize = 11;
const QUESTION: &str = "how many sessions will I need?";
/// How long after its answer the bot counts as idle.
const REST: Duration = Duration::from_secs(2);

pub(crate) fn run(program: &Path) -> anyhow::Result<()> {
    let cache = std::env::temp_dir().join(format!("backtalk-bench-cache-{}", std::process::id()));
    let kept = cache.to_string_lossy();
    let first = starts(program, "off")?;
    ask(program, &kept)?;
    let later = starts(program, &kept);
    fs::remove_dir_all(&cache)?;
    lines::print(&Footprint {
        program_mb: fs::metadata(program)?.len() as f64 / 1e6,
        first,
        later: later?,
    })
}

/// Starts it some times with this setting of `CACHE_DIR`.
fn starts(program: &Path, cache: &str) -> anyhow::Result<Starts> {
    let asks: anyhow::Result<Vec<f64>> = (0..STARTS).map(|_| ask(program, cache)).collect();
    let bots: anyhow::Result<Vec<Bot>> = (0..STARTS.div_ceil(2))
        .map(|_| bot(program, cache))
        .collect();
    let bots = bots?;
    let of = |value: fn(&Bot) -> f64| quantiles(bots.iter().map(value).collect()).0;
    Ok(Starts {
        ask_ms: quantiles(asks?).0,
        bot_first_answer_ms: of(|bot| bot.first_answer_ms),
        bot_cpu_ms: of(|bot| bot.cpu_ms),
        bot_idle_mb: of(|bot| bot.idle_mb),
        bot_peak_mb: of(|bot| bot.peak_mb),
    })
}

fn ask(program: &Path, cache: &str) -> anyhow::Result<f64> {
    let start = Instant::now();
    let status = Command::new(program)
        .args(["ask", QUESTION])
        .env("CACHE_DIR", cache)
        .stdout(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "ask failed");
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

struct Bot {
    first_answer_ms: f64,
    cpu_ms: f64,
    idle_mb: f64,
    peak_mb: f64,
}

fn bot(program: &Path, cache: &str) -> anyhow::Result<Bot> {
    let folder = std::env::temp_dir().join(format!("backtalk-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let program = program.canonicalize()?;
    let server = FakeServer::start(QUESTION)?;
    let start = Instant::now();
    let mut child = Command::new(program)
        .arg("telegram")
        .current_dir(&folder)
        .env("TELOXIDE_TOKEN", TOKEN)
        .env("TELOXIDE_API_URL", server.url())
        .env("DATABASE_URL", "sqlite://bench.db")
        .env("CACHE_DIR", cache)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let answered = server.wait_for_answer();
    let found = answered.and_then(|at| {
        thread::sleep(REST);
        Ok(Bot {
            first_answer_ms: (at - start).as_secs_f64() * 1e3,
            cpu_ms: cpu_ms(child.id())?,
            idle_mb: memory_mb(child.id(), "VmRSS")?,
            peak_mb: memory_mb(child.id(), "VmHWM")?,
        })
    });
    child.kill()?;
    child.wait()?;
    fs::remove_dir_all(&folder)?;
    found
}

/// A figure of `/proc/PID/status` in MB (10⁶ bytes).
pub(crate) fn memory_mb(pid: u32, field: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kb = line
        .and_then(|rest| rest.split_whitespace().next())
        .context("no such figure")?;
    Ok(kb.parse::<f64>()? * 1024.0 / 1e6)
}

/// Processor time of a process so far, all its threads, in milliseconds; told in steps of 10.
pub(crate) fn cpu_ms(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the name in brackets: state is field 3, user and system time are fields 14 and 15, in hundredths of a second.
    let (_, fields) = stat.rsplit_once(')').context("no such figure")?;
    let ticks: Result<Vec<f64>, _> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse)
        .collect();
    Ok(10.0 * ticks?.iter().sum::<f64>())
}
