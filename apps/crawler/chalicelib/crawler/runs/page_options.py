"""Options of a crawl about fetching and reading pages."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.crawler.core.models import RUNNING
from chalicelib.crawler.extract import rules
from chalicelib.crawler.extract.rules import InvalidRule
from chalicelib.crawler.runs import runs, secrets
from chalicelib.crawler.runs.secrets import InvalidSecret

from shared.aws.dynamo import Item
from shared.base.errors import invalid_request


def attributes(owner_id: str, options: Mapping[str, Any], allow_private: bool) -> Item:
    """Return the attributes of a run for the options of a request.

    Headers, cookies, credentials and the proxy are encrypted (one call of KMS, if there are
    any); ``options`` shows their names.

    Raises:
        Problem: 400 for a selector that is not valid (it is named), a header that no request
            can carry, a proxy that may not be reached, or a base run that is not the user's.
    """
    if not options:
        return {}
    try:
        rules.check(options.get("extract", {}))
        secret = secrets.check(options, allow_private)
    except InvalidRule as error:
        raise invalid_request(f"options.extract.{error.name}: {error.reason}") from error
    except InvalidSecret as error:
        raise invalid_request(str(error)) from error
    if base_run := options.get("base_run"):
        _check_base(owner_id, base_run)
    return {
        "options": json.dumps(secrets.redacted(options)),
        "secrets": secrets.seal(owner_id, secret),
    }


def _check_base(owner_id: str, base_run: str) -> None:
    found = runs.find(base_run)
    if found is None or found.owner_id != owner_id:
        raise invalid_request("options.base_run: not a crawl of yours", base_run=base_run)
    if found.status == RUNNING:
        raise invalid_request("options.base_run: that crawl is still running", base_run=base_run)
