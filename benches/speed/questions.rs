//! One question on the real FAQ: the whole path, and its parts alone.

use std::fmt;
use std::hint::black_box;
use std::sync::LazyLock;

use backtalk::engine::Engine;
use backtalk::text::normalize;
use benches::data;
use divan::Bencher;

pub(crate) static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(data::faq().expect("the content has no faults")));

static MESSAGES: LazyLock<Vec<String>> =
    LazyLock::new(|| data::messages(&ENGINE).expect("the labelled questions have no faults"));

#[derive(Clone, Copy)]
struct Sample {
    kind: &'static str,
    text: &'static str,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

const SAMPLES: [Sample; 6] = [
    Sample {
        kind: "short",
        text: "does it hurt",
    },
    Sample {
        kind: "typical",
        text: "How many sessions do people usually need before a stiff lower back gets better?",
    },
    Sample {
        kind: "long",
        text: "Okay so I have been sitting at a desk for eleven years and since the spring the right side of my lower back \
               goes tight by noon. My sister swears by her massage therapist, my boss by his physio, and I have tried \
               stretching, a new chair and a hot water bottle. None of it lasts longer than a weekend. I do not want to \
               spend a fortune on something that wears off by Monday, so before I book anything at all: how long does the \
               effect of a massage usually last, for somebody like me?",
    },
    Sample {
        kind: "typo-ridden",
        text: "waht shuold i waer to a masage apointmnt, do i hav to undres compleetly",
    },
    Sample {
        kind: "several questions",
        text: "How much is it, how long does one appointment last, and will I be sore the next day?",
    },
    Sample {
        kind: "red flag",
        text: "my back went on monday and since this morning i cant feel anything between my legs and i wet myself",
    },
];

/// The whole path from utterance to reply.
#[divan::bench(args = SAMPLES, max_time = 1)]
fn respond(bencher: Bencher<'_, '_>, sample: Sample) {
    let engine = &*ENGINE;
    bencher.bench(|| engine.respond(black_box(sample.text), None));
}

/// Every message of `tests/questions`; time and allocations are of all of them together.
#[divan::bench(max_time = 3)]
fn respond_to_all(bencher: Bencher<'_, '_>) {
    let engine = &*ENGINE;
    let count = MESSAGES.len();
    bencher
        .counter(divan::counter::ItemsCount::new(count))
        .bench(|| {
            for message in &*MESSAGES {
                black_box(engine.respond(message, None));
            }
        });
}

/// Repairing, looking up and ranking, without the rest.
#[divan::bench(args = SAMPLES, max_time = 1)]
fn match_alone(bencher: Bencher<'_, '_>, sample: Sample) {
    let matcher = ENGINE.matcher();
    let text = normalize(sample.text);
    bencher.bench(|| matcher.rank(&matcher.read(black_box(&text))));
}

/// The safety pass, without the rest.
#[divan::bench(args = SAMPLES, max_time = 1)]
fn triage_alone(bencher: Bencher<'_, '_>, sample: Sample) {
    let triage = ENGINE.triage().expect("the content has a triage");
    let text = normalize(sample.text);
    bencher.bench(|| triage.assess(black_box(&text)));
}

/// The faithful form, which everything else reads.
#[divan::bench(args = SAMPLES, max_time = 1)]
fn normalize_alone(bencher: Bencher<'_, '_>, sample: Sample) {
    bencher.bench(|| normalize(black_box(sample.text)));
}
