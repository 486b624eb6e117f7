//! Keys drawn from the bot token: what is waiting is sealed, and chats are recognised without being named.
//!
//! Nothing here is stored. Whoever holds the database but not the token can neither read an update nor find out
//! whether a known chat is in it. A new token is a new set of keys: what was sealed before can no longer be opened.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// Bytes of a nonce; long enough to be drawn at random for every row.
const NONCE_BYTES: usize = 24;
/// Bytes kept of a keyed hash: 128 bits, so that two chats never meet by chance.
const CHAT_BYTES: usize = 16;

/// A chat, recognisable only with the token: a keyed hash of its id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatKey([u8; CHAT_BYTES]);

impl ChatKey {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key as the database gives it back; `None` when it has another length.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for ChatKey {
    /// Hidden, since a log must not tell chats apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[chat]")
    }
}

/// The keys of one bot token.
pub(super) struct Keys {
    cipher: XChaCha20Poly1305,
    order: [u8; 32],
    referral: [u8; 32],
    claim: [u8; 32],
    therapist: [u8; 32],
    connection: [u8; 32],
    owner: [u8; 32],
    pause: [u8; 32],
}

impl Keys {
    /// Draws the keys from the token, each for one use.
    pub(super) fn derive(token: &Secret) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(&draw(token, "inbox row").into()),
            order: draw(token, "inbox order"),
            referral: draw(token, "referral"),
            claim: draw(token, "claim"),
            therapist: draw(token, "therapist"),
            connection: draw(token, "business connection"),
            owner: draw(token, "business owner"),
            pause: draw(token, "business pause"),
        }
    }

    /// The key that orders a chat's updates in the inbox.
    pub(super) fn order(&self, chat: i64) -> ChatKey {
        keyed_hash(&self.order, &chat.to_be_bytes())
    }

    /// The key that remembers whose link a chat came by; not to be linked with the inbox's.
    pub(super) fn referral(&self, chat: i64) -> ChatKey {
        keyed_hash(&self.referral, &chat.to_be_bytes())
    }

    /// The key that remembers that a chat is a therapist's own.
    pub(super) fn therapist(&self, chat: i64) -> ChatKey {
        keyed_hash(&self.therapist, &chat.to_be_bytes())
    }

    /// The key that recognises the secret of a therapist's link.
    pub(super) fn claim(&self, secret: &str) -> ChatKey {
        keyed_hash(&self.claim, secret.as_bytes())
    }

    /// The key that recognises an account which has the bot answer in its chats, by Telegram's name for the connection.
    pub(super) fn connection(&self, id: &str) -> ChatKey {
        keyed_hash(&self.connection, id.as_bytes())
    }

    /// The key that finds the accounts of whoever asks to be forgotten, by their chat with the bot.
    pub(super) fn owner(&self, chat: i64) -> ChatKey {
        keyed_hash(&self.owner, &chat.to_be_bytes())
    }

    /// The key of a chat in which the bot keeps quiet.
    pub(super) fn pause(&self, chat: i64) -> ChatKey {
        keyed_hash(&self.pause, &chat.to_be_bytes())
    }

    /// Encrypts an update. Bound to its row, so that no row can be passed off as another.
    ///
    /// `None` when the operating system gives no random numbers.
    pub(super) fn seal(&self, row: Row, update: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).ok()?;
        let payload = Payload {
            msg: update,
            aad: &row.bytes(),
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&nonce, sealed.as_slice()].concat())
    }

    /// Decrypts an update; `None` when it was sealed with another token, for another row, or was changed.
    pub(super) fn open(&self, row: Row, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: &row.bytes(),
        };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// The secret by which a webhook knows Telegram, in hexadecimal digits. Drawn from the token rather than at random, so
/// that all replicas have the same and a restart keeps it.
#[must_use]
pub fn webhook_secret(token: &Secret) -> Secret {
    let key = draw(token, "webhook secret");
    Secret::new(key.map(|byte| format!("{byte:02x}")).concat())
}

/// A key for one use: HKDF-SHA256 with the use as its context.
fn draw(token: &Secret, usage: &str) -> [u8; 32] {
    let source = Hkdf::<Sha256>::new(Some(b"backtalk store"), token.expose().as_bytes());
    let mut key = [0; 32];
    source
        .expand(usage.as_bytes(), &mut key)
        .expect("32 bytes are far below HKDF's limit of 8160");
    key
}

/// What identifies a row of the inbox.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) update_id: i64,
    pub(super) chat: ChatKey,
}

impl Row {
    fn bytes(self) -> [u8; 8 + CHAT_BYTES] {
        let mut bytes = [0; 8 + CHAT_BYTES];
        bytes[..8].copy_from_slice(&self.update_id.to_be_bytes());
        bytes[8..].copy_from_slice(&self.chat.0);
        bytes
    }
}

fn keyed_hash(key: &[u8; 32], what: &[u8]) -> ChatKey {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(what);
    let hash = mac.finalize().into_bytes();
    let mut short = [0; CHAT_BYTES];
    short.copy_from_slice(&hash[..CHAT_BYTES]);
    ChatKey(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(token: &str) -> Keys {
        Keys::derive(&Secret::new(token))
    }

    fn row(keys: &Keys, update_id: i64, chat: i64) -> Row {
        Row {
            update_id,
            chat: keys.order(chat),
        }
    }

    #[test]
    fn a_sealed_update_opens_with_the_same_token_only() {
        let (ours, other) = (keys("1:a"), keys("1:b"));
        let row = row(&ours, 7, 42);
        let sealed = ours.seal(row, b"my back hurts").expect("random numbers");
        assert_eq!(
            ours.open(row, &sealed).as_deref(),
            Some(&b"my back hurts"[..])
        );
        assert_eq!(other.open(row, &sealed), None);
    }

    #[test]
    fn a_sealed_update_opens_in_its_own_row_only() {
        let keys = keys("1:a");
        let sealed = keys.seal(row(&keys, 7, 42), b"x").expect("random numbers");
        assert_eq!(keys.open(row(&keys, 8, 42), &sealed), None);
        assert_eq!(keys.open(row(&keys, 7, 43), &sealed), None);
    }

    #[test]
    fn a_changed_or_cut_row_does_not_open() {
        let keys = keys("1:a");
        let row = row(&keys, 7, 42);
        let sealed = keys.seal(row, b"hello").expect("random numbers");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open(row, &changed), None, "byte {at}");
            assert_eq!(keys.open(row, &sealed[..at]), None, "first {at} bytes");
        }
    }

    #[test]
    fn the_same_update_never_looks_the_same_twice() {
        let keys = keys("1:a");
        let row = row(&keys, 7, 42);
        assert_ne!(keys.seal(row, b"hello"), keys.seal(row, b"hello"));
    }

    #[test]
    fn the_webhooks_secret_is_the_tokens_own_and_fit_for_a_header() {
        let secret = |token: &str| webhook_secret(&Secret::new(token)).expose().to_owned();
        assert_eq!(secret("1:a"), secret("1:a"));
        assert_ne!(secret("1:a"), secret("1:b"));
        assert_eq!(secret("1:a").len(), 64);
        assert!(secret("1:a").bytes().all(|b| b.is_ascii_hexdigit()));
    }

    #[test]
    fn a_chat_has_one_key_per_token_and_use() {
        let (ours, other) = (keys("1:a"), keys("1:b"));
        assert_eq!(ours.order(42), ours.order(42));
        assert_ne!(ours.order(42), ours.order(43));
        assert_ne!(ours.order(42), ours.referral(42));
        assert_ne!(ours.order(42), other.order(42));
    }
}
