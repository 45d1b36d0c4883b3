"""Formats of pictures, videos and subtitles."""
