"""Delivery of notifications: faults, costs, and peers."""
