"""Chalice application of a domain."""

import sys
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Response

from shared.auth.authentication import KeyVerifier
from shared.aws import sdk
from shared.http import multipart, pipeline
from shared.http.api import Api, Endpoint
from shared.http.cors import CORS


class Application(Chalice):
    """Chalice application that knows its routes as data.

    Args:
        verify_key: of a domain whose outside callers hold API keys.
    """

    def __init__(
        self, domain: str, apis: list[Api], *, verify_key: KeyVerifier | None = None
    ) -> None:
        super().__init__(app_name=f"rookery-{domain}")
        _quicken_local_server()
        self.domain = domain
        # API Gateway would treat bodies of this type as text.
        self.api.binary_types = [*self.api.binary_types, multipart.FORM_DATA]
        self.endpoints: list[Endpoint] = [e for api in apis for e in api.endpoints]
        for endpoint in self.endpoints:
            endpoint.domain = domain
            endpoint.verify_key = verify_key
        for api in apis:
            api.runner = _run
            self.register_blueprint(api)

    def __call__(self, event: Any, context: Any) -> Any:
        """Answer a request in Lambda's form; any origin may read the answer."""
        response = super().__call__(event, context)
        for name, value in CORS.items():
            response["headers"].setdefault(name, value)
        return response

    def on_dynamodb_record(self, stream_arn: str, **options: Any) -> Any:  # type: ignore[override]
        """Call a function with the changes of a table, oldest first.

        ``stream_arn`` is the name of the table.
        """
        options["starting_position"] = "TRIM_HORIZON"
        return super().on_dynamodb_record(stream_arn=_stream(stream_arn), **options)


def _quicken_local_server() -> None:
    """Let `chalice local` send each answer as one segment and at once.

    Its handler writes head and body apart, unbuffered: Nagle's algorithm holds the body back
    until the client's delayed acknowledgement, about 40 ms (RFC 1122, 4.2.3.2 and 4.2.3.4).
    """
    if not _run_by_chalice("local"):
        return
    from chalice.local import ChaliceRequestHandler

    ChaliceRequestHandler.wbufsize = -1
    ChaliceRequestHandler.disable_nagle_algorithm = True


def _run_by_chalice(command: str) -> bool:
    return Path(sys.argv[0]).name == "chalice" and command in sys.argv[1:]


def _stream(table: str) -> Any:
    """Return a table's stream as Chalice's command at work needs it.

    ``chalice deploy`` needs the ARN. A packaged template imports it from the stack of the
    table. Everywhere else the table's name stands for it: the local runner finds the stream by it.

    Raises:
        RuntimeError: this Chalice would leave out packages without an error.
    """
    packages = _run_by_chalice("package")
    if not packages and not _run_by_chalice("deploy"):
        return table
    if "scripts.wiring.command" not in sys.modules:
        raise RuntimeError("use the chalice of this repository: make install, .venv/bin/chalice")
    if packages:
        return {"Fn::ImportValue": f"{table.replace('_', '-')}-stream"}
    return sdk.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]


def _run(endpoint: Endpoint, request: Any, path: dict[str, str]) -> Response:
    return pipeline.respond(endpoint, request, path)
