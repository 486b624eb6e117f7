//! The faithful form: characters folded, contractions opened, words split, nothing dropped but noise.
//!
//! Steps, in order: compatibility forms (NFKC), case, accents and quotes per character; words at everything that is
//! neither letter nor digit; contractions and text-speak opened into the words they stand for. Normalizing the joined
//! words again changes nothing, which a property test holds.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longest part of an utterance that is read, in bytes. Telegram's own limit is 4096 UTF-16 units; the terminal and
/// pipes have none, and nobody asks a question in more than this.
pub const MAX_BYTES: usize = 16 * 1024;

/// Longest single word that is kept, in characters; longer runs are noise (pasted data), and cutting them bounds the
/// cost of everything that looks inside words.
pub const MAX_WORD_CHARS: usize = 40;

/// How many bytes of text a word takes with the space after it, rather few: room for all words is made at once.
const WORD_BYTES: usize = 5;

/// How a word is separated from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// By spaces or by nothing that carries meaning.
    None,
    /// By a comma, colon, dash, bracket or the like: a new clause of the same sentence.
    Clause,
    /// By a full stop, question mark, exclamation mark or line end.
    Sentence,
}

/// One word of the faithful form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The folded word: lower case, no accents, no apostrophes.
    pub text: String,
    /// Where it stands in the utterance, in bytes; the words of one contraction share a span.
    pub span: Range<usize>,
    /// What separates it from the word before; [`Break::Sentence`] for the first.
    pub before: Break,
}

/// An utterance in its faithful form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Normalized {
    /// Every word, in order.
    pub words: Vec<Word>,
    /// Whether a pictograph (emoji) was among what separates the words.
    pub has_emoji: bool,
}

impl Normalized {
    /// The words joined by single spaces: the key under which an exact match is found.
    #[must_use]
    pub fn joined(&self) -> String {
        let mut key = String::with_capacity(self.words.iter().map(|w| w.text.len() + 1).sum());
        for word in &self.words {
            if !key.is_empty() {
                key.push(' ');
            }
            key.push_str(&word.text);
        }
        key
    }

    /// Whether nothing but separators was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// Brings an utterance into its faithful form. Reads at most [`MAX_BYTES`]; never panics.
///
/// ```
/// let text = backtalk::text::normalize("Can’t  sleep…  my NECK hurts!");
/// assert_eq!(text.joined(), "can not sleep my neck hurts");
/// ```
#[must_use]
pub fn normalize(utterance: &str) -> Normalized {
    let mut reader = Reader::default();
    let readable = &utterance[..utterance.floor_char_boundary(MAX_BYTES)];
    reader.text.words.reserve(readable.len() / WORD_BYTES + 1);
    let mut chars = readable.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(readable.len(), |&(i, _)| i);
        if c.is_ascii() {
            let following = chars.peek().map(|&(_, c)| c);
            reader.read(c.to_ascii_lowercase(), at..next, following);
        } else {
            // Compatibility decomposition splits accents off and turns full-width and styled letters into plain ones.
            let folded = std::iter::once(c).nfkd().flat_map(char::to_lowercase);
            let mut folded = folded.map(fold).peekable();
            while let Some(c) = folded.next() {
                let following = folded.peek().or(chars.peek().map(|(_, c)| c)).copied();
                reader.read(c, at..next, following);
            }
        }
    }
    reader.end_word();
    reader.text
}

/// Quotes, dashes and letters without a decomposition that people use in place of plain ones.
fn fold(c: char) -> char {
    match c {
        '’' | '‘' | 'ʼ' | '`' | '´' | '′' | '＇' => '\'',
        'ß' => 's',
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ı' => 'i',
        'æ' => 'a',
        'œ' => 'o',
        _ => c,
    }
}

/// Collects words from folded characters.
#[derive(Default)]
struct Reader {
    text: Normalized,
    word: String,
    /// Byte position in `word` where an apostrophe stood.
    apostrophe: Option<usize>,
    span: Range<usize>,
    chars: usize,
    pending: Option<Break>,
}

