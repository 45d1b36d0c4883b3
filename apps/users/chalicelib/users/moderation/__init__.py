"""Suspensions, roles and reports."""
