//! Reading: whether a sign that is named is there, or is denied, over, cleared by a doctor or asked about in general.
//!
//! The rules are few and err towards "it is there": a denial reaches only over words that carry it on ("no numbness
//! or tingling in my legs"), a past only over its own part of the sentence, a doctor's all-clear only over what was
//! said before it. Which words do this is in the protocol's `[reading]` table; how far they reach is here.

use std::ops::Range;

use super::hits::{Group, Hit, Hits, Life};
use super::tokens::Token;
use crate::text::Break;

/// How far a denial reaches at most, in words.
const DENIAL_REACH: usize = 10;
/// How many words that mean nothing here a denial passes over: "no *unexplained weight* loss". After "not", which
/// mostly denies the next word only ("not sleeping well, numb leg"), one.
const DENIAL_PATIENCE: usize = 2;
const NOT_PATIENCE: usize = 1;
/// Longest item of a list that is denied as a whole, in words: "no fever, night sweats or weight loss".
const LIST_ITEM: usize = 3;
/// Longest question that a bare "no" answers as a whole, in words: "any blood in my pee? no".
const ASKED: usize = 6;
/// How many words may stand between "that was" and "years ago".
const TOLD_REACH: u16 = 2;
/// How near before a sign a word such as "still" keeps it from being past, in words.
const ONGOING_REACH: u16 = 2;

/// The word groups that reading goes by, as named in `[reading]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cues {
    /// no, without, never
    pub(super) denies: Group,
    /// not
    pub(super) not: Group,
    /// can, only …: beside "not" they make it something else
    pub(super) not_unless: Group,
    /// any, have, of …
    pub(super) carries: Group,
    /// but, just, because …
    pub(super) ends_denial: Group,
    /// none of those: denies what was said before it
    pub(super) denies_before: Group,
    /// none of the following: denies the list after it
    pub(super) denies_after: Group,
    /// last year, in 2009
    pub(super) past: Group,
    /// that was …: what was said before was in the past
    pub(super) looks_back: Group,
    /// since, still
    pub(super) ongoing: Group,
    /// but, now: a new part of the sentence
    pub(super) splits: Group,
    /// and …
    pub(super) joins: Group,
    /// … i, my, now
    pub(super) subjects: Group,
    /// went away, healed
    pub(super) over: Group,
    /// scan was clear
    pub(super) cleared: Group,
    /// what are the symptoms of
    pub(super) asks: Group,
    /// fact or myth: in general even where it says "my course"
    pub(super) studies: Group,
    /// my, i have
    pub(super) personal: Group,
}

impl Cues {
    /// The fields of `[reading]`, in the order of [`Cues::new`].
    pub(super) const NAMES: [&'static str; 18] = [
        "denies",
        "not",
        "not-unless",
        "carries",
        "ends-denial",
        "denies-before",
        "denies-after",
        "past",
        "looks-back",
        "ongoing",
        "splits",
        "joins",
        "subjects",
        "over",
        "cleared",
        "asks",
        "studies",
        "personal",
    ];

    pub(super) fn new(groups: [Group; 18]) -> Self {
        let [
            denies,
            not,
            not_unless,
            carries,
            ends_denial,
            denies_before,
            denies_after,
            past,
            looks_back,
            ongoing,
            splits,
            joins,
            subjects,
            over,
            cleared,
            asks,
            studies,
            personal,
        ] = groups;
        Self {
            denies,
            not,
            not_unless,
            carries,
            ends_denial,
            denies_before,
            denies_after,
            past,
            looks_back,
            ongoing,
            splits,
            joins,
            subjects,
            over,
            cleared,
            asks,
            studies,
            personal,
        }
    }
}

impl Cues {
    /// Whether anything is there that can change what is read.
    fn any(&self, hits: &Hits) -> bool {
        let turning = [
            self.denies,
            self.not,
            self.denies_before,
            self.denies_after,
            self.past,
            self.over,
            self.cleared,
            self.asks,
            self.studies,
        ];
        turning.into_iter().any(|cue| hits.has(cue))
    }
}

