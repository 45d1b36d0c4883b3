-- The one user who holds a device: a login on it moves it.
CREATE TABLE IF NOT EXISTS device_owners (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL
)
