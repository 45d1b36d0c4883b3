"""Items of tweets, likes and lists that an operator imports into a local stack."""
