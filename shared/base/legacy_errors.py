"""Errors in the shape of X's API 1.1, with its codes.

The codes are those that client libraries of API 1.1 look at.
"""

from typing import Any

from shared.base.components import array, component, record
from shared.base.errors import Problem

CODE_NO_PAGE = 34
_NO_PAGE = (CODE_NO_PAGE, "Sorry, that page does not exist.")
_NOT_FOUND = {
    "user": (50, "User not found."),
    "tweet": (144, "No status found with that ID."),
}
# Beginnings of a problem's detail, each with a code and a message.
_WORDS = (
    ("User has been suspended", 63, "User has been suspended."),
    ("This account is suspended", 64, "Your account is suspended."),
    ("You are not allowed to create a Tweet with duplicate", 187, "Status is a duplicate."),
    ("OAuth 1.0a: The timestamp", 135, "Timestamp out of bounds."),
    ("OAuth 1.0a: The signature", 32, "Could not authenticate you."),
    ("OAuth 1.0a: The nonce", 32, "Could not authenticate you."),
    ("OAuth 1.0a: The Authorization header", 215, "Bad Authentication data."),
)
_BY_STATUS = {
    401: (89, "Invalid or expired token."),
    429: (88, "Rate limit exceeded."),
    500: (131, "Internal error."),
}
_TOO_LONG = (186, "Tweet needs to be a bit shorter.")
_NO_CREDENTIALS = (215, "Bad Authentication data.")
_NO_ACCESS = (220, "Your credentials do not allow access to this resource.")
_READ_ONLY = (261, "Application cannot perform write actions.")
_FORBIDDEN, _MISSING, _INVALID, _BAD_REQUEST = 200, 38, 44, 214

LEGACY_ERRORS = component(
    "LegacyErrors",
    "A failed request, in the shape of X's API 1.1.",
    {
        "errors": array(
            record({"code": {"type": "integer"}, "message": {"type": "string"}}), minItems=1
        )
    },
    example={"errors": [{"code": 144, "message": "No status found with that ID."}]},
)


class LegacyProblem(Problem):
    """Failure with a code of its own in API 1.1."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(status, "about:blank", message, message)
        self.code = code


def no_page() -> LegacyProblem:
    """404 for an address that API 1.1 has and this platform does not."""
    return LegacyProblem(404, *_NO_PAGE)


def document(problem: Problem) -> dict[str, Any]:
    """Return a problem as X's API 1.1 would write it."""
    code, message = code_of(problem)
    return {"errors": [{"code": code, "message": message}]}


def code_of(problem: Problem) -> tuple[int, str]:
    """Return code and message of a problem in API 1.1."""
    if isinstance(problem, LegacyProblem):
        return problem.code, problem.detail
    for beginning, code, message in _WORDS:
        if problem.detail.startswith(beginning):
            return code, message
    match problem.status:
        case 401 if problem.detail == "Unauthorized":
            return _NO_CREDENTIALS
        case 404:
            return _NOT_FOUND.get(str(problem.extra.get("resource_type")), _NO_PAGE)
        case 403:
            return _refusal(problem)
        case 400 if problem.errors:
            return _invalid(problem.errors[0])
    return _BY_STATUS.get(problem.status) or (_BAD_REQUEST, problem.detail)


def _refusal(problem: Problem) -> tuple[int, str]:
    scopes = problem.extra.get("required_scopes", ())
    if any(str(scope).endswith(".write") for scope in scopes):
        return _READ_ONLY
    if scopes or problem.kind == "unsupported-authentication":
        return _NO_ACCESS
    return _FORBIDDEN, problem.detail


def _invalid(error: dict[str, Any]) -> tuple[int, str]:
    message = str(error["message"])
    if "text is too long" in message:
        return _TOO_LONG
    return (_MISSING if "required" in message else _INVALID), message
