-- What an outside caller knows of a contact, as a JSON object of texts.
CREATE TABLE IF NOT EXISTS contact_attributes (
    owner TEXT NOT NULL,
    recipient_id TEXT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (owner, recipient_id)
)
