//! A synthetic FAQ of one size, in a process of its own so that its memory can be told.

use std::hint::black_box;
use std::time::Instant;

use backtalk::engine::Engine;
use benches::synthetic;

use crate::footprint::{cpu_ms, memory_mb};
use crate::lines::{self, Scaled, quantiles};

const QUESTIONS: usize = 1000;
const ROUNDS: usize = 7;

pub(crate) fn run(phrasings: usize) -> anyhow::Result<()> {
    let faq = synthetic::faq(phrasings)?;
    let entries = faq.entries.len();
    let pid = std::process::id();
    let before = memory_mb(pid, "VmRSS")?;
    let start = cpu_ms(pid)?;
    let engine = Engine::new(faq);
    let learn_ms = cpu_ms(pid)? - start;
    let resident_mb = memory_mb(pid, "VmRSS")? - before;
    let peak_mb = memory_mb(pid, "VmHWM")? - before;
    let questions = synthetic::questions(phrasings, QUESTIONS);
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); questions.len()];
    for _ in 0..ROUNDS {
        for (question, times) in questions.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(engine.respond(question, None));
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    let (median_us, p99_us) = quantiles(times.into_iter().map(|t| quantiles(t).0).collect());
    lines::print(&Scaled {
        phrasings,
        entries,
        learn_ms,
        resident_mb,
        peak_mb,
        median_us,
        p99_us,
    })
}
