"""Links, mentions and hashtags in text, and canonical URLs."""