/// What each group is for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something a person has, has had or denies.
    Sign,
    /// Words that a pattern uses directly: like a sign, but so common ("chest", "had") that they end no denial.
    Literal,
    /// A part of the body, a circumstance, a verb: deniable only at once ("not between the legs").
    Word,
    /// A word that reading itself goes by.
    Cue,
}

/// Sets the life of every hit. What was read is for the signs that are found later; `None` where nothing turns any.
pub(super) fn read<'a>(
    tokens: &'a [Token<'a>],
    hits: &mut Hits,
    kinds: &[Kind],
    cues: &Cues,
) -> Option<Reading<'a>> {
    if !cues.any(hits) && !tokens.iter().any(|t| is_answer_no(t)) {
        return None;
    }
    let reading = Reading::new(tokens, hits, kinds, cues);
    if reading.nothing_to_do() {
        return None;
    }
    for (group, hits) in hits.all_mut() {
        let kind = kinds[usize::from(group.0)];
        if kind != Kind::Cue {
            for hit in hits {
                hit.life = reading.life(*hit, kind);
            }
        }
    }
    Some(reading)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    None,
    /// Words that mean nothing here stand between.
    Loose,
    /// Nothing but carrying words stands between.
    Tight,
}

/// What in an utterance turns a sign into something else.
pub(super) struct Reading<'a> {
    tokens: &'a [Token<'a>],
    denial: Vec<Denial>,
    /// Which tokens are denied with all that stands around them.
    said_no: Vec<bool>,
    /// Sentence and part of the sentence of each token.
    sentence: Vec<u16>,
    part: Vec<u16>,
    past: Vec<Hit>,
    /// Which tokens are told of as over.
    told: Vec<bool>,
    ongoing: Vec<Hit>,
    cleared: Vec<Hit>,
    general: Vec<Hit>,
    /// Sentences that only study.
    studied: Vec<u16>,
    denied_after: bool,
}

