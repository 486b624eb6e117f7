//! Messages that are not in English: which language it is, and the red flags that matter before anything else.
//!
//! Stands between triage and the matcher, on the faithful form. Detection is a comparison of counts that can be read
//! aloud ("jak", "często" and "masaż" are Polish, nothing is English), since the only thing it decides is whether to
//! say "I only understand English so far". Red flags are looked for in every message whatever its language, because
//! frightened people mix them. Nothing is translated, and nothing here is matched against the FAQ.
//!
//! Content is `languages.toml`; without it every message is taken for English.

mod read;
mod wording;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::faq::{Fault, Markdown};
use crate::text::lexicon::ENGLISH;
use crate::text::{Normalized, Word, is_function_word, normalize};

use wording::Wordings;

/// The file that [`Languages`] is read from.
pub const FILE: &str = "languages.toml";

/// Up to this many words, every single one must speak for the language: two words are too few to weigh.
const FEW_WORDS: usize = 2;

/// Shortest word, in bytes, that can tell a language all by itself: "ta", "la" and "yo" are said in English, too. The
/// letters of other scripts are longer.
const TELLING_BYTES: usize = 3;

/// How many words of the language it takes to outweigh an English one. Picked on `tests/languages.tsv`:
/// English with a foreign expression in it has about as many English words, a foreign message hardly any.
const OUTWEIGHS: usize = 2;

/// From here on, letters belong to another script than Latin: Greek is the first, and accents have been folded away.
const FIRST_OTHER_SCRIPT: char = '\u{370}';

/// Everything that is known of other languages; the default knows none.
#[derive(Debug, Clone, Default)]
pub struct Languages {
    /// The line in English; `None` when no language is known.
    english: Option<Markdown>,
    languages: Vec<Language>,
    /// The languages that a folded word belongs to.
    words: FxHashMap<Box<str>, Set>,
    wordings: Wordings,
    /// English messages with foreign words in them, which must stay English.
    lookalikes: Vec<String>,
}

/// Languages by their position, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Set(u32);

impl Set {
    /// How many languages there can be.
    const MAX: usize = 32;

    fn insert(&mut self, language: usize) {
        self.0 |= 1 << language;
    }

    fn has(self, language: usize) -> bool {
        self.0 >> language & 1 == 1
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A language that is recognised.
#[derive(Debug, Clone)]
pub struct Language {
    /// BCP 47 tag.
    pub tag: String,
    /// Its name in English.
    pub name: String,
    /// The line that says in this language that the bot speaks English; without it, the English line stands alone.
    pub reply: Option<Markdown>,
    /// The card of an emergency; there whenever the language has red flags.
    emergency: Option<Markdown>,
    /// Cards of single red flags, by id, in place of the general one.
    cards: Vec<(String, Markdown)>,
    /// Messages that must be recognised.
    examples: Vec<String>,
}

impl Language {
    /// What to say in this language to a red flag of `triage.toml`.
    #[must_use]
    pub fn card(&self, concept: &str) -> Option<&Markdown> {
        let own = self.cards.iter().find(|(id, _)| id == concept);
        own.map(|(_, card)| card).or(self.emergency.as_ref())
    }
}

/// A message that is clearly not English, and what shows it.
#[derive(Debug, Clone)]
pub struct Detected<'l> {
    /// Which language; `None` when only the script is foreign.
    pub language: Option<&'l Language>,
    /// The words that are of the language, or of another script.
    pub foreign: Vec<String>,
    /// How many words are English and not of the language as well.
    pub english: usize,
}

/// A red flag in another language.
#[derive(Debug, Clone)]
pub struct ForeignRedFlag<'l> {
    /// Which language.
    pub language: &'l Language,
    /// Which concept of `triage.toml` it stands for.
    pub concept: &'l str,
    /// The wording that was found.
    pub wording: &'l str,
}