impl Reader {
    fn read(&mut self, c: char, at: Range<usize>, following: Option<char>) {
        if c.is_alphanumeric() {
            if self.word.is_empty() {
                self.span = at.clone();
                self.chars = 0;
            }
            if self.chars < MAX_WORD_CHARS {
                self.word.push(c);
                self.chars += 1;
            }
            self.span.end = at.end;
        } else if is_invisible(c) {
            // Combining marks, joiners and direction controls belong to no word and separate none.
        } else if c == '\'' && !self.word.is_empty() && following.is_some_and(char::is_alphabetic) {
            self.apostrophe = Some(self.word.len());
        } else if (c == '.' || c == ',')
            && self.word.ends_with(|d: char| d.is_ascii_digit())
            && following.is_some_and(|d| d.is_ascii_digit())
        {
            // A decimal: 39.5 is one word, if there is room for the digit that makes it one.
            if self.chars + 1 < MAX_WORD_CHARS {
                self.word.push('.');
                self.chars += 1;
            }
        } else {
            self.end_word();
            let separator = match c {
                '.' | '?' | '!' | '\n' | '…' | '。' | '？' | '！' | '؟' => Break::Sentence,
                '&' | '+' | ',' | ';' | ':' | '(' | ')' | '-' | '–' | '—' | '/' | '"' | '“'
                | '”' => Break::Clause,
                _ => Break::None,
            };
            self.pending = self.pending.max(Some(separator));
            self.text.has_emoji |= is_pictograph(c);
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let before = if self.text.words.is_empty() {
            Break::Sentence
        } else {
            self.pending.unwrap_or(Break::None)
        };
        let mut word = std::mem::take(&mut self.word);
        let apostrophe = self.apostrophe.take();
        self.push_opened(&word, apostrophe, before);
        self.pending = None;
        // Its room serves the next word.
        word.clear();
        self.word = word;
    }

    fn push_opened(&mut self, word: &str, apostrophe: Option<usize>, before: Break) {
        match open_contraction(word, apostrophe) {
            Opened::Same => self.push(word, before),
            Opened::Words(words) => {
                for (i, part) in words.split(' ').enumerate() {
                    self.push(part, if i == 0 { before } else { Break::None });
                }
            }
            Opened::StemAnd(stem, rest) => {
                self.push_opened(&word[..stem], None, before);
                if !rest.is_empty() {
                    self.push(rest, Break::None);
                }
            }
        }
    }

    fn push(&mut self, word: &str, before: Break) {
        self.text.words.push(Word {
            text: word.to_owned(),
            span: self.span.clone(),
            before,
        });
    }
}

fn is_invisible(c: char) -> bool {
    is_combining_mark(c)
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}')
}

/// The blocks in which Unicode keeps the pictographs that phones offer as emoji.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{2190}'..='\u{21ff}')
}

