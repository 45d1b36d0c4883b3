-- A verified number, and a number to which a code was sent. The code itself is not stored:
-- it follows from its reference.
CREATE TABLE IF NOT EXISTS phones (
    user_id TEXT PRIMARY KEY,
    phone TEXT,
    verified_at BIGINT,
    pending TEXT,
    reference TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL DEFAULT 0
)
