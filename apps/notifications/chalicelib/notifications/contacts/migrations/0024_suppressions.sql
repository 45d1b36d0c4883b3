-- Addresses that bounced, complained or opted out, by digest: nothing is sent there.
CREATE TABLE IF NOT EXISTS suppressions (
    channel TEXT NOT NULL,
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (channel, digest)
)
