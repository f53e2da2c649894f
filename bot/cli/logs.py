"""Logs: one JSON line per event on standard error, without personal data."""

import logging
import sys
from typing import Any


def structured() -> None:
    """Write our events, and the warnings of libraries by name only, as JSON lines."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_ByName(structlog.get_logger())], force=True)


class _ByName(logging.Handler):
    """A library's message may quote what it was given, so only its name, level and place are written."""

    def __init__(self, out: Any) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{record.module}:{record.lineno}"
        self._out.warning("library", library=record.name, level_name=record.levelname, at=place)
