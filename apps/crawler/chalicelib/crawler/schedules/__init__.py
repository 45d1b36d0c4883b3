"""Schedules: crawls that start again, by rate or cron expression."""
