"""Apps that stand behind the gateway, and what its problems look like."""

import json
from typing import Any

from aiohttp import web

HOST = {"Host": "localhost:8000"}


def domain_app() -> Any:
    """Stands in for a domain's process and tells what reached it."""

    async def echo(request: Any) -> Any:
        body = await request.read()
        return web.json_response(
            {
                "path": request.raw_path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "size": len(body),
            },
            status=201 if request.method == "POST" else 200,
            headers={"X-Mine": "yes", "Connection": "X-Hop", "X-Hop": "1", "Keep-Alive": "1"},
        )

    async def large(_: Any) -> Any:
        return web.Response(body=b"x" * 700_000)

    async def nothing(_: Any) -> Any:
        # As the apps: with the type of what is not there.
        return web.Response(status=204, content_type="application/json")

    async def moved(_: Any) -> web.Response:
        raise web.HTTPFound("https://elsewhere.example/")

    async def health(_: Any) -> Any:
        return web.json_response({"status": "ok", "queues": {"q": {"visible": 2}}})

    app = web.Application(client_max_size=20_000_000)
    app.router.add_get("/_health", health)
    app.router.add_get("/2/users/large", large)
    app.router.add_get("/2/users/moved", moved)
    app.router.add_delete("/2/users/gone", nothing)
    app.router.add_route("*", "/{path:.*}", echo)
    return app


def emulator_app() -> Any:
    async def messages(_: Any) -> Any:
        mails = [
            mail("a@example.com", "first", 1.0),
            mail("b@example.com", "x", 2.0),
        ]
        return web.json_response({"messages": {"000000000000": mails}})

    app = web.Application()
    app.router.add_get("/_ministack/ses/messages", messages)
    return app


def mail(to: Any, subject: Any, at: Any, text: Any = "", markup: Any = None) -> Any:
    return {"To": [to], "CC": [], "BCC": [], "Subject": subject, "BodyText": text,
            "BodyHtml": markup, "Timestamp": at}  # fmt: skip


def check_problem(answered: tuple[Any, bytes], status: int) -> Any:
    answer, content = answered
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    document = json.loads(content)
    assert document["status"] == status
    assert set(document) == {"title", "detail", "status", "type"}
    return document
