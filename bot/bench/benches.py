"""Everything that can be measured, by its name on the command line."""

from collections.abc import Mapping

from bot.bench import durable, engine, start, webhooks
from bot.bench.figures import Bench

BENCHES: Mapping[str, Bench] = {
    "engine": engine.measure,
    "sqlite": durable.sqlite,
    "postgres": durable.postgres,
    "start": start.measure,
    "webhooks": webhooks.measure,
}
