"""The key ring: what is personal is stored sealed (AES-GCM), and found by a keyed hash."""

import base64
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.errors import ConfigError

_NONCE = 12
_FIND = "find"


class Ring:
    """Numbered keys to seal with, the newest last, and one key for lookups that never changes.

    Written as lines `number base64` (32 bytes each) and one line `find base64`.
    """

    def __init__(self, keys: "dict[int, bytes]", find: bytes) -> None:
        if not keys or any(len(key) != 32 for key in (*keys.values(), find)) or not all(0 < n < 256 for n in keys):
            raise ConfigError("key ring: every key must be 32 bytes, numbered 1 to 255, and there must be a find key")
        self._boxes = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        self._head = bytes([self._newest])
        self._find = find
        self._keys = keys

    @classmethod
    def make(cls) -> "Ring":
        """A new ring with one key."""
        return cls({1: secrets.token_bytes(32)}, secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> "Ring":
        """Read a ring from its lines. Raises ConfigError."""
        keys: dict[int, bytes] = {}
        find = b""
        try:
            for line in filter(None, map(str.strip, text.splitlines())):
                name, value = line.split()
                if name == _FIND:
                    find = base64.b64decode(value, validate=True)
                else:
                    keys[int(name)] = base64.b64decode(value, validate=True)
        except ValueError:
            raise ConfigError("key ring: each line is a number (or `find`), a space and a key in base64") from None
        return cls(keys, find)

    def __str__(self) -> str:
        lines = [f"{number} {base64.b64encode(key).decode()}" for number, key in sorted(self._keys.items())]
        return "\n".join([*lines, f"{_FIND} {base64.b64encode(self._find).decode()}", ""])

    def __repr__(self) -> str:
        return f"Ring({len(self._keys)} keys)"

    def __len__(self) -> int:
        return len(self._keys)

    def with_newer_key(self) -> "Ring":
        """This ring and one key more, which seals from now on; the old ones go on opening. Raises ConfigError."""
        return Ring({**self._keys, self._newest + 1: secrets.token_bytes(32)}, self._find)

    def seal(self, column: str, text: str) -> bytes:
        """Seal a text for `table.column`; it opens nowhere else."""
        nonce = os.urandom(_NONCE)
        sealed = self._boxes[self._newest].encrypt(nonce, text.encode("utf-8", "surrogatepass"), column.encode())
        return self._head + nonce + sealed

    def seal_bytes(self, column: str, data: bytes) -> bytes:
        """Seal a file, like `seal` a text."""
        nonce = os.urandom(_NONCE)
        return self._head + nonce + self._boxes[self._newest].encrypt(nonce, data, column.encode())

    def open(self, column: str, sealed: bytes) -> str:
        """Open what `seal` made for the same column. Raises ConfigError when no key fits."""
        return self.open_bytes(column, sealed).decode("utf-8", "surrogatepass")

    def open_bytes(self, column: str, sealed: bytes) -> bytes:
        """Open what `seal_bytes` made for the same column. Raises ConfigError when no key fits."""
        try:
            box = self._boxes[sealed[0]]
            return box.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], column.encode())
        except (KeyError, IndexError, InvalidTag):
            raise ConfigError(f"{column}: the key ring does not fit this database") from None

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits by which this ring is known again; they tell nothing of its keys."""
        return hmac.digest(self._find, b"fingerprint\n" + str(self).encode(), "sha256").hex()[:16]

    def find(self, text: str) -> str:
        """The keyed hash under which `text` is found again: 32 hexadecimal digits."""
        return hmac.digest(self._find, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


def read(path: Path) -> Ring:
    """The ring in this file. Raises ConfigError."""
    try:
        return Ring.parse(path.read_text(encoding="ascii"))
    except OSError as error:
        raise ConfigError(f"{path}: key ring: {error.strerror}; put it back from its backup") from None
    except (ConfigError, UnicodeDecodeError) as error:
        why = error if isinstance(error, ConfigError) else "key ring: this is no text"
        raise ConfigError(f"{path}: {why}; put it back from its backup") from None


def from_file(path: Path, *, may_make: bool) -> Ring:
    """Read the ring in `path`; make one (mode 0600) where there is none and `may_make`. Raises ConfigError."""
    if path.exists():
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others can read the key ring; run: chmod 600 {path}")
        return read(path)
    if not may_make:
        raise ConfigError(f"{path}: the key ring is gone but the database is not; put the ring back from its backup")
    ring = Ring.make()
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, ring)
    return ring


def write(path: Path, ring: Ring) -> None:
    """A new file (mode 0600) with this ring, on the disk when this returns. Raises FileExistsError."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(str(ring))
        file.flush()
        os.fsync(file.fileno())
