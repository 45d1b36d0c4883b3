"""Crawls of made-up webs: costs, growth, politeness, memory."""