impl<'a> Reading<'a> {
    fn new(tokens: &'a [Token<'a>], hits: &Hits, kinds: &[Kind], cues: &Cues) -> Self {
        let mut covered = vec![0_u16; tokens.len()]; // length of the longest sign or word here
        let (mut begins, mut sign) = (vec![false; tokens.len()], vec![false; tokens.len()]);
        let carries = at(hits.of(cues.carries), tokens);
        let denying = at_any(&[hits.of(cues.denies), hits.of(cues.not)], tokens);
        let says = |at: usize| !carries[at] && !denying[at] && !tokens[at].is_small();
        for (group, hits) in hits.all() {
            let kind = kinds[usize::from(group.0)];
            // A pattern's own "do not" says nothing by itself and leaves the "not" to deny.
            let speaks = |hit: &&Hit| match kind {
                Kind::Cue => false,
                Kind::Literal => (usize::from(hit.start)..usize::from(hit.end)).any(says),
                Kind::Sign | Kind::Word => true,
            };
            for hit in hits.iter().filter(speaks) {
                begins[usize::from(hit.start)] = true;
                for at in usize::from(hit.start)..usize::from(hit.end) {
                    covered[at] = covered[at].max(hit.end - hit.start);
                    sign[at] |= kind == Kind::Sign;
                }
            }
        }
        // A cue inside a longer wording has done its work there: the "gone" of "gone numb", the "no" of "no feeling".
        let free = |group: Group| {
            let longer = |h: &&Hit| {
                covered[usize::from(h.start)..usize::from(h.end)]
                    .iter()
                    .all(|&l| l <= h.end - h.start)
            };
            hits.of(group)
                .iter()
                .filter(longer)
                .copied()
                .collect::<Vec<_>>()
        };
        let (sentence, part) = divide(tokens, hits, cues);
        let personal = |sentence_of: u16| {
            hits.of(cues.personal)
                .iter()
                .any(|h| sentence[usize::from(h.start)] == sentence_of)
        };
        let general = free(cues.asks)
            .into_iter()
            .filter(|h| !personal(sentence[usize::from(h.start)]))
            .collect();
        let mut reading = Self {
            tokens,
            denial: vec![Denial::None; tokens.len()],
            said_no: vec![false; tokens.len()],
            past: free(cues.past),
            told: vec![false; tokens.len()],
            ongoing: hits.of(cues.ongoing).to_vec(),
            cleared: free(cues.cleared),
            general,
            studied: (hits.of(cues.studies).iter())
                .map(|h| sentence[usize::from(h.start)])
                .collect(),
            denied_after: false,
            sentence,
            part,
        };
        let [before, after] = [cues.denies_before, cues.denies_after].map(|cue| hits.of(cue));
        reading.say_no(before, after, hits.of(cues.splits));
        reading.tell_past(hits.of(cues.looks_back), &free(cues.over));
        let mut denials: Vec<(Hit, usize)> = free(cues.denies)
            .into_iter()
            .map(|h| (h, DENIAL_PATIENCE))
            .collect();
        denials.extend(free(cues.not).into_iter().map(|h| (h, NOT_PATIENCE)));
        let ends = at(hits.of(cues.ends_denial), tokens);
        let marks = Marks {
            covered: &covered,
            begins: &begins,
            sign: &sign,
            carries,
            ends,
        };
        let beside = at(hits.of(cues.not_unless), tokens);
        for (cue, patience) in denials {
            let (start, end) = (usize::from(cue.start), usize::from(cue.end));
            let turned = (start > 0 && tokens[start].before == Break::None && beside[start - 1])
                || (end < tokens.len() && tokens[end].before == Break::None && beside[end]);
            if !turned {
                reading.deny(end, patience, &marks);
            }
            reading.denied_after |= tokens[start].before != Break::None;
        }
        reading
    }

    fn nothing_to_do(&self) -> bool {
        self.past.is_empty()
            && !self.told.contains(&true)
            && !self.said_no.contains(&true)
            && self.cleared.is_empty()
            && self.general.is_empty()
            && self.studied.is_empty()
            && !self.denied_after
            && self.denial.iter().all(|d| *d == Denial::None)
    }

    /// Marks what is denied as a whole: what stands before "none of those", the list after "none of the following", and a
    /// short question with a bare "no" after it.
    fn say_no(&mut self, before: &[Hit], after: &[Hit], splits: &[Hit]) {
        for cue in before {
            // "None of those creams helps" denies nothing.
            if self.pauses_at(usize::from(cue.end)) {
                let said = self.said_before(usize::from(cue.start));
                self.said_no[said].fill(true);
            }
        }
        for cue in after {
            let start = usize::from(cue.end);
            let listed = self.tokens.get(start).map(|t| t.before) == Some(Break::Clause);
            let ends = |at: usize| splits.iter().any(|s| usize::from(s.start) == at);
            // "None of the following: fever, numb legs, just stiff."
            let goes_on = |at: usize| matches!(self.tokens[at].text(), "just" | "only" | "i");
            let list = (start..self.tokens.len()).filter(|_| listed);
            let list = list.take_while(|&at| {
                self.sentence[at] == self.sentence[start] && !ends(at) && !goes_on(at)
            });
            let end = list.last().map_or(start, |last| last + 1);
            self.said_no[start..end].fill(true);
        }
        for at in 1..self.tokens.len() {
            // "also no"
            let answer = at - usize::from(self.tokens[at - 1].text() == "also");
            let bare = is_no(&self.tokens[at]) && self.pauses_at(at + 1);
            if !bare || answer == 0 || self.tokens[answer].before == Break::None {
                continue;
            }
            let asked = first_of(&self.part, self.part[answer - 1]);
            let told = matches!(
                self.tokens[asked].text(),
                "i" | "he" | "she" | "we" | "they"
            );
            if answer - asked <= ASKED && !told {
                self.said_no[asked..answer].fill(true);
            }
        }
    }

    /// Marks what is told of as over: what a sentence says before "all fine now", and what "that was years ago" speaks of.
    /// A sentence that only says when does the same.
    fn tell_past(&mut self, looks_back: &[Hit], over: &[Hit]) {
        for cue in over {
            let at = usize::from(cue.start);
            let sentence = first_of(&self.sentence, self.sentence[at]);
            self.told[sentence..at].fill(true);
        }
        for past in &self.past {
            let at = usize::from(past.start);
            let part = first_of(&self.part, self.part[at]);
            let sentence = first_of(&self.sentence, self.sentence[at]);
            let ends = first_of(&self.sentence, self.sentence[at] + 1);
            let says_more = |at: usize| {
                let when = usize::from(past.start)..usize::from(past.end);
                !when.contains(&at) && !self.tokens[at].lexeme.grammar
            };
            let only_when = part == sentence && !(sentence..ends).any(says_more);
            // A word may stand before it: "but that was".
            let told = looks_back.iter().any(|cue| {
                (part..=part + 1).contains(&usize::from(cue.start))
                    && (cue.end..=cue.end + TOLD_REACH).contains(&past.start)
            });
            let mut ongoing = self.ongoing.iter();
            let goes_on = ongoing.any(|o| (part..ends).contains(&usize::from(o.start)));
            if (told || only_when) && !goes_on {
                let said = self.said_before(part);
                self.told[said].fill(true);
            }
        }
    }

    /// Whether nothing, or a new part of the text, stands at `at`.
    fn pauses_at(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(|t| t.before != Break::None)
    }

    /// What "that" at `at` speaks of: what its sentence has said before it, or the whole sentence before.
    fn said_before(&self, at: usize) -> Range<usize> {
        let sentence = first_of(&self.sentence, self.sentence[at]);
        let start = match at.checked_sub(1) {
            Some(before) if sentence == at => first_of(&self.sentence, self.sentence[before]),
            _ => sentence,
        };
        start..at
    }

    /// Adds the tokens that are about what is over or denied as a whole.
    pub(super) fn settle(&self, settled: &mut [bool]) {
        let both = self.told.iter().zip(&self.said_no);
        for (settled, (told, denied)) in settled.iter_mut().zip(both) {
            *settled |= told | denied;
        }
    }

    /// Marks what a denial that ends before `from` reaches.
    fn deny(&mut self, from: usize, patience: usize, marks: &Marks<'_>) {
        let mut unknown = 0;
        for at in from..self.tokens.len().min(from + DENIAL_REACH) {
            let token = &self.tokens[at];
            // A sign that nothing joins to the one before begins something new: "no fever numb legs".
            let unjoined = at > from
                && marks.sign[at - 1]
                && !marks.carries[at - 1]
                && marks.begins[at]
                && !marks.carries[at];
            let stops = match token.before {
                Break::Sentence => true,
                // "Can I drive? No, my legs are numb", "they say it's nothing, my legs are numb"
                Break::Clause => at == from || !self.list_goes_on(at),
                Break::None => unjoined && !self.list_goes_on(at),
            };
            if stops || marks.ends[at] {
                return;
            }
            if marks.covered[at] == 0 && !marks.carries[at] && !token.is_small() {
                unknown += 1;
                if unknown > patience {
                    return;
                }
            }
            self.denial[at] = if unknown == 0 {
                Denial::Tight
            } else {
                Denial::Loose
            };
        }
    }

    /// Whether a list continues at `at`: short items, and an "or" before the last.
    fn list_goes_on(&self, at: usize) -> bool {
        let mut length = 0;
        for token in &self.tokens[at..] {
            match token.before {
                Break::Sentence => return false,
                Break::Clause => length = 0,
                Break::None => {}
            }
            if matches!(token.text(), "or" | "nor") {
                return true;
            }
            length += 1;
            if length > LIST_ITEM {
                return false;
            }
        }
        false
    }

    /// The life of a sign that is made of words which are none by themselves ("could not" and "pee").
    pub(super) fn life_of_whole(&self, hit: Hit) -> Life {
        hit.life.max(self.life(hit, Kind::Sign))
    }

    fn life(&self, hit: Hit, kind: Kind) -> Life {
        let start = usize::from(hit.start);
        if self.said_no[start] {
            return Life::Denied;
        }
        match self.denial[start] {
            Denial::Tight => return Life::Denied,
            Denial::Loose if kind != Kind::Word => return Life::Denied,
            Denial::Loose | Denial::None => {}
        }
        if kind == Kind::Word {
            return Life::Live;
        }
        if self.answered_no(hit) {
            return Life::Denied;
        }
        let before =
            |cue: &&Hit| cue.start >= hit.end && self.sentence_of(**cue) == self.sentence[start];
        let same_part = |cue: &Hit| self.part[usize::from(cue.start)] == self.part[start];
        let outside = |cue: &&Hit| cue.end <= hit.start || cue.start >= hit.end;
        if self
            .past
            .iter()
            .filter(|c| same_part(c))
            .filter(outside)
            .any(|cue| !self.goes_on(hit, *cue))
            || self.told[start]
            || self.cleared.iter().any(|c| before(&c) || same_part(c))
        {
            return Life::Past;
        }
        let after =
            |cue: &Hit| cue.start <= hit.start && self.sentence_of(*cue) == self.sentence[start];
        if self.general.iter().any(after) || self.studied.contains(&self.sentence[start]) {
            Life::General
        } else {
            Life::Live
        }
    }

    fn sentence_of(&self, hit: Hit) -> u16 {
        self.sentence[usize::from(hit.start)]
    }

    /// Whether something says that what began in the past is still there: "numb since the crash in 2019".
    fn goes_on(&self, hit: Hit, past: Hit) -> bool {
        let (left, right) = (hit.end.min(past.end), hit.start.max(past.start));
        self.ongoing.iter().any(|o| {
            (left <= o.start && o.end <= right)
                || (o.end <= hit.start && hit.start - o.end < ONGOING_REACH)
        })
    }

    /// Whether a bare "no" follows: "fever? no".
    fn answered_no(&self, hit: Hit) -> bool {
        let end = usize::from(hit.end);
        let Some(answer) = self.tokens.get(end) else {
            return false;
        };
        is_answer_no(answer)
            && self
                .tokens
                .get(end + 1)
                .is_none_or(|next| next.before != Break::None || next.text() == "i")
    }
}

