"""Requests to addresses that strangers chose, safe against SSRF."""
