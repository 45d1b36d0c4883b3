"""Success answers of a route, as its declaration states them."""

from dataclasses import dataclass, replace

from shared.base.components import COUNT, TEXT, array, component, record
from shared.base.validation import Schema

JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True)
class Answer:
    """One way in which a route answers.

    Attributes:
        schema: JSON Schema of the body; ``None`` where the body is no JSON.
        status: HTTP status code; 0 stands for the route's own.
        media_type: content type of the body; empty where there is no body.
        may_be_empty: some requests are answered without a body.
        description: one sentence for the API document.
        headers: response headers that clients read, with a description each.
    """

    schema: Schema | None = None
    status: int = 0
    media_type: str = JSON
    may_be_empty: bool = False
    description: str = ""
    headers: tuple[tuple[str, str], ...] = ()


NO_BODY = Answer(media_type="", description="Success, without a body")
PAGE = Answer(media_type=HTML, description="An HTML page")
REDIRECT = Answer(
    status=302,
    media_type="",
    description="Redirect",
    headers=(("location", "Address of the next page"),),
)

# What a declaration may give: a schema for the usual case, or several answers.
Answers = Schema | Answer | tuple[Answer, ...]


def declared(given: Answers, status: int) -> tuple[Answer, ...]:
    """Return the answers of a declaration with their status codes filled in."""
    if isinstance(given, dict):
        given = Answer(given)
    answers = (given,) if isinstance(given, Answer) else given
    return tuple(one if one.status else replace(one, status=status) for one in answers)


_PARAMETERS: Schema = {"type": "object", "additionalProperties": array(TEXT)}
PROBLEM = component(
    "Problem",
    "A failed request (RFC 9457), with X's `type` addresses.",
    {
        "title": TEXT,
        "detail": TEXT,
        "type": {"type": "string", "format": "uri-reference"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
    },
    {
        "errors": {
            **array(record({"message": TEXT, "parameters": _PARAMETERS})),
            "description": "Each invalid parameter or member of the body; at most ten.",
        },
        "required_scopes": {
            **array(TEXT),
            "description": "The scopes that the operation needs and the token lacks.",
        },
        "resource_type": TEXT,
        "resource_id": TEXT,
        "parameter": TEXT,
        "value": TEXT,
        "totp_required": {"const": True, "description": "Log in again with a `totp` code."},
    },
    {
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.x.com/2/problems/invalid-request",
        "status": 400,
        "errors": [
            {
                "message": "The `id` path parameter value [x] is not a valid id",
                "parameters": {"id": ["x"]},
            }
        ],
    },
)
PARTIAL_ERROR = component(
    "PartialError",
    "A resource or field that is missing from an answer which is otherwise complete.",
    {"title": TEXT, "detail": TEXT, "type": {"type": "string", "format": "uri-reference"}},
    {
        "resource_type": TEXT,
        "resource_id": TEXT,
        "parameter": TEXT,
        "value": TEXT,
        "section": TEXT,
        "field": TEXT,
    },
)
PAGE_META = component(
    "PageMeta",
    "Size of a page, and tokens of its neighbours.",
    {"result_count": COUNT},
    {
        "next_token": {**TEXT, "description": "Absent on the last page."},
        "previous_token": {**TEXT, "description": "Absent on the first page."},
    },
)


def page_of(item: Schema, meta: Schema = PAGE_META, **more: Schema) -> Schema:
    """Return the schema of a page; an empty one has no ``data``.

    Args:
        more: further members that may be there.
    """
    return record({"meta": meta}, {"data": array(item, minItems=1), **more})
