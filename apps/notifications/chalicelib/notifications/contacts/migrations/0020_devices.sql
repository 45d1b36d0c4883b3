-- Devices of users. A row counts only while device_owners names the same user.
-- registered_at: the last registration; address: a token, an endpoint or a webhook.
CREATE TABLE IF NOT EXISTS devices (
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    platform TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT,
    registered_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, id)
)
