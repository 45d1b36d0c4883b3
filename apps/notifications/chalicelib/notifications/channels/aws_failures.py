"""Failures of AWS calls in the words of the port."""

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.core.message import ConfigurationFailure, TransientFailure

_CONFIGURATION = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException"),
        *("ForbiddenException", "IncompleteSignature", "InvalidClientTokenId"),
        *("InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException"),
    }
)

_LIMITS = frozenset({"Throttled", "Throttling", "ThrottlingException", "TooManyRequestsException"})


def failure(service: str, error: ClientError | BotoCoreError) -> Exception:
    """Return the failure for an error that no adapter knows better.

    Credentials and rights are the operator's; all else may pass.
    """
    if isinstance(error, BotoCoreError):
        return TransientFailure(detail=f"{service}: {type(error).__name__}")
    code = error.response["Error"]["Code"]
    if code in _CONFIGURATION:
        return ConfigurationFailure(f"{service} answered {code}")
    return TransientFailure(detail=f"{service} answered {code}", unsent=code in _LIMITS)
