"""The tweets domain: tweets, engagements and timelines."""
