"""Structured logs and metrics through AWS Lambda Powertools.

Nothing personal is logged: ids and counts only, never text, addresses or tokens.
"""

import os

from aws_lambda_powertools.logging import Logger

from shared.base.process import process


@process.lasting
def logger() -> Logger:
    """Return the process's JSON logger."""
    return Logger(
        service=os.environ.get("POWERTOOLS_SERVICE_NAME", "rookery"),
        level=os.environ.get("LOG_LEVEL", "INFO"),
        log_uncaught_exceptions=False,
    )
