"""AWS as the domains use it: clients, DynamoDB, streams, events, idempotency."""
