"""Dispatch, the delivery ledger, the inbox and the channels."""
