"""Bodies of type ``multipart/form-data`` (RFC 7578).

They are held in memory: a few megabytes at most.
"""

from typing import Any

from shared.base.errors import Problem, invalid_request

FORM_DATA = "multipart/form-data"
_MAX_PARTS = 20
_MAX_FIELD = 10_000
# twitter-api-v2 sends bytes without a file name; these parts are files all the same.
_ALWAYS_FILES = frozenset({b"media"})


class _TooMuch(ValueError):
    """More parts, or a longer field, than clients send."""


def parse(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return fields and files by name; the clients' file names are ignored.

    Raises:
        Problem: 400 when it is not well-formed, repeats a name or has too many parts.
    """
    import python_multipart as multipart
    from python_multipart.exceptions import FormParserError

    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}

    def keep(name: bytes | None, value: bytes, target: dict[str, Any]) -> None:
        key = (name or b"").decode("utf-8")
        if key in fields or key in files or len(fields) + len(files) >= _MAX_PARTS:
            raise _TooMuch(key)
        if target is fields and len(value) > _MAX_FIELD:
            raise _TooMuch(key)
        target[key] = value.decode("utf-8") if target is fields else value

    def on_field(field: Any) -> None:
        target: dict[str, Any] = files if field.field_name in _ALWAYS_FILES else fields
        keep(field.field_name, field.value or b"", target)

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        keep(file.field_name, file.file_object.read(), files)

    _, options = multipart.multipart.parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _bad()
    try:
        parser = multipart.FormParser(
            FORM_DATA,
            on_field,
            on_file,
            boundary=boundary,
            # No temporary file: a body that came through Lambda is in memory anyway.
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1, "MAX_BODY_SIZE": len(body) + 1},
        )
        for start in range(0, len(body), 1 << 20):
            parser.write(body[start : start + (1 << 20)])
        parser.finalize()
        parser.close()
    except (FormParserError, ValueError) as error:
        raise _bad() from error
    # The library accepts truncated bodies; we do not.
    if not body.rstrip().endswith(b"--"):
        raise _bad()
    return fields, files


def _bad() -> Problem:
    return invalid_request("The multipart body is not valid.")
