//! The sentences that the bot itself says, and the small talk it understands: `replies.toml`.
//!
//! Wording lives in the content, not in the code, so that it can be read and corrected by the same people.

use crate::faq::load::Fields;
use crate::faq::{EntryId, Fault, Markdown, Tree};

macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Every sentence of the bot, by the occasion on which it is said. Placeholders in braces are filled in by
        /// [`fill`].
        #[derive(Debug, Clone)]
        pub struct Sentences {
            $($(#[$doc])* pub $name: String,)*
        }

        impl Sentences {
            fn read(mut fields: Fields<'_>) -> Option<Self> {
                $(let $name = fields.string(stringify!($name));)*
                fields.finish();
                Some(Self { $($name: $name?,)* })
            }
        }
    };
}

sentences! {
    /// First words to a new person in Telegram; `{title}`.
    greeting,
    /// First words in the terminal; `{title}`. A numbered list of examples follows.
    terminal_greeting,
    /// What can be asked and how, in the terminal.
    terminal_help,
    /// After [`Sentences::abstain`] in the terminal: where the topics are.
    terminal_topics,
    /// For a number that the last list does not have; `{number}`, `{last}`.
    terminal_no_number,
    /// What becomes of what is typed in the terminal.
    terminal_privacy,
    /// Last words in the terminal.
    terminal_farewell,
    /// What can be asked and how.
    help,
    /// Above the list of topic groups.
    topics,
    /// Above the questions of one group; `{group}`.
    topic,
    /// When nothing in the FAQ fits.
    abstain,
    /// When nothing fits for the second time in a row: the topics stand below it.
    abstain_again,
    /// When several entries fit about equally well.
    suggest,
    /// Heading of the evidence note.
    research,
    /// Before the source of an answer; `{source}`.
    source,
    /// Before the study that an evidence note rests on; `{source}`.
    reference,
    /// After the source; `{date}`.
    reviewed,
    /// Above related questions.
    related,
    /// Under an answer when more was asked than is answered at once.
    more_asked,
    /// When the message names warning signs only to deny them; `{signs}`.
    denied,
    /// When the writer has said that an urgent-care card does not apply; `{sign}`.
    disclaimed,
    /// For a message without text: photo, voice, sticker and so on.
    not_text,
    /// For an empty message.
    empty,
    /// When a button belongs to something that is no longer there.
    stale_button,
    /// When someone sends more than is answered, also as a note on a button (at most 200 characters).
    flood,
    /// When something went wrong on our side.
    failure,
    /// When to see a doctor and when it is an emergency.
    doctor,
    /// Above the list of articles.
    sources,
    /// What is stored and what is not.
    privacy,
    /// What the bot is, who made it, who has not reviewed it.
    about,
    /// For a command the bot does not have.
    unknown_command,
    /// The bot's description, shown in an empty chat (at most 512 characters).
    description,
    /// The bot's short description, shown on its profile (at most 120 characters).
    short_description,
    /// On a button that leads back to the groups.
    back_to_topics,
    /// On the button that opens the topics.
    browse_topics,
    /// For `/ask` without a question.
    ask_usage,
    /// For passing the bot on; `{link}`.
    share,
    /// For a therapist who passes the bot on; `{name}`, `{link}`.
    share_own,
    /// With the therapist's card to print.
    share_card,
    /// With the therapist's poster to print.
    share_poster,
    /// Before the greeting of someone who came by a therapist's link; `{name}`, `{qualifications}`, `{city}`,
    /// `{languages}`.
    shared_by,
    /// On the button that reaches that therapist; `{name}`.
    contact,
    /// To a therapist who opened the link that makes the chat theirs; `{name}`.
    claimed,
    /// When that link is used up or too old.
    claim_refused,
    /// After `/forget`.
    forgotten,
    /// After `/forget` when it failed.
    not_forgotten,
    /// On the button that opens the list of chats to share with.
    share_button,
    /// The text that is shared with the link.
    share_text,
    /// On a printed card: what someone may ask about. Cards print Latin, Greek and Cyrillic letters, no emoji.
    card_headline,
    /// Below it: where.
    card_call,
    /// Beside the QR code: how to use it.
    card_scan,
    /// Under the QR code of the bot itself, in a therapist's place: what it is.
    card_bot,
    /// And what it does.
    card_bot_details,
    /// At the foot: who is to be seen first.
    card_doctor,
    /// After that: what the bot is not.
    card_general,
    /// On the button under the urgent-care card that shows the emergency numbers.
    call,
    /// The emergency numbers, for a note of at most 200 characters.
    emergency_numbers,
    /// On the button under the urgent-care card that says it does not apply.
    not_me,
    /// When that button is pressed and the question is gone; a note of at most 200 characters.
    not_me_lost,
    /// After 👍; a note.
    helpful,
    /// After 👎, with other questions below; a note.
    not_helpful,
    /// On the button that says that none of those is meant either.
    none_of_these,
    /// After that; a note.
    noted,
    /// What operators see of how the bot is used; `{days}`, `{a_day}`, `{answered}`, `{offered}`, `{missed}`,
    /// `{urgent}`, `{helpful}`.
    stats,
    /// Above the questions that are asked most.
    stats_asked,
    /// Above what came of each therapist's link.
    stats_links,
    /// What came of one; `{name}`, `{chats}`, `{questions}`.
    stats_link,
    /// In place of a count that is too small to be shown.
    stats_hidden,
    /// In place of a share when too few have said whether an answer helped.
    stats_no_votes,
    /// Under the chart.
    stats_few,
    /// On the chart, above its bars. Charts print what cards print.
    stats_chart,
    /// On the chart: questions that were answered.
    stats_answered,
    /// On the chart: questions to which others were offered.
    stats_offered,
    /// On the chart: questions without an answer.
    stats_missed,
    /// Before everything that the bot says in someone's own name.
    business_notice,
    /// To someone who connected the bot to their account.
    business_connected,
    /// After that, when it keeps quiet where they write; `{hours}`.
    business_pause,
    /// To someone who connected the bot without the right to reply.
    business_no_right,
}

