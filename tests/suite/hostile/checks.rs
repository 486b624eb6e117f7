//! What must hold of any bytes at all. Each check panics when it does not.

use std::sync::LazyLock;

use backtalk::engine::Engine;
use backtalk::faq::{Faq, Markdown, Tree, load};
use backtalk::plain;
use backtalk::redact::{Redactor, is_placeholder};
use backtalk::reply::{Content, Reply};
use backtalk::telegram::commands;
use backtalk::telegram::incoming::{Kind, Message, Update};
use backtalk::telegram::payload::{MAX_CALLBACK_BYTES, Payload, deep_link, start_entry};
use backtalk::telegram::render::{self, MAX_UNITS, Text};
use backtalk::text::normalize::{MAX_BYTES, MAX_WORD_CHARS, normalize};

use super::markup;

/// Runs one check on some bytes.
pub(crate) type Check = fn(&[u8]);

/// Every check with its name, which is that of its fuzz target and of its folder of seeds.
pub(crate) const ALL: [(&str, Check); 6] = [
    ("content", content),
    ("normalization", normalization),
    ("payload", payload),
    ("redaction", redaction),
    ("respond", respond),
    ("update", update),
];

/// The content inside the program, learned once.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(built_in()));

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::learn(&built_in()));

fn built_in() -> Faq {
    load::load(&Tree::built_in()).expect("the content inside the program has no fault")
}

/// As much of the bytes as is text.
fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// The faithful form points into the utterance, and normalizing it again changes nothing.
pub(crate) fn normalization(data: &[u8]) {
    let utterance = text(data);
    let normalized = normalize(&utterance);
    let mut reached = 0;
    for word in &normalized.words {
        assert!(!word.text.is_empty());
        assert!(word.text.chars().count() <= MAX_WORD_CHARS, "{word:?}");
        assert!(utterance.get(word.span.clone()).is_some(), "{word:?}");
        assert!(reached <= word.span.start, "{word:?} before {reached}");
        reached = word.span.start;
    }
    let joined = normalized.joined();
    // One character can unfold to eighteen; what is then too long is cut.
    if joined.len() <= MAX_BYTES {
        assert!(normalize(&joined).joined() == joined, "{utterance:?}");
    }
    // Words of people in a message of ours, as when they are quoted.
    sendable(&render::literal(&utterance));
}

/// Whatever is asked gets a reply that Telegram takes. The first byte says what was read before.
pub(crate) fn respond(data: &[u8]) {
    let (before, utterance) = data.split_first().unwrap_or((&0, &[]));
    let previous = ENGINE.faq().entries.get(usize::from(*before));
    let previous = previous.and_then(|entry| ENGINE.faq().position(entry.id.as_str()));
    let utterance = text(utterance);
    let reply = ENGINE.respond(&utterance, previous);
    whole(&reply, ENGINE.faq());
    if let Content::RedFlag(_) = reply.content {
        assert!(reply.answers.is_empty(), "a card and an answer");
        let denied = ENGINE.respond_denied(&utterance, previous);
        assert!(!matches!(denied.content, Content::RedFlag(_)));
        whole(&denied, ENGINE.faq());
    }
    for candidate in &reply.candidates {
        assert!((0.0..=1.0).contains(&candidate.score), "{candidate:?}");
    }
}

/// The reply says something, in both forms, and a doctor is in every answer.
fn whole(reply: &Reply<'_>, faq: &Faq) {
    let said = plain::render(reply, faq);
    assert!(!said.trim().is_empty(), "{reply:?}");
    if let Content::Answer(advice) = &reply.content {
        assert!(said.contains(advice.doctor().as_str()), "{said}");
    }
    sendable(&render::reply(reply, faq));
}

/// Every piece is within Telegram's limit, and its markup is what Telegram reads.
fn sendable(message: &Text) {
    for chunk in message.chunks() {
        assert!(!chunk.plain.trim().is_empty());
        assert!(markup::units(&chunk.plain) <= MAX_UNITS);
        let (read, _) = markup::parse(&chunk.html).expect("Telegram's markup");
        assert_eq!(read, chunk.plain);
    }
}

