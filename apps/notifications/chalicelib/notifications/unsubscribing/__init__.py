"""Signed links of mails: one-click unsubscription and the page of preferences."""
