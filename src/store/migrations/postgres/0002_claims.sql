-- Links by which therapists claim their chat: once, within days. Of the link only a keyed hash.
CREATE TABLE claim (
    secret BYTEA PRIMARY KEY,
    code   TEXT NOT NULL,
    day    TEXT NOT NULL                    -- when it was made
);

-- Chats that therapists have claimed.
CREATE TABLE therapist (
    chat BYTEA PRIMARY KEY,                  -- keyed hash, under a key of its own
    code TEXT NOT NULL,
    day  TEXT NOT NULL                      -- when it was last of use
);
