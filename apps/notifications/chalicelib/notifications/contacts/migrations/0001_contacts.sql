-- One row per user. The versions are those of the events that set the columns:
-- an address is verified while verified_version is not older than email_version.
CREATE TABLE IF NOT EXISTS contacts (
    user_id TEXT PRIMARY KEY,
    email TEXT,
    username TEXT,
    name TEXT,
    email_version BIGINT NOT NULL DEFAULT 0,
    verified_version BIGINT NOT NULL DEFAULT 0,
    name_version BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL
)
