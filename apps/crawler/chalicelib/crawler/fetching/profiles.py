"""Settings of the visits of a run, by its options."""

from dataclasses import dataclass, field

from chalicelib.crawler.core.keeping import WARC, kinds_of
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.extract.wanted import PLAIN, Wanted
from chalicelib.crawler.runs import runs, secrets
from chalicelib.crawler.runs.secrets import Secrets

from shared.base.process import Cache, process

_KEPT_SECONDS = 300


@dataclass(frozen=True)
class Profile:
    """Settings of a run's visits.

    Attributes:
        base_run: an earlier run of the site: its pages are asked for on condition.
        keeps_answers: answers are archived.
    """

    wanted: Wanted = PLAIN
    secrets: Secrets = field(default=secrets.NONE, repr=False)
    base_run: str | None = None
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
    made = Profile(Wanted.of(options), opened, options.get("base_run"), WARC in kinds_of(options))
    return _profiles.put(run.id, made)
