"""CORS headers that let pages of any origin read answers.

Scripts send tokens, never the browser on its own, so any origin is allowed.
"""

EXPOSED = (
    "x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-reset, x-request-id, location, "
    "retry-after"
)
CORS = {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED}
