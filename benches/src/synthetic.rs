//! FAQs of any size that look like ours: a vocabulary in which few words are frequent and most are rare, entries with
//! words of their own, phrasings around them.

use std::collections::HashSet;

use backtalk::faq::{Faq, Tree, load::load};

/// Phrasings of an entry, as many as ours has on average.
const PHRASINGS: usize = 80;
/// Fewest entries: fewer give nothing to choose from.
const FEWEST_ENTRIES: usize = 10;
/// Words that an entry has of its own.
const OWN_WORDS: usize = 5;
/// Words that all entries share.
const SHARED_WORDS: usize = 2000;
/// Of a phrasing's words, one in this many is the entry's own.
const OWN_SHARE: u64 = 3;

/// Question words and the like, the most frequent first.
const FRAME: [&str; 24] = [
    "the", "is", "a", "what", "how", "to", "do", "i", "it", "my", "for", "can", "of", "does", "in",
    "and", "with", "you", "after", "when", "should", "have", "there", "why",
];
const ONSETS: [&str; 16] = [
    "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "st", "br",
];
const VOWELS: [&str; 6] = ["a", "e", "i", "o", "u", "ea"];
const CODAS: [&str; 8] = ["n", "r", "s", "l", "m", "t", "nd", "ck"];

/// A FAQ of about as many phrasings, always the same one; canonical questions count.
///
/// # Errors
/// When it does not load, which would be a fault of this file.
pub fn faq(phrasings: usize) -> anyhow::Result<Faq> {
    let entries = (phrasings / PHRASINGS).max(FEWEST_ENTRIES);
    let each = phrasings / entries;
    let mut tree = Tree::default();
    tree.set("faq.toml", "title = \"Synthetic\"\n");
    let mut random = Random(1);
    // Among 100,000 short texts some come twice, which loading rightly refuses.
    let mut taken = HashSet::new();
    for entry in 0..entries {
        let texts = std::iter::repeat_with(|| phrasing(entry, &mut random));
        let fresh = texts.filter(|text| taken.insert(text.clone()));
        let texts: Vec<String> = fresh.take(each).collect();
        let quoted: Vec<String> = texts[1..]
            .iter()
            .map(|text| format!("  {text:?},\n"))
            .collect();
        let file = format!(
            "+++\nquestion = {:?}\nphrasings = [\n{}]\nsources = []\nreviewed = 2026-11-21\n+++\nAn answer.\n",
            texts[0],
            quoted.concat()
        );
        tree.set(&format!("entries/all/e{entry}.md"), file);
    }
    Ok(load(&tree)?)
}

/// Questions for the FAQ of this size: worded as its phrasings are, one in three with a slip.
#[must_use]
pub fn questions(phrasings: usize, count: usize) -> Vec<String> {
    let entries = (phrasings / PHRASINGS).max(FEWEST_ENTRIES);
    let mut random = Random(2);
    let questions = (0..count).map(|_| {
        let entry = random.below(entries as u64) as usize;
        let mut question = phrasing(entry, &mut random);
        if random.below(3) == 0 {
            let at = random.below(question.len() as u64) as usize;
            question.remove(at);
        }
        question
    });
    questions.collect()
}

fn phrasing(entry: usize, random: &mut Random) -> String {
    let length = 4 + random.below(9);
    let words = (0..length).map(|_| match random.below(OWN_SHARE) {
        0 => word(SHARED_WORDS + entry * OWN_WORDS + random.below(OWN_WORDS as u64) as usize),
        1 => word(random.zipf(SHARED_WORDS)),
        _ => FRAME[random.zipf(FRAME.len())].to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The word of this number: two or three syllables, no two numbers alike.
fn word(number: usize) -> String {
    let mut word = String::new();
    let mut rest = number;
    for _ in 0..2 {
        word += ONSETS[rest % ONSETS.len()];
        rest /= ONSETS.len();
        word += VOWELS[rest % VOWELS.len()];
        rest /= VOWELS.len();
    }
    word += CODAS[rest % CODAS.len()];
    rest /= CODAS.len();
    if rest > 0 {
        word += ONSETS[rest % ONSETS.len()];
        word += VOWELS[rest / ONSETS.len() % VOWELS.len()];
    }
    word
}

/// SplitMix64: the same FAQ on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A number below `limit`, small ones far more often (Zipf's law, by inverting its continuous form).
    fn zipf(&mut self, limit: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((limit as f64 + 1.0).powf(uniform) - 1.0) as usize % limit
    }
}
