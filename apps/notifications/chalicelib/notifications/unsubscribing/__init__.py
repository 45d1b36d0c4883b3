"""Signed links of mails: unsubscribing and preferences."""
