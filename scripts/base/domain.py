"""Loads a domain's Chalice app, several of them in one process if need be.

All apps call their module ``app`` and their package ``chalicelib``. The module
is loaded here under the name ``<domain>_app``; ``chalicelib`` has no
``__init__.py``, so Python merges the directories of all domains into one
namespace package in which each domain owns a sub-package.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from scripts.base.process import ROOT

APPS = ROOT / "apps"


def domains(apps: Path = APPS) -> list[str]:
    """Return the domains, sorted: every folder of ``apps/`` with an app."""
    return sorted(path.parent.name for path in apps.glob("*/app.py"))


def chosen_domains() -> list[str]:
    """Return the domains in the variable ``DOMAINS``, or all of them.

    Raises:
        LookupError: there is no such domain.
    """
    found = domains()
    wanted = [one.strip() for one in os.environ.get("DOMAINS", "").split(",") if one.strip()]
    if unknown := sorted(set(wanted) - set(found)):
        raise LookupError(f"no domain {', '.join(unknown)}; there are: {', '.join(found)}")
    return [one for one in found if not wanted or one in wanted]


def load_app(domain: str, apps: Path = APPS) -> ModuleType:
    """Import a domain's app once, as ``<domain>_app``; return the module.

    Raises:
        LookupError: there is no such domain.
    """
    name = f"{domain}_app"
    if name in sys.modules:
        return sys.modules[name]
    source = apps / domain / "app.py"
    if not source.is_file():
        raise LookupError(f"no app at apps/{domain}/app.py; domains: {', '.join(domains(apps))}")
    for entry in (str(ROOT), str(source.parent)):
        if entry not in sys.path:
            sys.path.append(entry)
    spec = importlib.util.spec_from_file_location(name, source)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
