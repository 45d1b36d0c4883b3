"""Modules that a bundle needs."""

import pytest

from scripts.base.domain import APPS
from scripts.base.process import ROOT
from scripts.base.reached import SHARED, unreached


def test_imports_count_wherever_they_are_and_however_far() -> None:
    near, far, own = (f"{SHARED}{name}" for name in ("near/", "far/", ""))
    sources = {
        "app.py": "def later():\n    from shared.near import one\n",
        "part.py": "import shared.far.away as away\n",
        f"{own}__init__.py": "",
        f"{near}__init__.py": "from shared.near.two import VALUE\n",
        f"{near}one.py": "from shared import last\n",
        f"{near}two.py": "VALUE = 2\n",
        f"{near}three.py": "from shared.idle import x\n",
        f"{far}__init__.py": "",
        f"{far}away.py": "",
        f"{far}beside.py": "",
        f"{own}last.py": "",
        f"{own}idle.py": "from shared.near import three\n",
    }
    found = unreached({name: text.encode() for name, text in sources.items()})
    assert found == {f"{near}three.py", f"{far}beside.py", f"{own}idle.py"}


@pytest.mark.parametrize(
    ("domain", "left_out", "kept"),
    [
        ("notifications", "shared/media/images.py", "shared/net/fetch.py"),
        ("users", "shared/net/fetch.py", "shared/media/images.py"),
    ],
)
def test_an_app_takes_what_it_imports(domain: str, left_out: str, kept: str) -> None:
    places = [(APPS / domain, APPS / domain), (ROOT / "shared", ROOT)]
    sources = {
        str(path.relative_to(base)): path.read_bytes()
        for folder, base in places
        for path in folder.rglob("*.py")
    }
    found = unreached(sources)
    assert left_out in found
    assert kept not in found
    assert f"{SHARED}__init__.py" not in found
