"""What lets pages of any origin read answers (Fetch standard, CORS protocol).

Tokens are sent by scripts, never by the browser on its own, so any origin may ask.
"""

EXPOSED = (
    "x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-reset, x-request-id, location, "
    "retry-after"
)
CORS = {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED}
