"""Databases on PostgreSQL for tests. One that is found as it was made is emptied and serves again, under a new name."""

import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

Command = Callable[[str], "psycopg.Cursor[Any]"]
USES = 40  # what was deleted still takes room
PATIENCE = 5.0  # seconds for those who were connected to be gone
# All that makes up a schema, with the transaction that wrote it last: whoever changes anything there changes this.
_SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
  SELECT concat('class ', oid, ' ', xmin, ' ', relpages, ' ', reltuples) FROM pg_class WHERE oid >= 16384
  UNION ALL SELECT concat('column ', attrelid, ' ', attnum, ' ', xmin) FROM pg_attribute WHERE attrelid >= 16384
  UNION ALL SELECT concat('default ', oid, ' ', xmin) FROM pg_attrdef
  UNION ALL SELECT concat('index ', indexrelid, ' ', xmin) FROM pg_index WHERE indexrelid >= 16384
  UNION ALL SELECT concat('constraint ', oid, ' ', xmin) FROM pg_constraint WHERE oid >= 16384
  UNION ALL SELECT concat('trigger ', oid, ' ', xmin) FROM pg_trigger
  UNION ALL SELECT concat('function ', oid, ' ', xmin) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT concat('type ', oid, ' ', xmin) FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT concat('rule ', oid, ' ', xmin) FROM pg_rewrite WHERE oid >= 16384
  UNION ALL SELECT concat('policy ', oid, ' ', xmin) FROM pg_policy
  UNION ALL SELECT concat('namespace ', oid, ' ', xmin) FROM pg_namespace WHERE nspname NOT LIKE 'pg_t%'
  UNION ALL SELECT concat('extension ', oid, ' ', xmin) FROM pg_extension
  UNION ALL SELECT concat('sequence ', seqrelid, ' ', xmin) FROM pg_sequence
  UNION ALL SELECT concat('measured ', starelid) FROM pg_statistic WHERE starelid >= 16384
  UNION ALL SELECT concat('large object ', oid) FROM pg_largeobject_metadata
  UNION ALL SELECT concat('setting ', setrole, ' ', setconfig) FROM pg_db_role_setting
    JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
  UNION ALL SELECT concat('revision ', version_num) FROM alembic_version
) AS lines (line)
"""
_EMPTY = """
SELECT string_agg(statement, '; ') FROM (
  SELECT format('DELETE FROM %s', oid::regclass) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
  UNION ALL
  SELECT format('SELECT setval(%L, %s, false)', seqrelid::regclass, seqstart) FROM pg_sequence
) AS statements (statement)
"""


class Spares:
    """Databases with the schema and nothing in it."""

    def __init__(self, command: Command, address: Callable[[str], str], template: str) -> None:
        self._command, self._address, self._template = command, address, template
        self._free: deque[tuple[str, int]] = deque()
        with self._connected(template) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            found: tuple[Any, ...] = connection.execute(_EMPTY).fetchone() or ("",)
            self._empty = found[0]
        self._uses: dict[str, int] = {}

    def take(self) -> str:
        """The name of one. It never had this name: who still knows an older one does not get in."""
        name = f"t{os.urandom(6).hex()}"
        if self._free:
            old, self._uses[name] = self._free.popleft()
            self._left(old)  # it cannot be renamed before who emptied it is gone, and the server would look too seldom
            self._command(f"ALTER DATABASE {old} RENAME TO {name}")
        else:
            self._uses[name] = 0
            self._command(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY FILE_COPY")
        return name

    def give_back(self, name: str) -> None:
        """A test is done with it: it is emptied, or dropped where anything is not as it was."""
        uses = self._uses.pop(name) + 1
        if uses < USES and self._left(name) and self._emptied(name):
            self._free.append((name, uses))
        else:
            self._command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _left(self, name: str) -> bool:
        """Whether all who were connected are gone."""
        late = time.monotonic() + PATIENCE
        while time.monotonic() < late:
            told = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            if not self._command(told).fetchall():
                return True
            time.sleep(0.001)
        return False

    def _emptied(self, name: str) -> bool:
        with suppress(psycopg.Error), self._connected(name) as connection:
            if connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            connection.execute("SET session_replication_role = replica")  # no trigger keeps what was done
            connection.execute(self._empty)
            return True
        return False

    def _connected(self, name: str) -> "psycopg.Connection[Any]":
        """As the server's owner, who may do anything; commits at its end."""
        address = self._address(name).replace("+psycopg", "")
        return psycopg.connect(address, options=f"-c statement_timeout={PATIENCE * 1000:.0f}")