impl Languages {
    /// The line that says in English that the bot speaks English.
    #[must_use]
    pub fn english(&self) -> Option<&Markdown> {
        self.english.as_ref()
    }

    /// The language of a message, if it is clearly not English.
    ///
    /// A word speaks for a language when the language lists it and English does not have it, and against it when only
    /// English has it; a word of both, a single letter and an unknown word do neither. A short message must consist of
    /// words of the language; a longer one needs two, and twice as many as speak against it.
    #[must_use]
    pub fn detect(&self, text: &Normalized) -> Option<Detected<'_>> {
        self.english.as_ref()?;
        let words = typed_words(&text.words);
        let best = self.likeliest(&words);
        let listed = |word: &str| best.is_some_and(|language| self.lists(language, word));
        let (of_it, others): (Vec<&str>, Vec<&str>) = words
            .iter()
            .partition(|word| listed(word) || is_other_script(word));
        let foreign = of_it.into_iter();
        let foreign = foreign.filter(|word| !is_letter(word) && !is_english(word));
        let foreign: Vec<&str> = foreign.collect();
        let few = words.len() <= FEW_WORDS;
        let tells = |word: &&str| words.len() > 1 || word.len() >= TELLING_BYTES;
        let may_be = if few {
            foreign.iter().any(tells)
        } else {
            foreign.len() > 1
        };
        if !may_be {
            return None; // as nearly always, and before the others cost anything
        }
        let english = others.iter().filter(|word| is_english(word)).count();
        let clearly = if few {
            others.is_empty()
        } else {
            foreign.len() >= OUTWEIGHS * english
        };
        clearly.then(|| Detected {
            language: best.map(|language| &self.languages[language]),
            foreign: foreign.into_iter().map(str::to_owned).collect(),
            english,
        })
    }

    /// The red flags that a message raises, in one language: where neighbours like Russian and Ukrainian both find
    /// one, in that which has more of its words. Empty for nearly every message.
    #[must_use]
    pub fn red_flags(&self, text: &Normalized) -> Vec<ForeignRedFlag<'_>> {
        let mut found = self.wordings.find(&text.words, &|_| true);
        if !found.is_empty() && self.detect(text).is_none() {
            // In English, what is an English word as well ("suicidal", "overdose") is triage's to read: it knows what is
            // denied, over or somebody's job.
            found = self.wordings.find(&text.words, &|word| !is_english(word));
        }
        if found.is_empty() {
            return Vec::new();
        }
        let counts = self.counts(&typed_words(&text.words));
        let language = found.iter().map(|w| w.language);
        let Some(language) = language.rev().max_by_key(|&language| counts[language]) else {
            return Vec::new();
        };
        let of_language = found.into_iter().filter(|w| w.language == language);
        of_language
            .map(|wording| ForeignRedFlag {
                language: &self.languages[language],
                concept: &wording.concept,
                wording: &wording.text,
            })
            .collect()
    }

    /// What is wrong with content that loads: a language that does not know its own examples, English messages
    /// (`ours`, each with the file and field it is from) that are taken for something else, red flags that triage
    /// does not know (`concepts`; `None` when there is no triage).
    #[must_use]
    pub fn check<'a>(
        &'a self,
        ours: impl Iterator<Item = (String, &'static str, &'a str)>,
        concepts: Option<&[&str]>,
    ) -> Vec<Fault> {
        let mut faults = self.unrecognised();
        let lookalikes = self.lookalikes.iter();
        let lookalikes = lookalikes.map(|text| (FILE.to_owned(), "lookalikes", text.as_str()));
        for (path, field, message) in lookalikes.chain(ours) {
            if let Some(what) = self.mistaken(message) {
                let remedy = "take the words that mislead out of languages.toml, or reword";
                faults.push(Fault::new(&path, field, what, remedy));
            }
        }
        let known = |concept: &str| concepts.is_none_or(|known| known.contains(&concept));
        for concept in self.wordings.concepts().filter(|concept| !known(concept)) {
            let field = format!("red-flags.{concept}");
            let what = "is no concept of triage.toml";
            faults.push(Fault::new(FILE, &field, what, "name one that is"));
        }
        faults.sort();
        faults.dedup();
        faults
    }

    /// Examples that are not taken for their language.
    fn unrecognised(&self) -> Vec<Fault> {
        let examples = self.languages.iter();
        let examples = examples.flat_map(|l| l.examples.iter().map(move |example| (l, example)));
        let unrecognised = examples.filter(|(language, example)| {
            let found = self.detect(&normalize(example)).and_then(|d| d.language);
            found.is_none_or(|found| found.tag != language.tag)
        });
        unrecognised
            .map(|(language, example)| {
                let what = format!("{example:?} is not recognised as {}", language.name);
                Fault::new(FILE, "examples", what, "add frequent words of it")
            })
            .collect()
    }

    /// What an English message is taken for, if for anything else.
    fn mistaken(&self, message: &str) -> Option<String> {
        let text = normalize(message);
        if let Some(flag) = self.red_flags(&text).first() {
            let (name, wording) = (&flag.language.name, flag.wording);
            return Some(format!(
                "{message:?} raises \"{}\" in {name} ({wording:?})",
                flag.concept
            ));
        }
        let detected = self.detect(&text)?;
        let name = detected.language.map_or("another script", |l| &l.name);
        let words = detected.foreign.join(", ");
        Some(format!("{message:?} is taken for {name} ({words})"))
    }

    /// The language that has most of the words; the first of equals.
    fn likeliest(&self, words: &[&str]) -> Option<usize> {
        let counts = self.counts(words);
        let most = (0..counts.len()).rev().max_by_key(|&l| counts[l])?;
        (counts[most].0 > 0).then_some(most)
    }

    /// How many of the words speak for each language, and how many it lists at all, which parts the like of Spanish
    /// and Italian.
    fn counts(&self, words: &[&str]) -> Vec<(usize, usize)> {
        let mut counts = vec![(0, 0); self.languages.len()];
        for word in words {
            let languages = self.languages_of(word);
            if languages.is_empty() {
                continue;
            }
            let speaks = usize::from(!is_letter(word) && !is_english(word));
            for (language, count) in counts.iter_mut().enumerate() {
                if languages.has(language) {
                    count.0 += speaks;
                    count.1 += 1;
                }
            }
        }
        counts
    }

    fn lists(&self, language: usize, word: &str) -> bool {
        self.languages_of(word).has(language)
    }

    /// The languages that list a word.
    fn languages_of(&self, word: &str) -> Set {
        self.words.get(word).copied().unwrap_or_default()
    }
}

