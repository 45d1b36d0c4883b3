"""Words that moderation has in common across domains."""

# What a report may be about, and why a tweet may be removed; in words for people.
CATEGORIES: dict[str, str] = {
    "spam": "Spam or manipulation",
    "abuse": "Abuse or harassment",
    "hate": "Hate",
    "violence": "Violence or threats",
    "self_harm": "Suicide or self-harm",
    "sexual": "Sexual or sensitive content",
    "impersonation": "Impersonation",
    "privacy": "Private information",
    "illegal": "Illegal goods or acts",
    "other": "Something else",
}
