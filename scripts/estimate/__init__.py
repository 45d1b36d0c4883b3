"""Estimates of what a workload costs per month on AWS."""