/// The words as typed, each once, that say something about the language. Numbers do not, nor do words that were opened
/// from a contraction or text-speak: German "im" and Spanish "u" have become English ones.
fn typed_words(words: &[Word]) -> Vec<&str> {
    let mut typed = Vec::with_capacity(words.len());
    let mut seen = FxHashSet::with_capacity_and_hasher(words.len(), FxBuildHasher);
    for (i, Word { text, span, .. }) in words.iter().enumerate() {
        let shares = |other: Option<&Word>| other.is_some_and(|w| w.span == *span);
        let opened = text.is_ascii() && text.len() > span.len()
            || shares(words.get(i + 1))
            || shares(i.checked_sub(1).and_then(|before| words.get(before)));
        let is_word = text.contains(char::is_alphabetic);
        if is_word && !opened && seen.insert(text) {
            typed.push(text.as_str());
        }
    }
    typed
}

fn is_english(word: &str) -> bool {
    is_function_word(word) || ENGLISH.contains(word)
}

/// Single letters are words in Polish and Italian, but "w/o" and "vitamin e" are English.
fn is_letter(word: &str) -> bool {
    word.len() == 1
}

fn is_other_script(word: &str) -> bool {
    word.contains(|c: char| c >= FIRST_OTHER_SCRIPT && c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::{Tree, load::load};

    fn built_in() -> Languages {
        load(&Tree::built_in())
            .expect("the built-in content loads")
            .languages
    }

    #[test]
    fn a_message_is_recognised_by_its_words_or_its_script() {
        let languages = built_in();
        let rows = [
            ("ile kosztuje masaż", Some("pl")),
            ("ILE KOSZTUJE MASAZ???", Some("pl")),
            ("plecy", Some("pl")),
            ("болит спина", Some("ru")),
            ("болить спина", Some("uk")),
            ("कमर दर्द", Some("hi")),
            ("按摩对腰痛有帮助吗", Some("")),
            ("does it hurt", None),
            ("42", None),
            ("", None),
            ("🙏🙏", None),
        ];
        for (message, expected) in rows {
            let found = languages.detect(&normalize(message));
            let tag = found.map(|d| d.language.map_or("", |l| &l.tag));
            assert_eq!(tag, expected, "{message}");
        }
    }

    #[test]
    fn english_words_outweigh_a_foreign_expression() {
        let languages = built_in();
        for message in &languages.lookalikes {
            assert!(languages.mistaken(message).is_none(), "{message}");
        }
        assert!(languages.lookalikes.len() >= 10, "nothing was tested");
    }

    #[test]
    fn words_that_normalizing_opened_speak_for_no_language() {
        let text = normalize("im rücken n u");
        assert_eq!(typed_words(&text.words), ["rucken"]);
    }

    #[test]
    fn a_red_flag_is_found_in_the_middle_of_english() {
        let languages = built_in();
        let text = normalize("hello doctor, nie moge oddychac please help");
        let flags = languages.red_flags(&text);
        let found: Vec<_> = flags
            .iter()
            .map(|f| (f.concept, &*f.language.tag))
            .collect();
        assert_eq!(found, [("chest-pain", "pl")]);
    }

    #[test]
    fn a_denied_sign_is_no_red_flag() {
        let languages = built_in();
        let rows = [
            ("tengo dolor en el pecho", 1),
            ("no tengo dolor en el pecho, solo la espalda", 0),
            ("no tengo fuerza, dolor en el pecho", 1),
        ];
        for (message, expected) in rows {
            let found = languages.red_flags(&normalize(message)).len();
            assert_eq!(found, expected, "{message}");
        }
    }

    #[test]
    fn an_english_word_is_no_foreign_red_flag_in_english() {
        let languages = built_in();
        let rows = [
            ("I counsel suicidal teenagers and my neck is tight", 0),
            ("he took an overdose of cake", 0),
            ("ho pensieri di suicidio", 1),
            ("nie chcę już żyć", 1),
        ];
        for (message, expected) in rows {
            let found = languages.red_flags(&normalize(message)).len();
            assert_eq!(found.min(1), expected, "{message}");
        }
    }

    #[test]
    fn a_check_finds_what_is_taken_for_something_else() {
        let languages = built_in();
        let check = |message: &str, concepts: Option<&[&str]>| {
            let ours = std::iter::once(("x.md".to_owned(), "phrasings", message));
            let faults = languages.check(ours, concepts);
            faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(check("does it hurt", None), [""; 0]);
        assert!(check("czy to boli", None)[0].contains("is taken for Polish (czy, boli)"));
        assert!(check("nie mogę oddychać", None)[0].contains("raises \"chest-pain\" in Polish"));
        let unknown = check("does it hurt", Some(&["chest-pain"]));
        assert!(
            unknown
                .iter()
                .any(|f| f.contains("red-flags.overdose: is no concept"))
        );
        assert!(!unknown.iter().any(|f| f.contains("red-flags.chest-pain")));
    }

    #[test]
    fn without_the_file_everything_is_english() {
        let languages = Languages::default();
        let text = normalize("nie mogę oddychać");
        assert!(languages.detect(&text).is_none() && languages.red_flags(&text).is_empty());
    }
}
