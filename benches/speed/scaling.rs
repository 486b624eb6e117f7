//! How time and memory grow with the FAQ.

use std::cell::Cell;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;

use backtalk::engine::Engine;
use benches::synthetic;
use divan::Bencher;

fn sizes() -> Vec<usize> {
    let mut sizes = vec![100, 1_000, 10_000, 100_000];
    if std::env::var_os("BENCH_QUICK").is_some() {
        sizes.pop();
    }
    sizes
}

/// Learning a FAQ of so many phrasings, once; the column of allocations shows its memory.
#[divan::bench(args = sizes(), sample_count = 1, sample_size = 1)]
fn learn(bencher: Bencher<'_, '_>, phrasings: usize) {
    let faq = synthetic::faq(phrasings).expect("a synthetic FAQ loads");
    bencher
        .with_inputs(|| faq.clone())
        .bench_values(Engine::new);
}

#[divan::bench(args = sizes(), max_time = 1)]
fn respond(bencher: Bencher<'_, '_>, phrasings: usize) {
    static ENGINES: Mutex<Option<HashMap<usize, &'static Engine>>> = Mutex::new(None);
    let engine = *ENGINES
        .lock()
        .expect("no bench panics")
        .get_or_insert_default()
        .entry(phrasings)
        .or_insert_with(|| {
            let faq = synthetic::faq(phrasings).expect("a synthetic FAQ loads");
            Box::leak(Box::new(Engine::new(faq)))
        });
    let questions = synthetic::questions(phrasings, 500);
    let next = Cell::new(0);
    bencher.bench_local(|| {
        let at = next.get();
        next.set((at + 1) % questions.len());
        black_box(engine.respond(&questions[at], None));
    });
}
