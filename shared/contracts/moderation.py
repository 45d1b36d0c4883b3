"""Categories of reports and removals, common to users and tweets."""

# Categories of reports and reasons to remove a tweet, with their labels.
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
