-- The address before the last change, which the offer to take the change back goes to.
CREATE TABLE IF NOT EXISTS contacts_former (
    user_id TEXT PRIMARY KEY,
    email TEXT,
    version BIGINT NOT NULL
)
