-- Consents and their withdrawals, each with its time and source.
CREATE TABLE IF NOT EXISTS consents (
    user_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    at BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (user_id, channel, at)
)
