CREATE TABLE IF NOT EXISTS outside_contacts (
    owner TEXT NOT NULL,
    recipient_id TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    locale TEXT,
    time_zone TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (owner, recipient_id)
)
