"""Target of an operator's command: the local stack, or a stage on AWS."""

import os
import sys

from scripts.base.process import state_directory
from scripts.emulator.stack import read_env_file


def local_environment() -> dict[str, str]:
    """Variables that lead to the running local stack; empty if none runs."""
    return read_env_file(state_directory())


def enter(on_aws: bool) -> None:
    """Set this process's environment, before any settings are read.

    Raises:
        SystemExit: the local stack is meant and does not run.
    """
    if on_aws:
        return
    environment = local_environment()
    if not environment:
        sys.exit("nothing is running on this state directory (and --aws was not given)")
    os.environ.update(environment)
