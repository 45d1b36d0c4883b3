"""Link cards of tweets."""
