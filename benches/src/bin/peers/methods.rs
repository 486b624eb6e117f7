//! Ways to find the entry that a question is about.

use backtalk::engine::Engine;
use backtalk::faq::Faq;
use backtalk::text::normalize;
use benches::data::Phrasing;
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32String};
use rapidfuzz::fuzz::RatioBatchComparator;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TEXT};
use tantivy::{Searcher, Term, doc};

/// A way to find the entry that a question is about.
pub(crate) trait Method {
    /// The place of the best entry and its score, if there is any.
    fn best(&mut self, question: &str) -> Option<(usize, f64)>;
}

/// The whole path from utterance to reply.
pub(crate) struct Respond(pub(crate) Engine);

impl Method for Respond {
    fn best(&mut self, question: &str) -> Option<(usize, f64)> {
        let reply = self.0.respond(question, None);
        let best = reply.candidates.first()?;
        place(self.0.faq(), &self.0.faq()[best.entry].id).map(|at| (at, f64::from(best.score)))
    }
}

/// Normalizing, repairing, looking up and ranking, without triage, dialogue and reply.
pub(crate) struct MatchAlone(pub(crate) Engine);

impl Method for MatchAlone {
    fn best(&mut self, question: &str) -> Option<(usize, f64)> {
        let matcher = self.0.matcher();
        let text = normalize(question);
        let best = *matcher.rank(&matcher.read(&text)).best(1).first()?;
        place(self.0.faq(), &self.0.faq()[best.entry].id).map(|at| (at, f64::from(best.score)))
    }
}

fn place(faq: &Faq, id: &backtalk::faq::EntryId) -> Option<usize> {
    faq.entries.iter().position(|entry| entry.id == *id)
}

/// The phrasing with the highest score; the first of equals.
fn best_of<'p, P: 'p>(
    phrasings: impl Iterator<Item = &'p (usize, P)>,
    mut score: impl FnMut(&P) -> f64,
) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    for (entry, phrasing) in phrasings {
        let score = score(phrasing);
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((*entry, score));
        }
    }
    best
}

/// Every phrasing in lower case, with its entry.
fn lower(phrasings: &[Phrasing]) -> Vec<(usize, String)> {
    let lower = |p: &Phrasing| (p.entry, p.text.to_lowercase());
    phrasings.iter().map(lower).collect()
}

/// strsim's Jaro-Winkler similarity to every phrasing.
pub(crate) struct Strsim(Vec<(usize, String)>);

impl Strsim {
    pub(crate) fn new(phrasings: &[Phrasing]) -> Self {
        Self(lower(phrasings))
    }
}

impl Method for Strsim {
    fn best(&mut self, question: &str) -> Option<(usize, f64)> {
        let question = question.to_lowercase();
        best_of(self.0.iter(), |phrasing| {
            strsim::jaro_winkler(&question, phrasing)
        })
    }
}

/// The rapidfuzz crate's ratio with every phrasing.
pub(crate) struct Rapidfuzz(Vec<(usize, String)>);

impl Rapidfuzz {
    pub(crate) fn new(phrasings: &[Phrasing]) -> Self {
        Self(lower(phrasings))
    }
}

impl Method for Rapidfuzz {
    fn best(&mut self, question: &str) -> Option<(usize, f64)> {
        let scorer = RatioBatchComparator::new(question.to_lowercase().chars());
        best_of(self.0.iter(), |phrasing| {
            scorer.similarity(phrasing.chars())
        })
    }
}

/// nucleo's fuzzy score of each word of the question, summed, over every phrasing. (Its usual way, all words must be
/// there, finds next to nothing for whole questions.)
pub(crate) struct Nucleo {
    phrasings: Vec<(usize, Utf32String)>,
    matcher: Matcher,
}

impl Nucleo {
    pub(crate) fn new(phrasings: &[Phrasing]) -> Self {
        Self {
            phrasings: phrasings
                .iter()
                .map(|p| (p.entry, p.text.as_str().into()))
                .collect(),
            matcher: Matcher::new(Config::DEFAULT),
        }
    }
}

impl Method for Nucleo {
    fn best(&mut self, question: &str) -> Option<(usize, f64)> {
        let words = question
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let atom = |word| {
            Atom::new(
                word,
                CaseMatching::Ignore,
                Normalization::Smart,
                AtomKind::Fuzzy,
                false,
            )
        };
        let atoms: Vec<Atom> = words.map(atom).collect();
        let matcher = &mut self.matcher;
        best_of(self.phrasings.iter(), |phrasing| {
            let scores = atoms
                .iter()
                .filter_map(|atom| atom.score(phrasing.slice(..), matcher));
            scores.map(f64::from).sum()
        })
    }
}

/// tantivy: each word exactly (BM25) and, from four letters on, within one edit.
pub(crate) struct Tantivy {
    searcher: Searcher,
    text: Field,
}

/// What tantivy may use while it builds its index, in bytes.
const TANTIVY_BUDGET: usize = 50_000_000;
/// Length from which a word is also searched within one edit, in characters.
const FUZZY_FROM: usize = 4;

impl Tantivy {
    pub(crate) fn new(phrasings: &[Phrasing]) -> anyhow::Result<Self> {
        let mut schema = Schema::builder();
        let text = schema.add_text_field("text", TEXT);
        let entry = schema.add_u64_field("entry", FAST);
        let index = tantivy::Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, TANTIVY_BUDGET)?;
        for phrasing in phrasings {
            writer.add_document(
                doc!(text => phrasing.text.as_str(), entry => phrasing.entry as u64),
            )?;
        }
        writer.commit()?;
        Ok(Self {
            searcher: index.reader()?.searcher(),
            text,
        })
    }
}

impl Method for Tantivy {
    fn best(&mut self, question: &str) -> Option<(usize, f64)> {
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in question
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            let term = Term::from_field_text(self.text, &word.to_lowercase());
            let exactly = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
            parts.push((Occur::Should, Box::new(exactly)));
            if word.chars().count() >= FUZZY_FROM {
                parts.push((Occur::Should, Box::new(FuzzyTermQuery::new(term, 1, true))));
            }
        }
        let query = BooleanQuery::new(parts);
        let found = self
            .searcher
            .search(&query, &TopDocs::with_limit(1).order_by_score());
        let (score, address) = *found.expect("an index in memory can be read").first()?;
        let segment = self.searcher.segment_reader(address.segment_ord);
        let entries = segment.fast_fields().u64("entry").expect("a fast field");
        Some((entries.first(address.doc_id)? as usize, f64::from(score)))
    }
}
