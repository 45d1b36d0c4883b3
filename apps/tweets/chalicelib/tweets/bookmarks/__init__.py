"""Folders of bookmarks."""
