"""Schedules: crawls that start again and again, by a rate or a cron expression."""
