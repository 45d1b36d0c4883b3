"""Make a Lambda bundle small, quick to import and reproducible.

Wheels bring what a function never reads: command lines, type stubs, tests,
the models of four hundred AWS services. This drops it and adds compiled
modules. What may go is listed here by name, so that nothing is lost by a guess.
"""

from __future__ import annotations

import ast
import gzip
import importlib.util
import json
import marshal
import os
import re
import sys
import threading
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# Packages that are only there to deploy, to build or to be asked for by other tools.
TOOLS = frozenset(
    """
    _distutils_hack _yaml ansicon bin blessed boto3 cffi click dns dnspython editor inquirer
    jinxed packaging pip pkg_resources pycparser pyyaml readchar runs s3transfer setuptools
    wcwidth wheel xmod yaml
    """.split()
)
# Parts of packages that no function imports.
PARTS = (
    *("chalice/cli/", "chalice/deploy/", "chalice/templates/", "chalice/pipeline.py"),
    *("chalice/awsclient.py", "chalice/package.py", "chalice/local.py", "chalice/invoke.py"),
    *("chalice/logs.py", "chalice/policies.json", "chalice/vendored/", "chalice/cdk/"),
    *("jsonschema/benchmarks/", "jsonschema/cli.py"),
    *("authlib/integrations/", "authlib/jose/", "authlib/oidc/"),
    # Of OAuth 2.0 we use the code flow, PKCE and revocation.
    *(f"authlib/oauth2/{part}/" for part in ("drafts", "rfc7523", "rfc7591", "rfc7592")),
    *(f"authlib/oauth2/{part}/" for part in ("rfc8414", "rfc9101")),
    *("chalice/analyzer.py", "chalice/policy.py", "chalice/test.py"),
    *("dateutil/easter.py", "dateutil/rrule.py", "urllib3/contrib/emscripten/"),
    "botocore/data/dynamodb/2011-12-05/",
    "aws_lambda_powertools/event_handler/",
    *(
        f"aws_lambda_powertools/utilities/{part}/"
        for part in (
            *("auth_alpha", "batch", "circuit_breaker", "data_classes", "data_masking"),
            *("feature_flags", "idempotency", "kafka", "parameters", "parser", "streaming"),
            "validation",
        )
    ),
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "lxml/includes/",
    "lxml/isoschematron/",
    # Modules that a server may have; the client imports them when they are asked for.
    *(f"redis/commands/{part}/" for part in ("bf", "graph", "json", "search", "timeseries")),
)
# Of these packages only what is named stays: the codecs of JPEG, PNG, GIF and WebP
# (shared/media/images.py), and the libraries that the image core itself is linked with. TIFF and
# JPEG 2000 come with the core; AVIF, fonts and colour management are half of the package.
ONLY = {
    "PIL/": tuple(
        f"PIL/{module}."
        for module in """
        ExifTags GifImagePlugin GimpGradientFile GimpPaletteFile Image ImageChops ImageColor
        ImageFile ImageMath ImageMode ImageOps ImagePalette ImageSequence JpegImagePlugin
        JpegPresets MpoImagePlugin PaletteFile PngImagePlugin TiffImagePlugin TiffTags
        WebPImagePlugin __init__ _binary _deprecate _imaging _imagingmath _typing _util
        _version _webp
        """.split()
    ),
    "pillow.libs/": tuple(
        f"pillow.libs/lib{library}"
        for library in "Xau jpeg lzma openjp2 sharpyuv tiff webp xcb zstd".split()
    ),
}
# Sources of extensions and typing aids.
ENDINGS = (".pyc", ".pyi", ".pyx", ".pxd", ".pxi", ".c", ".h", ".typed", "/RECORD", "/REQUESTED")
# The services whose models stay: those that the apps call.
SERVICES = frozenset("dynamodb kms s3 sesv2 sns sqs sts".split())
# And those that one app alone calls; the model of MediaConvert is larger than that of S3.
SERVICES_OF = {"tweets": frozenset({"mediaconvert"})}
# Parts of packages that one domain alone imports. All APIs verify OAuth 1.0a signatures.
PARTS_OF = {"authlib/oauth2/": "users"}
# Parts of a service's model that are documented at length.
_PROSE = frozenset({"operations", "shapes"})
_ALL_SERVICES = SERVICES.union(*SERVICES_OF.values())
_MODELS = "botocore/data/"
# What a wheel says belongs beside its other packages (PEP 427).
_BESIDE = re.compile(r"^[^/]+\.data/(purelib|platlib)/")
# Everything that decides what a slimmed archive holds; part of the cache's key.
RULES = [
    *(
        "sourceless",
        "undocumented",
        "without docstrings",
        "sources without docstrings",
        sorted(TOOLS),
        list(PARTS),
        ONLY,
        list(ENDINGS),
        sorted(SERVICES),
        sorted(_PROSE),
    ),
    {domain: sorted(services) for domain, services in SERVICES_OF.items()},
    PARTS_OF,
]
# CPython 3.11 counts the depth of syntax trees for all threads together (gh-106905).
_compiler = threading.Lock()
# The moment of every entry: a bundle with the same content is the same file.
_MOMENT = (2020, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def _distribution(top: str) -> str:
    return top.split("-", maxsplit=1)[0].lower() if top.endswith((".dist-info", ".data")) else top


def wanted(name: str) -> bool:
    """Return True if a deployed function could read this file."""
    top = _distribution(name.split("/", maxsplit=1)[0])
    if top in TOOLS or name.startswith(PARTS) or name.endswith(ENDINGS):
        return False
    if "__pycache__/" in name or "/tests/" in name:
        return False
    for package, parts in ONLY.items():
        if name.startswith(package) and not name.startswith(parts):
            return False
    if name.startswith(_MODELS):
        service, _, rest = name.removeprefix(_MODELS).partition("/")
        # Examples are for documentation.
        return not rest or (service in _ALL_SERVICES and "/examples-" not in name)
    return True


def _called(name: str, domain: str) -> bool:
    """False for parts of packages, and models, for other domains only."""
    if any(name.startswith(part) and domain != user for part, user in PARTS_OF.items()):
        return False
    service, _, rest = name.removeprefix(_MODELS).partition("/")
    ours = SERVICES | SERVICES_OF.get(domain, frozenset())
    return not (name.startswith(_MODELS) and rest) or service in ours


def compiled(name: str, source: bytes, *, keep_source: bool) -> tuple[str, bytes]:
    """Return path and content of a compiled module, never checked again.

    Unchecked, because time stamps do not survive the way to Lambda. Without
    its source a module lies where the source would be.
    """
    folder, _, file = name.rpartition("/")
    with _compiler:
        tree = _without_docstrings(ast.parse(source))
        code = compile(tree, f"/var/task/{name}", "exec", dont_inherit=True, optimize=0)
    # Flags 1: hash-based, not to be checked (PEP 552).
    header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
    # Format 2 has no back references, which depend on what else the process holds: 3 % larger,
    # as quick to load, and the same in every run.
    content = header + importlib.util.source_hash(source) + marshal.dumps(code, 2)
    stem = file.removesuffix(".py")
    place = f"__pycache__/{stem}.{sys.implementation.cache_tag}.pyc"
    place = place if keep_source else f"{stem}.pyc"
    return (f"{folder}/{place}" if folder else place), content


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Empty a module's docstrings; unlike `optimize=2`, keep assertions."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            # An empty text keeps the place of a body's only statement, and `__doc__` a text.
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            assert isinstance(first.value, ast.Constant)
            first.value.value = ""
    return tree


def without_prose(source: bytes) -> bytes:
    """Empty the docstrings of a source text; every line keeps its number.

    Beside compiled modules, sources serve tracebacks only.
    """
    lines = source.decode().split("\n")
    with _compiler:
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
        alone = not lines[first][: text.col_offset].strip() and lines[last].endswith(('"""', "'"))
        if alone:
            lines[first : last + 1] = ['""'.rjust(text.col_offset + 2), *[""] * (last - first)]
    return "\n".join(lines).encode()


def undocumented(model: bytes) -> bytes:
    """A service's gzipped model without most of its prose.

    That of operations and shapes is two thirds of it. Prose elsewhere stays: botocore reads that of
    ``clientContextParams`` with each first call.
    """

    def without(part: Any) -> Any:
        if isinstance(part, list):
            return [without(one) for one in part]
        if not isinstance(part, dict):
            return part
        # A member of that name is no text.
        kept = {k: v for k, v in part.items() if k != "documentation" or not isinstance(v, str)}
        return {key: without(value) for key, value in kept.items()}

    whole = json.loads(gzip.decompress(model))
    slim = {key: without(whole[key]) if key in _PROSE else whole[key] for key in whole}
    plain = json.dumps(slim, separators=(",", ":"))
    return gzip.compress(plain.encode(), mtime=0)


def _slimmed(source: Path, *, keep_sources: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the kept files of an archive, modules compiled."""
    with zipfile.ZipFile(source) as archive:
        for entry in archive.namelist():
            name = _BESIDE.sub("", entry)
            if name.endswith("/") or not wanted(name):
                continue
            content = archive.read(entry)
            if name.startswith(_MODELS) and name.endswith("/service-2.json.gz"):
                content = undocumented(content)
            if not name.endswith(".py"):
                yield name, content
                continue
            try:
                made = compiled(name, content, keep_source=keep_sources)
            except SyntaxError:
                # Some packages carry templates or sources for another Python.
                yield name, content
                continue
            yield made
            if keep_sources:
                yield name, without_prose(content)


def _write(entries: dict[str, bytes], target: Path, kind: int = zipfile.ZIP_STORED) -> int:
    draft = target.with_suffix(f".{os.getpid()}.tmp")
    with zipfile.ZipFile(draft, "w", kind, compresslevel=9) as out:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.external_attr, entry.create_system = _MODE, 3
            entry.compress_type = kind
            out.writestr(entry, entries[name])
    draft.replace(target)
    return target.stat().st_size


def slim(source: Path, target: Path) -> int:
    """Write the needed files of a wheel, compiled; return the bytes.

    To be read by the very Python that this is. Tracebacks still name file and
    line; the text of the line stands in the locked version of the package.
    """
    return _write(dict(_slimmed(source, keep_sources=False)), target)


def merge(sources: Iterable[Path], target: Path, domain: str = "") -> int:
    """Write one archive of the slimmed wheels that a domain needs."""
    entries: dict[str, bytes] = {}
    for source in sources:
        with zipfile.ZipFile(source) as archive:
            names = (name for name in archive.namelist() if _called(name, domain))
            entries.update((name, archive.read(name)) for name in names)
    return _write(entries, target)


def assemble(code: Path, packages: Path, target: Path) -> int:
    """Write our code and its slimmed packages as one bundle; return its bytes.

    Chalice adds its own runtime to the code; the package of the same name wins.
    """
    with zipfile.ZipFile(packages) as archive:
        ready = {name: archive.read(name) for name in archive.namelist()}
    tops = {name.partition("/")[0] for name in ready}
    ours = {
        name: content
        for name, content in _slimmed(code, keep_sources=True)
        if name.partition("/")[0] not in tops
    }
    return _write({**ours, **ready}, target, zipfile.ZIP_DEFLATED)
