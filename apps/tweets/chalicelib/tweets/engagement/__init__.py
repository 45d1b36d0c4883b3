"""Likes, bookmarks, views and polls."""
