"""Imports of tweets, likes and lists into a local stack."""
