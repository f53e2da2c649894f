"""Everything that can be measured, by its name on the command line."""

from collections.abc import Mapping

from bot.bench import broadcast, drain, durable, engine, followups, opening, pages, siblings, start, webhooks, workers
from bot.bench.figures import Bench

BENCHES: Mapping[str, Bench] = {
    "engine": engine.measure,
    "sqlite": durable.sqlite,
    "postgres": durable.postgres,
    "start": start.measure,
    "webhooks": webhooks.measure,
    "drain": drain.measure,
    "broadcast": broadcast.measure,
    "opening": opening.measure,
    "workers": workers.measure,
    "followups": followups.measure,
    "siblings": siblings.measure,
    "pages": pages.measure,
}
