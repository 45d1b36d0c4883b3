"""Modules of `shared` that a bundle's code imports, directly or not.

Chalice packs all of `shared`; an app needs a part of it. Imports within functions count, and
nothing of ours imports a module by a computed name.
"""

import ast
from collections.abc import Iterator, Mapping

SHARED = "shared/"


def unreached(sources: Mapping[str, bytes]) -> frozenset[str]:
    """Return the modules of `shared` that nothing else in an archive leads to.

    Args:
        sources: content of Python files by their path in the archive.
    """
    shared = {name for name in sources if name.startswith(SHARED)}
    waiting = [name for name in sources if name not in shared]
    reached: set[str] = set()
    while waiting:
        for module in _imported(sources[waiting.pop()]):
            parts = module.split("/")
            for end in range(1, len(parts) + 1):
                path = "/".join(parts[:end])
                # A package's own module runs before those in it.
                for name in (f"{path}/__init__.py", f"{path}.py"):
                    if name in shared and name not in reached:
                        reached.add(name)
                        waiting.append(name)
    return frozenset(shared - reached)


def _imported(source: bytes) -> Iterator[str]:
    """Yield the paths of imported modules, and of imported names as well."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            place = node.module.replace(".", "/")
            yield from (f"{place}/{alias.name}" for alias in node.names)
