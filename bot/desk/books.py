"""What lies on the desk: the settings, the words, the flows and the keywords."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.config import Config
from bot.conversation import journey, ready
from bot.conversation.journey import Journey
from bot.conversation.late import late
from bot.conversation.ready import Ready
from bot.desk import flows
from bot.desk.flows import Library
from bot.desk.keywords import Keywords, gather
from bot.errors import ContentError
from bot.offers import shelf
from bot.offers.shelf import Shelf
from bot.scheduler.almanac import Almanac
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Books:
    """Everything the desk looks things up in; read once at the start."""

    config: Config
    catalogue: Catalogue
    library: Library
    keywords: Keywords
    almanac: Almanac
    journeys: tuple[Journey, ...] = ()
    ready: Mapping[str, Ready] = field(default_factory=dict)  # by their names, in the order of the list
    late: frozenset[str] = frozenset()  # the keys of texts of flows that may leave outside a window
    shelf: Shelf = field(default_factory=Shelf)  # what partners offer

    @classmethod
    def of(cls, config: Config, catalogue: Catalogue, library: Library) -> "Books":
        languages = {language: catalogue.words(language) for language in catalogue.languages}
        along = journey.read_folder(config.flows / "journeys")
        for school in config.schools.values():
            if unknown := {*school.journeys} - {each.name for each in along}:
                raise ContentError(f"[schools.{school.key}] journeys: there is no flows/journeys/{min(unknown)}.toml")
        prepared = ready.read_folder(config.flows / "messages")
        outside = frozenset(key for flow in library.flows for key in late(flow))
        keywords = gather(languages, library.keywords)
        offered = shelf.load(config.flows / shelf.FILE)
        return cls(config, catalogue, library, keywords, Almanac.load(config), along, prepared, outside, offered)

    @classmethod
    def read(cls, config: Config) -> "Books":
        """All words and flows of this configuration. Raises ContentError."""
        said = config.languages
        catalogue = Catalogue.load(config.locales, offered=said.offered, fallback=said.fallback, send=said.send)
        return cls.of(config, catalogue, flows.read_folder(config.flows))

    def publish(self, tx: Tx, now: datetime) -> None:
        """Make today's flows known to the database, and see to the conversations that began with older ones."""
        self.library.publish(tx, now)
        self.library.retire(tx, self.catalogue.has, now)

    @property
    def templates(self) -> frozenset[str]:
        """The keys of texts that may leave outside a window."""
        return self.late.union(*(each.texts() for each in self.ready.values()))
