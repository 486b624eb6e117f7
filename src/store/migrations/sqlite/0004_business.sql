-- Accounts that have the bot answer in their chats.
CREATE TABLE account (
    connection BLOB PRIMARY KEY,            -- keyed hash of Telegram's name for it
    owner      BLOB    NOT NULL,            -- keyed hash of its owner's chat with the bot, for /forget
    may_reply  INTEGER NOT NULL,            -- 1 while the owner wants it and lets the bot reply
    day        TEXT    NOT NULL             -- when it was last of use
) STRICT;

-- Chats of such accounts in which the owner has written, and the bot therefore keeps quiet.
CREATE TABLE pause (
    connection BLOB    NOT NULL,            -- as above
    chat       BLOB    NOT NULL,            -- keyed hash, under a key of its own
    until      INTEGER NOT NULL,            -- Unix seconds
    PRIMARY KEY (connection, chat)
) STRICT;
