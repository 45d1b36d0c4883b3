"""Packaging and deployment to AWS."""
