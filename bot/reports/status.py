"""How the bot is doing, in counts: no names, no numbers, no words."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select

from bot.config import Config
from bot.inbox import sweep
from bot.outbox import limits
from bot.privacy import erase, retention
from bot.reports import waiting
from bot.store import chores, keys, schema, settings
from bot.store import tables as t
from bot.store.database import Tx

REGISTRY = CollectorRegistry()
_INBOX = Gauge("ouderbrug_inbox_rows", "Letters that came in, by state", ["state"], registry=REGISTRY)
_OUTBOX = Gauge("ouderbrug_outbox_rows", "Messages that go out, by status", ["status"], registry=REGISTRY)
_THREADS = Gauge("ouderbrug_threads_open", "Threads that wait for a person of the school", registry=REGISTRY)
_ALARMS = Gauge("ouderbrug_alarms_open", "Alarms that nobody has taken yet", registry=REGISTRY)
_FOLLOWUPS = Gauge("ouderbrug_followups_waiting", "Plans and timers that wait for their moment", registry=REGISTRY)
_MEDIA = Gauge("ouderbrug_media_rows", "What parents sent besides words, by state", ["state"], registry=REGISTRY)
_TEMPLATES = Gauge(
    "ouderbrug_templates", "Templates that a provider knows, by state", ["channel", "state"], registry=REGISTRY
)
_RESTING = Gauge("ouderbrug_channel_resting", "1 while nothing leaves on a channel", ["channel"], registry=REGISTRY)
_SWEPT = Gauge(
    "ouderbrug_swept_seconds", "Since when a provider's own list was last read", ["channel"], registry=REGISTRY
)


def full(tx: Tx) -> dict[str, Any]:
    """Everything `bot status` shows: letters by state, messages by status, conversations by version, what waits."""
    live = t.run.c.state != "ended"
    runs = select(t.run.c.flow, t.run.c.version, func.count().label("many"))
    runs = runs.where(live).group_by(t.run.c.flow, t.run.c.version)
    broken = select(func.count()).where(t.run.c.result == "broken")
    return {
        "inbox": _by(tx, t.inbox.c.state),
        "outbox": _by(tx, t.outbox.c.status),
        "followups_waiting": _count(tx, t.followup.c.state == "waiting"),
        "timers_waiting": _count(tx, t.run.c.due_at.is_not(None)),
        "put_off": waiting.put_off(tx),
        "conversations": [
            {"flow": row.flow, "version": row.version, "count": row.many} for row in tx.execute(runs.order_by("flow"))
        ],
        "conversations_broken": tx.execute(broken).scalar_one(),
        "threads_open": _count(tx, t.thread.c.state == "open"),
        "alarms_open": _count(tx, t.alarm.c.state == "open"),
        "channels": _channels(tx),
    }


def house(tx: Tx, now: datetime, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """How the house itself is: schema, keys, what was restored, media, and who asks where nobody can call us."""
    return {
        "schema": schema.revision(tx),
        "keys_confirmed": keys.is_given(environment) or keys.is_confirmed(tx),
        "restored_at": _iso(settings.get_moment(tx, "restored_at")),
        "not_erased": retention.held_up(tx, now),
        "erasures": erase.counts(tx),
        "media": _by(tx, t.media.c.state),
        "polling": {
            name.removeprefix("poll:"): _iso(until)
            for name, until in chores.held(tx, now).items()
            if name.startswith("poll:")
        },
    }


def channel(tx: Tx, config: Config, name: str, now: datetime) -> dict[str, Any]:
    """How a channel is at its provider: until when it rests, its templates by state, and the last sweep."""
    return {
        "resting_until": resting(tx, config, now).get(name),
        "templates": _templates(tx).get(name, {}),
        "last_sweep": _iso(sweep.last(tx, name)),
    }


def resting(tx: Tx, config: Config, now: datetime) -> dict[str, str]:
    """The channels on which nothing leaves now, and until when."""
    return {
        name: until.isoformat(timespec="seconds") for name, until in limits.held(tx, config, now).items() if until > now
    }


def _templates(tx: Tx) -> dict[str, dict[str, int]]:
    c = t.content.c
    rows = select(c.channel, c.state, func.count().label("many")).where(c.template != "")
    found: dict[str, dict[str, int]] = {}
    for row in tx.execute(rows.group_by(c.channel, c.state).order_by(c.channel, c.state)):
        found.setdefault(row.channel, {})[row.state] = row.many
    return found


def short(tx: Tx) -> dict[str, Any]:
    """What /health says."""
    return {
        "inbox_waiting": _count(tx, t.inbox.c.state == "waiting"),
        "inbox_failed": _count(tx, t.inbox.c.state == "failed"),
        "outbox_waiting": _count(tx, t.outbox.c.status.in_(("queued", "sending"))),
        "threads_open": _count(tx, t.thread.c.state == "open"),
        "alarms_open": _count(tx, t.alarm.c.state == "open"),
    }


def measure(tx: Tx, config: Config, now: datetime) -> None:
    """Set the gauges of /metrics."""
    for gauge, column in ((_INBOX, t.inbox.c.state), (_OUTBOX, t.outbox.c.status), (_MEDIA, t.media.c.state)):
        gauge.clear()
        for value, count in _by(tx, column).items():
            gauge.labels(value).set(count)
    _THREADS.set(_count(tx, t.thread.c.state == "open"))
    _ALARMS.set(_count(tx, t.alarm.c.state == "open"))
    _FOLLOWUPS.set(_count(tx, t.followup.c.state == "waiting") + _count(tx, t.run.c.due_at.is_not(None)))
    _measure_channels(tx, config, now)


def _measure_channels(tx: Tx, config: Config, now: datetime) -> None:
    for gauge in (_TEMPLATES, _RESTING, _SWEPT):
        gauge.clear()
    held = resting(tx, config, now)
    for name in config.channels:
        _RESTING.labels(name).set(name in held)
        if swept := sweep.last(tx, name):
            _SWEPT.labels(name).set((now - swept).total_seconds())
    for name, states in _templates(tx).items():
        for state, count in states.items():
            _TEMPLATES.labels(name, state).set(count)


def _by(tx: Tx, column: Any) -> dict[str, int]:
    rows = tx.execute(select(column.label("value"), func.count().label("many")).group_by(column).order_by(column))
    return {row.value: row.many for row in rows}


def _count(tx: Tx, condition: Any) -> int:
    return int(tx.execute(select(func.count()).where(condition)).scalar_one())


def _channels(tx: Tx) -> list[dict[str, Any]]:
    """Per channel how many of its messages are in which status, and when it last heard and spoke."""
    a, o = t.address.c, t.outbox.c
    heard = _by_channel(tx, select(a.channel, func.max(a.heard_at).label("last")))
    spoken = _by_channel(tx, select(a.channel, func.max(o.left_at).label("last")).join(t.outbox, o.address_id == a.id))
    return [
        {"channel": channel, "last_in": _iso(heard.get(channel)), "last_out": _iso(spoken.get(channel))}
        for channel in sorted({*heard, *spoken})
    ]


def _by_channel(tx: Tx, moments: Any) -> dict[str, datetime | None]:
    return {row.channel: row.last for row in tx.execute(moments.group_by(t.address.c.channel))}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
