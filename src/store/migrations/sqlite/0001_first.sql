-- What the bot keeps. No user id, chat id, name or readable message: chats are keyed hashes, updates are sealed.

-- Updates between Telegram's delivery and our reply.
CREATE TABLE inbox (
    update_id  INTEGER PRIMARY KEY,
    chat       BLOB    NOT NULL,            -- keyed hash; orders the updates of one chat, empty once done
    sealed     BLOB    NOT NULL,            -- nonce and ciphertext; empty once done or poisoned
    day        TEXT    NOT NULL,            -- when it came, YYYY-MM-DD
    state      TEXT    NOT NULL DEFAULT 'waiting'
               CHECK (state IN ('waiting', 'done', 'poisoned', 'unreadable')),
    tries      INTEGER NOT NULL DEFAULT 0,
    claimed_by INTEGER NOT NULL DEFAULT 0,  -- the process that handles it, a random number
    due        INTEGER NOT NULL DEFAULT 0   -- Unix milliseconds; waiting: not to be claimed before, done: to be forgotten then
) STRICT;

CREATE INDEX inbox_order ON inbox (chat, update_id) WHERE state = 'waiting';

-- How often an entry was shown and judged.
CREATE TABLE entry_day (
    day         TEXT    NOT NULL,
    entry       TEXT    NOT NULL,
    shown       INTEGER NOT NULL DEFAULT 0,
    helpful     INTEGER NOT NULL DEFAULT 0,
    not_helpful INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, entry)
) STRICT;

-- How often each decision was taken.
CREATE TABLE decision_day (
    day      TEXT    NOT NULL,
    decision TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (day, decision)
) STRICT;

-- What the FAQ does not cover, in redacted words.
CREATE TABLE unanswered (
    words     TEXT    PRIMARY KEY,
    count     INTEGER NOT NULL,
    first_day TEXT    NOT NULL,
    last_day  TEXT    NOT NULL
) STRICT;

-- Which therapist's link a chat came by.
CREATE TABLE referral (
    chat BLOB PRIMARY KEY,                  -- keyed hash, under another key than the inbox
    code TEXT NOT NULL,
    day  TEXT NOT NULL                      -- when it was last of use
) STRICT;
