-- What came of each therapist's link, day by day.
CREATE TABLE link_day (
    day       TEXT   NOT NULL,
    code      TEXT   NOT NULL,
    chats     BIGINT NOT NULL DEFAULT 0,   -- that came by it
    questions BIGINT NOT NULL DEFAULT 0,   -- asked in such chats
    PRIMARY KEY (day, code)
);
