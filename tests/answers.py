"""Holds live answers against the schemas that their routes declare.

Objects are closed here: a member that no schema names is an error, so that the
API document cannot lag behind the answers.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from scripts.checks.answers_check import SUFFIX
from shared.base.answers import JSON, PROBLEM
from shared.base.legacy_errors import LEGACY_ERRORS
from shared.http.api import Endpoint
from shared.http.pipeline import PROBLEM_TYPE

NOT_MODIFIED = 304


class WrongAnswer(AssertionError):
    """An answer that its route does not declare."""


class AnswerCheck:
    """All routes, with their answers' validators compiled at their first use.

    Args:
        notes: a directory that learns which declared answers were seen, for
            `scripts.checks.answers_check`.
    """

    def __init__(self, endpoints: Iterable[Endpoint], notes: str | None = None) -> None:
        self._notes = Path(notes) if notes else None
        self._seen: set[str] = set()
        self._routes: dict[tuple[str, int], list[tuple[re.Pattern[str], Endpoint]]] = {}
        # What is spelled out goes before a variable of the same place.
        for endpoint in sorted(endpoints, key=lambda one: one.path.replace("{", "\U0010ffff")):
            pattern = re.compile(re.sub(r"{\w+}", "[^/]+", endpoint.path.replace(".", r"\.")))
            key = endpoint.method, endpoint.path.count("/")
            self._routes.setdefault(key, []).append((pattern, endpoint))
        self._validators: dict[int, Draft202012Validator] = {}
        self._problem = Draft202012Validator(closed(PROBLEM))
        self._legacy = Draft202012Validator(closed(LEGACY_ERRORS))

    def check(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Check one answer; those of paths that no route has are not looked at.

        Raises:
            WrongAnswer: its status, type or body is not as declared.
        """
        endpoint = self._endpoint(method, path.partition("?")[0])
        if endpoint is None:
            return
        content_type = headers.get("content-type", "").partition(";")[0]
        if wrong := self._wrong(endpoint, status, content_type, body):
            raise WrongAnswer(f"{method} {endpoint.path} {status}: " + "; ".join(wrong))
        if any(one.status == status for one in endpoint.answers) and content_type != PROBLEM_TYPE:
            self._note(f"{method} {endpoint.path} {status}")

    def _note(self, seen: str) -> None:
        if self._notes is None or seen in self._seen:
            return
        self._seen.add(seen)
        # By process: a worker of the tests may be forked from another.
        with (self._notes / f"{os.getpid()}{SUFFIX}").open("a") as target:
            target.write(f"{seen}\n")

    def _endpoint(self, method: str, path: str) -> Endpoint | None:
        found = self._routes.get((method, path.count("/")), ())
        return next((one for pattern, one in found if pattern.fullmatch(path)), None)

    def _wrong(self, endpoint: Endpoint, status: int, media_type: str, body: bytes) -> list[str]:
        if endpoint.legacy and status >= 400 and media_type == JSON:
            return _errors(self._legacy, body)
        if media_type == PROBLEM_TYPE:
            return _errors(self._problem, body) if status >= 400 else [media_type]
        if status == NOT_MODIFIED:
            return [] if not body and endpoint.method == "GET" else ["not a 304"]
        answers = [one for one in endpoint.answers if one.status == status]
        if not answers:
            return [f"declared are {[one.status for one in endpoint.answers]}: {body[:300]!r}"]
        (answer,) = answers
        if not body:
            return [] if not answer.media_type or answer.may_be_empty else ["no body"]
        if media_type != answer.media_type:
            return [f"{media_type} instead of {answer.media_type}"]
        if media_type != JSON or answer.schema is None:
            return []
        validator = self._validators.get(id(answer))
        if validator is None:
            validator = Draft202012Validator(closed(answer.schema))
            self._validators[id(answer)] = validator
        return _errors(validator, body)


def closed(schema: Any) -> Any:
    """Return a schema whose objects have no members but those that it names."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def _errors(validator: Draft202012Validator, body: bytes) -> list[str]:
    errors = validator.iter_errors(json.loads(body))
    return [f"{error.json_path}: {error.message[:300]}" for error in errors]
