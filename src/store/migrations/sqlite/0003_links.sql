-- What came of each therapist's link, day by day.
CREATE TABLE link_day (
    day       TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    chats     INTEGER NOT NULL DEFAULT 0,   -- that came by it
    questions INTEGER NOT NULL DEFAULT 0,   -- asked in such chats
    PRIMARY KEY (day, code)
) STRICT;
