"""A small picture and a short silence, for phones that send a photo or a voice note: real files, made here. Pure."""

import struct
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

_SIDE = 64  # signs of the picture, each way
_SILENCE = b"\xf8\xff\xfe"  # twenty milliseconds of it, as Opus packs them
_SECONDS = 2
_LAST = 4  # the mark of an Ogg page that ends the stream
_FIRST = 2


class Sample(NamedTuple):
    content_type: str
    data: bytes


PLACE = "52.0907,5.1214"  # the cathedral tower


def sample(kind: str) -> Sample | None:
    """What a phone sends along with a message of this kind; None where there is no file to it."""
    return _files().get(kind)


@cache
def _files() -> Mapping[str, Sample]:
    return {"image": Sample("image/png", _picture()), "voice": Sample("audio/ogg", _silence())}


def _picture() -> bytes:
    """A sun over a field, as PNG."""
    rows = b"".join(b"\0" + b"".join(_colour(x, y) for x in range(_SIDE)) for y in range(_SIDE))
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _colour(x: int, y: int) -> bytes:
    if (x - 44) ** 2 + (y - 18) ** 2 < 100:
        return bytes((255, 210, 60))
    return bytes((60, 150 - y, 70)) if y > 44 else bytes((110 + x, 180 + y // 2, 255 - y))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _silence() -> bytes:
    """An Ogg file with Opus in it."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    name = b"Ouderbrug"
    tags = b"OpusTags" + struct.pack("<I", len(name)) + name + struct.pack("<I", 0)
    sound = [_SILENCE] * (50 * _SECONDS)
    return _page(0, _FIRST, 0, [head]) + _page(1, 0, 0, [tags]) + _page(2, _LAST, 48_000 * _SECONDS, sound)


def _page(number: int, mark: int, until: int, packets: Iterable[bytes]) -> bytes:
    """A page of short packets. Its check sum is taken with zeros where it will stand."""
    packets = list(packets)
    sizes = bytes(len(each) for each in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, mark, until, 1, number, 0, len(sizes)) + sizes
    page = head + b"".join(packets)
    return page[:22] + struct.pack("<I", _sum(page)) + page[26:]


def _sum(page: bytes) -> int:
    found = 0
    for byte in page:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ 0x04C11DB7 if found & 0x80000000 else found << 1) & 0xFFFFFFFF
    return found
