-- Recipients by number: a reply by SMS names its number only.
CREATE TABLE IF NOT EXISTS number_holders (
    phone TEXT NOT NULL,
    recipient_id TEXT NOT NULL,
    PRIMARY KEY (phone, recipient_id)
)
