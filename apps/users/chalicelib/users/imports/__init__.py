"""Imports of users and follows into a local stack."""