/// Whether a word can be the answer to "fever?".
fn is_answer_no(token: &Token<'_>) -> bool {
    token.before != Break::None && is_no(token)
}

fn is_no(token: &Token<'_>) -> bool {
    matches!(token.text(), "no" | "nope" | "none" | "nah" | "negative")
}

/// What the tokens are to a denial.
struct Marks<'a> {
    covered: &'a [u16],
    begins: &'a [bool],
    sign: &'a [bool],
    carries: Vec<bool>,
    ends: Vec<bool>,
}

/// Which tokens the hits cover.
fn at(hits: &[Hit], tokens: &[Token<'_>]) -> Vec<bool> {
    at_any(&[hits], tokens)
}

fn at_any(lists: &[&[Hit]], tokens: &[Token<'_>]) -> Vec<bool> {
    let mut marks = vec![false; tokens.len()];
    for hit in lists.iter().copied().flatten() {
        marks[usize::from(hit.start)..usize::from(hit.end)].fill(true);
    }
    marks
}

/// The first token that has a number; numbers ascend.
fn first_of(numbers: &[u16], number: u16) -> usize {
    numbers.partition_point(|n| *n < number)
}

/// Numbers the sentences and the parts of sentences.
fn divide(tokens: &[Token<'_>], hits: &Hits, cues: &Cues) -> (Vec<u16>, Vec<u16>) {
    let splits = at(hits.of(cues.splits), tokens);
    let joins = at(hits.of(cues.joins), tokens);
    let subjects = at(hits.of(cues.subjects), tokens);
    let (mut sentence, mut part) = (0, 0);
    let mut numbers = (
        Vec::with_capacity(tokens.len()),
        Vec::with_capacity(tokens.len()),
    );
    for (i, token) in tokens.iter().enumerate() {
        if token.before == Break::Sentence {
            sentence += 1;
        }
        let joined = joins[i] && subjects.get(i + 1) == Some(&true);
        if token.before != Break::None || splits[i] || joined {
            part += 1;
        }
        numbers.0.push(sentence);
        numbers.1.push(part);
    }
    numbers
}