enum Opened {
    Same,
    /// Replaced by these words.
    Words(&'static str),
    /// The first part of the word (bytes), then another word (none when empty).
    StemAnd(usize, &'static str),
}

/// Opens a contraction: whole words by table, else by the part after the apostrophe.
fn open_contraction(word: &str, apostrophe: Option<usize>) -> Opened {
    if let Ok(found) = CONTRACTIONS.binary_search_by_key(&word, |&(short, _)| short) {
        let (short, long) = CONTRACTIONS[found];
        let meant = apostrophe.is_some() || !AMBIGUOUS.contains(&short);
        return if meant {
            Opened::Words(long)
        } else {
            Opened::Same
        };
    }
    let Some(at) = apostrophe else {
        return Opened::Same;
    };
    match &word[at..] {
        "s" => Opened::StemAnd(at, ""), // a possessive; "what's" and its like are in the table
        "m" => Opened::StemAnd(at, "am"),
        "re" => Opened::StemAnd(at, "are"),
        "ve" => Opened::StemAnd(at, "have"),
        "ll" => Opened::StemAnd(at, "will"),
        "d" => Opened::StemAnd(at, "would"),
        "t" if word[..at].ends_with('n') => Opened::StemAnd(at - 1, "not"),
        _ => Opened::Same,
    }
}

/// Contractions that spell another English word when the apostrophe is left out.
const AMBIGUOUS: [&str; 8] = ["hed", "hell", "id", "ill", "its", "shed", "shell", "well"];

/// Contractions and the text-speak that people use without apostrophes, sorted by the short form.
const CONTRACTIONS: [(&str, &str); 100] = [
    ("aint", "is not"),
    ("arent", "are not"),
    ("b4", "before"),
    ("bc", "because"),
    ("bcos", "because"),
    ("bcoz", "because"),
    ("cannot", "can not"),
    ("cant", "can not"),
    ("couldnt", "could not"),
    ("couldve", "could have"),
    ("coz", "because"),
    ("cuz", "because"),
    ("didnt", "did not"),
    ("doesnt", "does not"),
    ("dont", "do not"),
    ("dunno", "do not know"),
    ("gimme", "give me"),
    ("gonna", "going to"),
    ("gotta", "got to"),
    ("gunna", "going to"),
    ("hadnt", "had not"),
    ("hasnt", "has not"),
    ("havent", "have not"),
    ("hed", "he would"),
    ("hell", "he will"),
    ("heres", "here is"),
    ("hes", "he is"),
    ("howd", "how did"),
    ("hows", "how is"),
    ("id", "i would"),
    ("idk", "i do not know"),
    ("ill", "i will"),
    ("im", "i am"),
    ("innit", "is it not"),
    ("isnt", "is not"),
    ("itll", "it will"),
    ("its", "it is"),
    ("ive", "i have"),
    ("kinda", "kind of"),
    ("lemme", "let me"),
    ("lets", "let us"),
    ("luv", "love"),
    ("mins", "minutes"),
    ("mustnt", "must not"),
    ("n", "and"),
    ("nd", "and"),
    ("neednt", "need not"),
    ("nite", "night"),
    ("nt", "not"),
    ("outta", "out of"),
    ("pls", "please"),
    ("plz", "please"),
    ("ppl", "people"),
    ("probs", "probably"),
    ("r", "are"),
    ("rn", "right now"),
    ("shant", "shall not"),
    ("shed", "she would"),
    ("shell", "she will"),
    ("shes", "she is"),
    ("shoulda", "should have"),
    ("shouldnt", "should not"),
    ("shouldve", "should have"),
    ("somethin", "something"),
    ("sorta", "sort of"),
    ("summat", "something"),
    ("tbh", "to be honest"),
    ("thats", "that is"),
    ("theres", "there is"),
    ("theyll", "they will"),
    ("theyre", "they are"),
    ("theyve", "they have"),
    ("tho", "though"),
    ("thru", "through"),
    ("til", "until"),
    ("till", "until"),
    ("tmrw", "tomorrow"),
    ("u", "you"),
    ("ur", "your"),
    ("urself", "yourself"),
    ("wanna", "want to"),
    ("wasnt", "was not"),
    ("wats", "what is"),
    ("well", "we will"),
    ("werent", "were not"),
    ("weve", "we have"),
    ("whats", "what is"),
    ("whens", "when is"),
    ("wheres", "where is"),
    ("whos", "who is"),
    ("whys", "why is"),
    ("wont", "will not"),
    ("wot", "what"),
    ("wots", "what is"),
    ("wouldnt", "would not"),
    ("wouldve", "would have"),
    ("yall", "you all"),
    ("youll", "you will"),
    ("youre", "you are"),
    ("youve", "you have"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contractions_are_sorted_and_stable() {
        assert!(
            CONTRACTIONS.is_sorted_by(|a, b| a.0 < b.0),
            "binary search needs order"
        );
        for (short, long) in CONTRACTIONS {
            assert_eq!(
                normalize(long).joined(),
                long,
                "{short} opens into words that open again"
            );
        }
    }

    #[test]
    fn folds_what_people_type() {
        let rows = [
            ("What's the PRICE??", "what is the price"),
            ("i cant  pee", "i can not pee"),
            ("I can’t", "i can not"),
            ("my dad's back", "my dad back"),
            ("it's its", "it is its"),
            ("I'll be ill", "i will be ill"),
            ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
            ("café naïve Łódź", "cafe naive lodz"),
            ("temp 39…5 or 39.5…", "temp 39 5 or 39.5"),
            ("temp 39.5, shivering", "temp 39.5 shivering"),
            ("L4/L5 disc", "l4 l5 disc"),
            ("mas\u{200b}sage\u{202e}", "massage"),
            ("🙏🙏", ""),
            ("", ""),
            ("he should've", "he should have"),
            ("don''t 'quoted'", "don t quoted"),
        ];
        for (typed, expected) in rows {
            assert_eq!(normalize(typed).joined(), expected, "{typed:?}");
        }
    }

    #[test]
    fn keeps_boundaries_and_spans() {
        let text = normalize("No fever, just stiff. Ok?");
        let breaks: Vec<_> = text
            .words
            .iter()
            .map(|w| (w.text.as_str(), w.before))
            .collect();
        assert_eq!(
            breaks,
            [
                ("no", Break::Sentence),
                ("fever", Break::None),
                ("just", Break::Clause),
                ("stiff", Break::None),
                ("ok", Break::Sentence)
            ]
        );
        assert_eq!(text.words[3].span, 15..20);
    }

    #[test]
    fn emoji_is_noted() {
        assert!(normalize("❤️").has_emoji);
        assert!(!normalize("love it!").has_emoji);
    }

    #[test]
    fn a_decimal_at_the_limit_of_a_word_does_not_outlive_it() {
        let digits = "1".repeat(MAX_WORD_CHARS);
        assert_eq!(normalize(&format!("{digits}.1'a")).joined(), digits);
        assert_eq!(normalize(&format!("{digits}.5")).joined(), digits);
    }

    mod properties {
        use proptest::prelude::*;

        use super::super::*;

        /// What the steps above look at, in any order: more telling than characters drawn from all of Unicode.
        fn typed() -> impl Strategy<Value = String> {
            let long = (0..60usize).prop_map(|n| "1".repeat(n));
            let contraction = (0..CONTRACTIONS.len()).prop_map(|i| CONTRACTIONS[i].0.to_owned());
            let mark = prop::sample::select(vec![
                "'", "’", ".", ",", "-", "?", " ", "\n", "n't", "'s", "'ll", "ŉ", "ﷺ", "Ǆ", "İ",
                "ẞ", "½", "㏂", "．", "…", "\u{200b}", "e\u{301}", "🙏", "٣", "ё", "\u{0}",
            ]);
            let piece = prop_oneof![
                3 => mark.prop_map(str::to_owned),
                2 => contraction,
                1 => long,
                2 => "[a-zA-Z0-9]{1,4}",
                2 => any::<char>().prop_map(String::from),
            ];
            prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
        }

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn normalizing_the_joined_words_again_changes_nothing(text in typed()) {
                let once = normalize(&text).joined();
                prop_assert_eq!(normalize(&once).joined(), once);
            }

            #[test]
            fn spans_ascend_and_can_be_cut_out(text in typed()) {
                let words = normalize(&text).words;
                for word in &words {
                    prop_assert!(text.get(word.span.clone()).is_some_and(|cut| !cut.is_empty()));
                    prop_assert!(!word.text.is_empty() && !word.text.contains(' '));
                    prop_assert!(word.text.chars().count() <= MAX_WORD_CHARS);
                }
                for pair in words.windows(2) {
                    let (before, after) = (&pair[0].span, &pair[1].span);
                    prop_assert!(before.start <= after.start && before.end <= after.end);
                }
            }
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn any_text_of_twenty_thousand_bytes_is_read(
                text in prop::collection::vec(any::<char>(), 0..8000).prop_map(String::from_iter)
            ) {
                let text = &text[..text.floor_char_boundary(20_000)];
                let words = normalize(text).words;
                prop_assert!(words.iter().all(|word| word.span.end <= MAX_BYTES));
            }
        }
    }
}
