"""Settings of the visits of a run, by its options."""

from dataclasses import dataclass, field
from typing import Any

from chalicelib.crawler.core.keeping import GRAPH, WARC, kinds_of
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.extract.wanted import PLAIN, Wanted
from chalicelib.crawler.runs import runs, secrets
from chalicelib.crawler.runs.secrets import Secrets

from shared.base.process import Cache, process

_KEPT_SECONDS = 300
# Attributes of runs that say which links of a page are followed. A base run's lower limits
# (pages, depth) show in its records.
_SCOPE = ("scope", "allow", "deny")


@dataclass(frozen=True)
class Profile:
    """Settings of a run's visits.

    Attributes:
        base_run: an earlier run of the site, with which pages are compared.
        base_frontier: frontier of that run.
        on_condition: that run has read pages for all that this one wants, so a page that is
            as it was need not be read.
        keeps_answers: answers are archived.
    """

    wanted: Wanted = PLAIN
    secrets: Secrets = field(default=secrets.NONE, repr=False)
    base_run: str | None = None
    base_frontier: str = ""
    on_condition: bool = False
    keeps_answers: bool = False


# Of a run without options.
DEFAULT = Profile(Wanted.of(None))
_profiles: Cache[str, Profile] = process.cache(1000, seconds=_KEPT_SECONDS)


def profile_of(run: Run) -> Profile:
    """Return a run's profile; a process decrypts secrets every five minutes."""
    if run.options is None and run.secrets is None:
        return DEFAULT
    known = _profiles.get(run.id)
    if known is not None:
        return known
    options = runs.options_of(run)
    opened = secrets.NONE
    if run.secrets is not None:
        opened = secrets.unseal(run.owner_id, run.secrets, run.url, bool(run.allow_private))
    made = Profile(
        Wanted.of(options),
        opened,
        keeps_answers=WARC in kinds_of(options),
        **_base(run, options),
    )
    return _profiles.put(run.id, made)


def _base(run: Run, options: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a profile about the run's base run."""
    base_run = options.get("base_run")
    base = runs.find(base_run) if base_run else None
    if base is None:
        return {"base_run": base_run}
    same_scope = all(getattr(run, name) == getattr(base, name) for name in _SCOPE)
    base_options = runs.options_of(base)
    covered = Wanted.of(base_options).covers(Wanted.of(options))
    has_links = GRAPH in kinds_of(base_options) or GRAPH not in kinds_of(options)
    return {
        "base_run": base_run,
        "base_frontier": base.frontier,
        "on_condition": same_scope and covered and has_links,
    }
