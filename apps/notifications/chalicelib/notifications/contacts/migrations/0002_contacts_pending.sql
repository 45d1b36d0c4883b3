-- A new address that is not verified yet; the mail that verifies it goes there.
CREATE TABLE IF NOT EXISTS contacts_pending (
    user_id TEXT PRIMARY KEY,
    email TEXT,
    version BIGINT NOT NULL
)
