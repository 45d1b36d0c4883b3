-- The address before the last change; the mail that undoes the change goes there.
CREATE TABLE IF NOT EXISTS contacts_former (
    user_id TEXT PRIMARY KEY,
    email TEXT,
    version BIGINT NOT NULL
)
