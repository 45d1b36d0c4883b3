"""The users domain: identity, OAuth 2.0, profiles and the social graph."""
