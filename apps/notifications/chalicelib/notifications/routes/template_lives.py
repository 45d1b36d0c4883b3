"""``/1/templates/{name}/…``: versions, and templates out of use."""

from typing import Any

from chalicelib.notifications.routes.templates import READ, SUMMARY, WRITE, name_of, owner, summary
from chalicelib.notifications.templates import store

from shared.base.answers import NO_BODY, page_of
from shared.base.clock import iso
from shared.base.components import COUNT, MOMENT, TEXT, data, record
from shared.base.pagination import decode_position, encode_token
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Notification templates")


@api.endpoint(
    "DELETE",
    "/1/templates/{name}",
    access=WRITE,
    summary="Archive a template",
    answer=NO_BODY,
    status=204,
)
def archive_template(call: Call) -> None:
    """Take a template out of use, without its draft.

    Nothing is sent with it any more, but notifications that were accepted keep their version. A
    template that was never published is deleted for good.
    """
    store.archive(owner(call), name_of(call))


@api.endpoint(
    "POST",
    "/1/templates/{name}/restore",
    access=WRITE,
    summary="Restore a template",
    answer=data(SUMMARY),
)
def restore_template(call: Call) -> dict[str, Any]:
    """Take an archived template into use again, with its published version."""
    return {"data": summary(store.restore(owner(call), name_of(call)))}


@api.endpoint(
    "GET",
    "/1/templates/{name}/versions",
    access=READ,
    summary="List the versions of a template",
    answer=page_of(
        record({"version": COUNT, "published_at": MOMENT}),
        record({"result_count": COUNT}, {"next_token": TEXT}),
    ),
    query={
        "max_results": max_results(1, 100, 20),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
    },
)
def list_template_versions(call: Call) -> dict[str, Any]:
    """List a template's versions, the newest first.

    Each can be read and previewed.
    """
    owner_id, size = owner(call), call.query["max_results"]
    head = store.head(owner_id, name_of(call))
    context = f"versions:{head.name}"
    position = decode_position(context, call.query.get("pagination_token"), before=int)
    found = store.versions(owner_id, head.name, position["before"] if position else None, size)
    meta: dict[str, Any] = {"result_count": len(found)}
    if len(found) == size and found[-1][0] > 1:
        meta["next_token"] = encode_token(context, {"before": found[-1][0]})
    shown = [{"version": number, "published_at": iso(at)} for number, at in found]
    return {"data": shown, "meta": meta} if shown else {"meta": meta}
