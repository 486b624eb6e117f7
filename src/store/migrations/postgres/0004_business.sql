-- Accounts that have the bot answer in their chats.
CREATE TABLE account (
    connection BYTEA PRIMARY KEY,            -- keyed hash of Telegram's name for it
    owner      BYTEA  NOT NULL,              -- keyed hash of its owner's chat with the bot, for /forget
    may_reply  BIGINT NOT NULL,              -- 1 while the owner wants it and lets the bot reply
    day        TEXT   NOT NULL               -- when it was last of use
);

-- Chats of such accounts in which the owner has written, and the bot therefore keeps quiet.
CREATE TABLE pause (
    connection BYTEA  NOT NULL,              -- as above
    chat       BYTEA  NOT NULL,              -- keyed hash, under a key of its own
    until      BIGINT NOT NULL,              -- Unix seconds
    PRIMARY KEY (connection, chat)
);
