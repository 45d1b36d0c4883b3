"""Who a caller is and what they may do: tokens, signatures, scopes, roles, revocations."""
