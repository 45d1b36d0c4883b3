"""Formats of pictures, videos and subtitles, and addresses of media."""