/// What may be written down of an utterance is known words and placeholders: no digit, no address.
pub(crate) fn redaction(data: &[u8]) {
    let redacted = REDACTOR.redact(&text(data));
    for word in redacted.as_str().split(' ').filter(|word| !word.is_empty()) {
        let plain = word.chars().all(|c| c.is_ascii_lowercase());
        assert!(plain || is_placeholder(word), "{redacted:?}");
    }
}

/// Buttons, links and commands are read without a panic, and what is taken for ours has one spelling.
pub(crate) fn payload(data: &[u8]) {
    let words = text(data);
    if let Some(payload) = Payload::decode(&words) {
        assert_eq!(payload.encode(), words);
        assert!(words.len() <= MAX_CALLBACK_BYTES);
    }
    if let Some(entry) = start_entry(&words) {
        let link = deep_link("some_bot", Some(entry.as_str()));
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_:/.?=".contains(&b);
        assert!(link.bytes().all(is_plain), "{link}");
    }
    if let commands::Parsed::Known(command, arguments) = commands::parse(&words, "Some_Bot", true) {
        assert!(words.contains(arguments), "{command:?}");
    }
}

/// A FAQ of two entries, to which a file is added.
const SMALL: [(&str, &str); 3] = [
    ("faq.toml", "title = \"our library\"\n"),
    (
        "entries/visit/opening-hours.md",
        "+++\nquestion = \"When is the library open?\"\nphrasings = [\"opening hours\"]\nsources = []\n+++\nFrom **nine to five**.\n",
    ),
    (
        "entries/cards/adult-card.md",
        "+++\nquestion = \"How does an adult get a card?\"\nphrasings = [\"library card\"]\nsources = []\n+++\nBring your passport.\n",
    ),
];

/// A file of the content either is good enough to answer from or has faults that name it. The first byte says which file.
pub(crate) fn content(data: &[u8]) {
    let (kind, bytes) = data.split_first().unwrap_or((&b'm', &[]));
    let path = match kind {
        b'd' => "documents.toml",
        b'f' => "faq.toml",
        b'l' => "languages.toml",
        b'm' => {
            // An answer without the rest of an entry.
            let _ = Markdown::parse(&text(bytes));
            return;
        }
        b'o' => "out-of-scope.toml",
        b'r' => "replies.toml",
        b's' => "references.toml",
        b't' => "triage.toml",
        b'v' => "vocabulary.toml",
        _ => "entries/cards/child-card.md",
    };
    let mut tree = Tree::default();
    for (path, content) in SMALL {
        tree.set(path, content);
    }
    tree.set(path, bytes);
    match load::load(&tree) {
        Err(faults) => {
            assert!(!faults.0.is_empty());
            for fault in &faults.0 {
                assert!(!fault.path.is_empty() && !fault.what.is_empty());
                assert!(!fault.remedy.is_empty(), "{fault}");
            }
        }
        Ok(faq) => {
            let engine = Engine::new(faq);
            for entry in &engine.faq().entries {
                whole(&engine.respond(&entry.question, None), engine.faq());
            }
            let last = engine.faq().entries.last();
            if let Some(last) = last.and_then(|e| engine.faq().position(e.id.as_str())) {
                sendable(&render::advice(&engine.answer(last), engine.faq()));
            }
        }
    }
}

/// Any JSON is read as an update, or is none; nothing of it is believed.
pub(crate) fn update(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else {
        return;
    };
    let Some(update) = Update::read(&value) else {
        return;
    };
    assert_eq!(value["update_id"].as_i64(), Some(update.id));
    let _ = update.lane().number();
    match &update.kind {
        Kind::Message(message)
        | Kind::Edited(message)
        | Kind::Business(message)
        | Kind::BusinessEdited(message) => read(message),
        Kind::Callback(callback) => {
            let data = callback.data.as_deref().unwrap_or_default();
            payload(data.as_bytes());
            if let Some(message) = &callback.message {
                let _ = message.has_button(data);
                read(message);
            }
        }
        Kind::Inline(query) => normalization(query.query.as_bytes()),
        Kind::Connection(_) | Kind::BusinessDeleted(_) | Kind::Other => {}
    }
}

fn read(message: &Message) {
    let _ = message.is_service();
    if let Some(words) = message.words() {
        payload(words.as_bytes());
        normalization(words.as_bytes());
    }
    if let Some(original) = &message.reply_to_message {
        read(original);
    }
}
