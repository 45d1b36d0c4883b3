"""The variables that must stand before the apps are imported."""

import os


def prepare() -> None:
    """Set the stage's names, useless credentials and quiet logs.

    A caller's AWS profile or endpoint must not reach the bench: it could end up
    measuring (and writing to) a real account.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        STAGE="dev",
        ACCOUNT_ID="000000000000",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        LOG_LEVEL="ERROR",
        # Lines of metrics would stand between those of the bench's progress.
        POWERTOOLS_METRICS_DISABLED="true",
        RATE_LIMIT_MULTIPLIER="1000",
    )
