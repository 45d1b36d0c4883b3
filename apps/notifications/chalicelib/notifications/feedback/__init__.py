"""Events of providers: receipts, bounces, complaints, opt-outs."""
