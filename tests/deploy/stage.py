"""The deployed stage, as the tests share it."""

from pathlib import Path

from scripts.base.process import free_ports
from scripts.deploy.account import Account
from scripts.deploy.command import Deployment
from tests.deploy.world import DOMAINS, STAGE, Person, Platform


class World:
    """State that the tests share."""

    def __init__(self, account: Account, state: Path, built: dict[str, Path]) -> None:
        self.account, self.state, self.built = account, state, built
        self.port = free_ports(1)[0]
        self.said: list[str] = []
        self.platform: Platform | None = None
        self.people: list[Person] = []

    def run(self) -> Deployment:
        self.said.clear()
        return Deployment(self.account, STAGE, say=self.said.append)

    def deploy(self) -> None:
        run = self.run()
        assert run.resources(DOMAINS) and run.apps(self.built), self.said

    @property
    def outside(self) -> Platform:
        assert self.platform is not None
        return self.platform
