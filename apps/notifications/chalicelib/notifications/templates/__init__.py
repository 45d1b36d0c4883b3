"""Texts of the channels, rendered when they are sent."""
