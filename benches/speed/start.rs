//! What happens before the first question: reading the content and learning it.

use backtalk::engine::Engine;
use backtalk::faq::{Tree, load::load};
use backtalk::matcher::Matcher;
use backtalk::text::{Spelling, lexicon::ENGLISH, normalize};
use benches::data;
use divan::Bencher;

#[divan::bench(max_time = 2)]
fn load_content(bencher: Bencher<'_, '_>) {
    bencher.bench(|| load(&Tree::built_in()));
}

/// The index behind typo repair.
#[divan::bench(max_time = 1)]
fn index_spelling(bencher: Bencher<'_, '_>) {
    let faq = data::faq().expect("the content has no faults");
    let texts: Vec<_> = data::phrasings(&faq)
        .iter()
        .map(|p| normalize(&p.text))
        .collect();
    let words = texts.iter().flat_map(|text| &text.words);
    let words = words.map(|word| (word.text.as_str(), 1));
    bencher.bench(|| Spelling::learn(words.clone(), ENGLISH));
}

#[divan::bench(max_time = 4)]
fn learn_matcher(bencher: Bencher<'_, '_>) {
    let faq = data::faq().expect("the content has no faults");
    bencher.bench(|| Matcher::learn(&faq));
}

/// Everything: matcher and triage.
#[divan::bench(max_time = 4)]
fn learn_all(bencher: Bencher<'_, '_>) {
    let faq = data::faq().expect("the content has no faults");
    bencher
        .with_inputs(|| faq.clone())
        .bench_values(Engine::new);
}
