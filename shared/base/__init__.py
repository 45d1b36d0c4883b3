"""Foundations without AWS or HTTP."""
