"""The peer of our hooks: a bare Starlette that inserts one row and commits it, and knows nothing else.

Run as a process: `python -m bot.bench.bare PORT FILE`.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import uvicorn
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_letter = Table("letter", MetaData(), Column("id", Integer, primary_key=True), Column("body", String))


def application(engine: Engine) -> Starlette:
    """One route: a form, a row, a commit, an answer."""
    _letter.metadata.create_all(engine)
    writer = ThreadPoolExecutor(1)

    def keep(body: str) -> None:
        with engine.begin() as connection:
            connection.execute(_letter.insert(), {"body": body})

    async def hook(request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode()))
        await asyncio.get_running_loop().run_in_executor(writer, keep, fields["Body"])
        return Response()

    return Starlette(routes=[Route("/{path:path}", hook, methods=["POST"])])


def _durable(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


if __name__ == "__main__":
    durable = create_engine(f"sqlite:///{sys.argv[2]}")
    event.listen(durable, "connect", _durable)
    uvicorn.run(application(durable), host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
