"""The pipeline of every list of tweets: skeleton, hydrate, rules, present."""
