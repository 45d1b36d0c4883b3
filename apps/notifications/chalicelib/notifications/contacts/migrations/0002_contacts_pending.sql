-- An address that somebody wants to use and has not proved yet; its mail goes there.
CREATE TABLE IF NOT EXISTS contacts_pending (
    user_id TEXT PRIMARY KEY,
    email TEXT,
    version BIGINT NOT NULL
)
