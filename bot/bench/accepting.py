"""Only the hooks of a bot, as `run --only web` has them, also on SQLite; so that nothing else is measured with them.

Run as a process: `python -m bot.bench.accepting CONFIG`.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import uvloop

from bot import config
from bot.app import Bot
from bot.store import schema
from bot.web import Guarded, application


async def _serve(settings: config.Config) -> None:
    bot = Bot(settings, schema.open_database(settings), clock=lambda: datetime.now(UTC))
    served = uvicorn.Config(
        application(bot), host=settings.web.host, port=settings.web.port, http=Guarded, ws="none", lifespan="off",
        log_config=None, access_log=False, server_header=False,
    )  # fmt: skip
    try:
        await uvicorn.Server(served).serve()
    finally:
        await bot.stop()


if __name__ == "__main__":
    uvloop.run(_serve(config.load(Path(sys.argv[1]))))
