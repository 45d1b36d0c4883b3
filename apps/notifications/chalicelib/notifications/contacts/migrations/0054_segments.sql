-- Conditions on recipients under a name, as a JSON object.
CREATE TABLE IF NOT EXISTS segments (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    conditions TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
)
