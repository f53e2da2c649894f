"""How well the house is, seen from where nothing must be guessed: settings, keys, backup, rows that wait."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.channels import drivers, real
from bot.channels.base import Channel, Clock, Examines
from bot.config import Config
from bot.errors import ConfigError
from bot.people.logins import is_private
from bot.reports.finding import Result, look, ok, wrong
from bot.store import backup, keys, schema, settings
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.translation.languages import LANGUAGES

_FRESH, _OLD = timedelta(days=2), timedelta(days=8)
_BACKUP = "every night: ouderbrug backup DIR --keep 14"


# --- settings
def settled(config: Config) -> Iterator[Result]:
    """What the configuration says, and lacks."""
    schools = "1 school" if len(config.schools) == 1 else f"{len(config.schools)} schools"
    yield ok("settings", f"{schools}, {len(config.channels)} channels")
    try:
        real.check(config)
    except ConfigError as error:
        yield _wrong("settings", error)
    if not is_private(config.web.public_url):
        yield look("pages", "they stay closed without https", 'write "https://..." as [web] public_url')
    if not config.channels:
        yield look("channels", "no channel is on", "add a table [channels.<name>] to the configuration")
    gaps = config.unreachable_duty() if config.channels else []
    for gap in gaps:
        yield wrong("duty", f"{gap} is off: no alarm arrives there", "add its table, or another address to duty")
    if config.channels and not gaps:
        yield ok("duty", "every address on duty is on a channel that is on")


def open_channels(config: Config, clock: Clock) -> tuple[dict[str, Channel], list[Result]]:
    """The channels that can be opened as they are set, and what is wrong with the others: a secret, say."""
    opened: dict[str, Channel] = {}
    found = []
    for name, each in config.channels.items():
        try:
            opened |= drivers.make({name: each}, clock)
        except ConfigError as error:
            found.append(_wrong(f"channel {name}", error))
    return opened, found


async def examine(channels: Mapping[str, Channel]) -> list[Result]:
    """What the providers say of our settings there."""
    found = []
    for name, channel in channels.items():
        about = f"channel {name}"
        if isinstance(channel, Examines):
            for each in await channel.examine():
                what = each.what.removeprefix(f"{name}: ")
                found.append(ok(about, what) if each.ok else wrong(about, what, each.way_out))
        else:
            found.append(ok(about, "played on this machine: nothing to look at"))
    return found


# --- database
def open_database(config: Config, environment: Mapping[str, str]) -> tuple[Database | None, list[Result]]:
    """The database where there is one, and how it is. Nothing is made: neither a ring nor a schema."""
    try:
        url = make_url(config.database.url)
    except ArgumentError:
        return None, [wrong("database", "[database] url is no address", "write for example sqlite:///ouderbrug.db")]
    file = config.home / (url.database or "")
    if url.get_backend_name() == "sqlite" and not file.exists():
        return None, [look("database", f"{file} is not there yet", "the first start makes it: ouderbrug run")]
    if not keys.is_given(environment) and not keys.file(config).exists():
        return None, [wrong("keys", f"{keys.file(config)} is not there", "put the key ring back from its backup")]
    database = None
    try:
        database = schema.connect(config, environment)
        schema.check(database)
    except ConfigError as error:
        if database is not None:
            database.close()
        return None, [_wrong("database", error)]
    revision = schema.revisions()[-1]
    return database, [ok("database", f"reached, with schema {revision}; the key ring opens it")]


def stored(
    tx: Tx, config: Config, now: datetime, templates: Mapping[str, frozenset[str]], environment: Mapping[str, str]
) -> Iterator[Result]:
    """What the rows say. `templates`: per channel the keys of texts that its provider must have approved."""
    yield from kept(tx, config, now, environment)
    yield from _waiting(tx)
    yield from approved(tx, config, templates)
    yield from _languages(tx, config)


def kept(tx: Tx, config: Config, now: datetime, environment: Mapping[str, str]) -> Iterator[Result]:
    """Whether keys and rows would outlive this machine."""
    yield from _keys(tx, config, environment)
    yield _backup(tx, config, now)


def approved(tx: Tx, config: Config, templates: Mapping[str, frozenset[str]]) -> Iterator[Result]:
    """Whether the texts that must be approved are so."""
    for channel, needed in templates.items():
        yield from _templates(tx, config, channel, needed)


def _keys(tx: Tx, config: Config, environment: Mapping[str, str]) -> Iterator[Result]:
    if keys.is_given(environment):
        yield ok("keys", f"from the environment; whoever put {keys.VARIABLE} there keeps it")
    elif keys.is_confirmed(tx):
        yield ok("keys", "somebody said that there is a copy elsewhere")
    else:
        say = wrong if real.names(config) else look
        way_out = "copy it to another medium, then: ouderbrug keys confirm COPY"
        yield say("keys", "nobody said that the key ring is backed up; without it no name can be read", way_out)


def _backup(tx: Tx, config: Config, now: datetime) -> Result:
    last = settings.get_moment(tx, backup.LAST)
    live = bool(real.names(config))
    if last is None:
        return (wrong if live else look)("backup", "there was never a backup", _BACKUP)
    age = now - last
    told = f"the last backup is {age.days} days old" if age.days else "the last backup is of today or yesterday"
    if age > _FRESH:
        return (wrong if live and age > _OLD else look)("backup", told, _BACKUP)
    return ok("backup", told)


def _waiting(tx: Tx) -> Iterator[Result]:
    """Rows that wait for a person."""
    counts: tuple[tuple[str, Any, str, str], ...] = (
        ("letters", t.inbox.c.state == "failed", "letters could not be read", "look at the log; ouderbrug status"),
        ("messages", t.outbox.c.status == "unknown", "messages may have arrived or not", "ouderbrug outbox list"),
        ("alarms", t.alarm.c.state == "open", "alarms that nobody has taken", "ouderbrug threads list"),
        ("conversations", t.run.c.result == "broken", "conversations broke off", "ouderbrug threads list"),
    )
    for about, condition, what, way_out in counts:
        if count := tx.execute(select(func.count()).where(condition)).scalar_one():
            yield look(about, f"{count} {what}", way_out)


def _templates(tx: Tx, config: Config, channel: str, needed: frozenset[str]) -> Iterator[Result]:
    """How many of the texts that must be approved are so, per language that parents are offered."""
    c = t.content.c
    rows = tx.execute(
        select(c.language, c.template, c.state)
        .where(c.channel == channel, c.template.in_(needed))
        .order_by(c.changed_at)
    )
    states = {(row.language, row.template): row.state for row in rows}  # the newest wording counts
    for language in config.languages.offered:
        counts = Counter(states.get((language, key), "unknown") for key in needed)
        about = f"templates {language}"
        told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        if counts["rejected"] + counts["refused"] + counts["paused"] + counts["disabled"]:
            yield wrong(
                about, told, "say it otherwise, then: ouderbrug templates push; why: ouderbrug templates status"
            )
        elif counts["unknown"] + counts["made"]:
            yield look(about, told, "ouderbrug templates push")
        elif counts["pending"]:
            yield look(about, told, "wait a day, then: ouderbrug templates status")
        else:
            yield ok(about, told or "none needed")


def _languages(tx: Tx, config: Config) -> Iterator[Result]:
    """Languages that enrolled parents speak and the bot does not."""
    spoken = languages(tx)
    unspoken = {code: count for code, count in spoken.items() if code not in config.languages.offered}
    if unspoken:
        named = ((LANGUAGES[code].english if code in LANGUAGES else code, count) for code, count in unspoken.items())
        told = ", ".join(f"{name} ({count})" for name, count in named)
        yield look("languages", f"parents speak what is not offered: {told}", "add it to [languages] offered")
    elif spoken:
        yield ok("languages", f"{', '.join(spoken)}: all that the enrolled parents chose")


def languages(tx: Tx) -> dict[str, int]:
    """How many enrolled parents speak which language, the most spoken first."""
    enrolled = select(t.consent.c.contact_id).where(t.consent.c.withdrawn_at.is_(None))
    rows = tx.execute(select(t.contact.c.language).where(t.contact.c.id.in_(enrolled))).scalars()
    counts = Counter(tx.open("contact.language", row) for row in rows)
    return dict(counts.most_common())


def channels_used(tx: Tx) -> dict[str, int]:
    """How many parents are written to first on which channel."""
    a = t.address.c
    rows = tx.execute(
        select(a.contact_id, a.channel)
        .where(a.linked_at.is_not(None), a.blocked_at.is_(None), a.alias_of.is_(None))
        .order_by(a.contact_id, a.position, a.id)
    )
    first: dict[int, str] = {}
    for row in rows:
        first.setdefault(row.contact_id, row.channel)
    return dict(Counter(first.values()))


def _wrong(about: str, error: ConfigError) -> Result:
    """A line that says what is wrong, and after its last semicolon or colon the way out."""
    text = str(error)
    for mark in ("; ", ": "):
        what, found, way_out = text.rpartition(mark)
        if found:
            return wrong(about, what, way_out)
    return wrong(about, text, "mend the configuration")
