"""Published versions of flows by content hash: a conversation ends on the version it began with."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from bot.conversation.flow import Flow, load, parse
from bot.errors import ContentError
from bot.store.database import Tx
from bot.store.tables import flow_version, run
from bot.store.upsert import upsert

_LIVE = run.c.state != "ended"


class Library:
    """All flows as they are today, and the older versions that someone is still in."""

    def __init__(self, flows: list[Flow]) -> None:
        self._today = {(flow.name, flow.language): flow for flow in flows}
        self._versions = {flow.version: flow for flow in flows}

    @property
    def flows(self) -> list[Flow]:
        return list(self._today.values())

    @property
    def keywords(self) -> Mapping[str, str]:
        """Flow -> the key of the words that start it."""
        return {flow.name: flow.keyword for flow in self._today.values() if flow.keyword}

    @property
    def menu(self) -> list[Flow]:
        """What the menu shows, in its order."""
        return sorted(
            (flow for flow in self._today.values() if flow.menu and not flow.language), key=lambda flow: flow.menu
        )

    def newest(self, name: str, language: str) -> Flow:
        """Today's flow of this name, in the language's own form where it has one. Raises ContentError."""
        found = self._today.get((name, language)) or self._today.get((name, ""))
        if not found:
            raise ContentError(f"there is no flow {name!r}")
        return found

    def version(self, version: str) -> Flow | None:
        """The flow that has this content hash; None where it cannot be read any more."""
        return self._versions.get(version)

    def publish(self, tx: Tx, now: datetime) -> None:
        """Store what is new, fetch the old versions that are still in use, and stop those that must not go on."""
        stored = {row.version for row in tx.execute(select(flow_version.c.version))}
        new = [
            {
                "version": f.version,
                "flow": f.name,
                "language": f.language,
                "source": f.source.encode(),
                "published_at": now,
            }
            for f in self._versions.values()
            if f.version not in stored
        ]
        # Another process may start at the same moment.
        upsert(tx, flow_version, sorted(new, key=lambda row: str(row["version"])), key=["version"])
        for flow in self._today.values():
            if flow.on_edit == "stop":
                tx.execute(
                    update(run)
                    .where(run.c.flow == flow.name, run.c.version != flow.version, _LIVE)
                    .values(state="ended", result="edited", due_at=None)
                )
        self._fetch_live(tx)

    def retire(self, tx: Tx, has_text: Callable[[str], bool], now: datetime) -> None:
        """Older versions that cannot go on, because a text is gone or we cannot read them: a person takes over now."""
        today = {flow.version for flow in self._today.values()}
        live = set(tx.execute(select(run.c.version).where(_LIVE).distinct()).scalars())
        for version in live - today:
            flow = self._versions.get(version)
            if flow is None or not all(map(has_text, flow.texts() | flow.labels())):
                self._versions.pop(version, None)
                tx.execute(update(run).where(_LIVE, run.c.version == version).values(due_at=now))

    def _fetch_live(self, tx: Tx) -> None:
        live = select(run.c.version).where(_LIVE).distinct()
        for row in tx.execute(select(flow_version).where(flow_version.c.version.in_(live))):
            if row.version not in self._versions:
                file = f"{row.flow}.{row.language}.toml" if row.language else f"{row.flow}.toml"
                with suppress(ContentError):  # `retire` sees to what cannot be read any more
                    self._versions[row.version] = parse(row.source.decode(), file)


def read_folder(folder: Path) -> Library:
    """All flows of a folder. Raises ContentError that names the file, the step and the key."""
    return Library([load(path) for path in sorted(folder.glob("*.toml")) if path.name != "holidays.toml"])
