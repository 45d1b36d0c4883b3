"""Costs that grow with the platform.

Requests together with all their workers, and pages by the size of what they meet.
"""
