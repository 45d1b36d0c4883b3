"""Uploads, processing and usage of media."""
