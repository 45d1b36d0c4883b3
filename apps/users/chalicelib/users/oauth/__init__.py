"""The OAuth 2.0 authorization server and its tokens."""