/// One kind of small talk and what is said to it.
#[derive(Debug, Clone)]
pub struct SmallTalk {
    /// Its name.
    pub id: EntryId,
    /// What people say.
    pub phrasings: Vec<String>,
    /// What the bot says.
    pub reply: Markdown,
    /// Whether an emoji alone counts as this kind.
    pub emoji: bool,
}

/// Content of `replies.toml`.
#[derive(Debug, Clone)]
pub struct Replies {
    /// The sentences.
    pub sentences: Sentences,
    /// The small talk; empty in a FAQ without a `replies.toml`.
    pub small_talk: Vec<SmallTalk>,
}

impl Replies {
    /// Reads the file's table; `None` when a fault was noted.
    #[must_use]
    pub fn read(mut fields: Fields<'_>) -> Option<Self> {
        let path = fields.path().to_owned();
        let sentences = match fields.table("sentences") {
            Some(table) => {
                Sentences::read(Fields::new(&path, table, fields.faults()).within("sentences"))
            }
            None => {
                fields.fault(
                    "sentences",
                    "is missing",
                    "add [sentences] and every sentence below it",
                );
                None
            }
        };
        let mut small_talk = Vec::new();
        for (i, table) in fields.tables("small-talk").into_iter().enumerate() {
            let mut inner =
                Fields::new(&path, table, fields.faults()).within(&format!("small-talk[{i}]"));
            let id = inner.string("id").and_then(|id| {
                EntryId::new(&id)
                    .map_err(|what| inner.fault("id", what, "use a-z, 0-9 and -"))
                    .ok()
            });
            let phrasings = inner.strings("phrasings");
            let reply = inner.string("reply").and_then(|text| {
                Markdown::parse(&text)
                    .map_err(|what| inner.fault("reply", what, "write plain Markdown"))
                    .ok()
            });
            let emoji = match inner.take("emoji") {
                Some(toml::Value::Boolean(emoji)) => emoji,
                None => false,
                Some(_) => {
                    inner.fault("emoji", "is not true or false", "write emoji = true");
                    false
                }
            };
            inner.finish();
            if let (Some(id), Some(phrasings), Some(reply)) = (id, phrasings, reply) {
                small_talk.push(SmallTalk {
                    id,
                    phrasings,
                    reply,
                    emoji,
                });
            }
        }
        fields.finish();
        Some(Self {
            sentences: sentences?,
            small_talk,
        })
    }

    /// The program's own sentences, without small talk, for a FAQ that has no `replies.toml`.
    ///
    /// # Panics
    /// Never: a test loads the built-in content.
    #[must_use]
    pub fn built_in() -> Self {
        let tree = Tree::built_in();
        let text = tree
            .get("replies.toml")
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default();
        let mut faults: Vec<Fault> = Vec::new();
        let table = text
            .parse()
            .expect("the built-in replies.toml is valid TOML: a test loads it");
        let replies = Self::read(Fields::new("replies.toml", table, &mut faults));
        Self {
            small_talk: Vec::new(),
            ..replies.expect("the built-in replies.toml is complete: a test loads it")
        }
    }
}

/// Puts values in place of `{name}` in a sentence.
///
/// ```
/// assert_eq!(backtalk::replies::fill("Hi {name}.", &[("name", "Ann")]), "Hi Ann.");
/// ```
#[must_use]
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(sentence.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
}
