"""A file as it may leave: of a kind that is known by its bytes, and without what it tells besides: where and when a
picture was taken, by whom a sound was recorded. Pure.

It walks the parts that these formats are made of and copies those that are seen or heard. That needs no library that
decodes pictures; making large ones smaller is left to the browser that sends them.
"""

import re
import struct
from collections.abc import Iterator

from bot.inbox import filetype

KIND, BROKEN = "soort", "stuk"  # what is wrong: nothing that we send; it ends too early, or makes no sense

_SOUND = ("audio/ogg", "audio/mpeg", "audio/mp4")
_PNG = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"})
_NEXT = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # the first marker behind the points of a picture
_SOUNDS = re.compile(rb"[^\x00]")
_SOI, _EOI, _SOS = b"\xff\xd8", 0xD9, 0xDA
_EXIF = b"Exif\0\0"
_TURNED = 0x0112
_TELLING = frozenset({b"udta", b"meta", b"uuid"})
_WITHIN = frozenset({b"moov", b"trak", b"mdia"})


class Unfit(Exception):  # noqa: N818 - its name says what is wrong
    """A file that is not sent; its text is KIND or BROKEN."""


def clean(data: bytes) -> tuple[str, bytes]:
    """The content type and what is left of it. Raises Unfit."""
    try:
        return _clean(data)
    except (IndexError, struct.error):
        raise Unfit(BROKEN) from None


def _clean(data: bytes) -> tuple[str, bytes]:
    if data.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in data[:64] and b"V_" not in data[:4096]:
        return "audio/webm", data
    found = filetype.judge("", data)
    if found == "image/jpeg":
        return found, _jpeg(data)
    if found == "image/png":
        return found, _png(data)
    if found == "application/pdf":
        return found, data
    if found == "audio/ogg" and b"OpusHead" in data[:128]:
        return found, data
    if found == "audio/mpeg":
        return found, _mp3(data)
    if found == "video/mp4":  # a box for either; what moves is none of ours
        return "audio/mp4", _mp4(data)
    raise Unfit(KIND)


# --- pictures
def _jpeg(data: bytes) -> bytes:
    """Without the segments that tell something, and without what stands behind its end; how it is turned stays."""
    out, at, has_points = bytearray(_SOI), 2, False
    while True:
        if data[at] != 0xFF:
            raise Unfit(BROKEN)
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == _EOI:
            break
        length = int.from_bytes(data[at : at + 2])
        segment, at = data[at : at + length], at + length
        if length < 2 or len(segment) < length:
            raise Unfit(BROKEN)
        if segment[2:].startswith(_EXIF):
            segment = _turned(segment[2 + len(_EXIF) :])
        if segment and _is_seen(marker, segment[2:]):
            out += bytes((0xFF, marker)) + segment
        if marker == _SOS:
            end = _NEXT.search(data, at)
            if end is None:
                raise Unfit(BROKEN)
            out += data[at : end.start()]
            at, has_points = end.start(), True
    if not has_points:
        raise Unfit(BROKEN)
    return bytes(out + b"\xff\xd9")


def _is_seen(marker: int, segment: bytes) -> bool:
    """Whether a picture looks different without it: colours, and how it is turned."""
    if 0xE0 <= marker <= 0xEF:
        return segment.startswith((b"JFIF\0", b"ICC_PROFILE\0", b"Adobe", _EXIF))
    return marker != 0xFE


def _turned(tiff: bytes) -> bytes:
    """A segment that says only how the picture is turned; nothing where it is upright."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return b""
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (many,) = struct.unpack_from(f"{order}H", tiff, at)
        entries = [struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * each) for each in range(min(many, 200))]
    except struct.error:
        return b""
    way = next((value for tag, kind, _, value in entries if tag == _TURNED and kind == 3), 1)
    if not 1 < way <= 8:
        return b""
    told = _EXIF + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _TURNED, 3, 1, way, 0, 0)
    return struct.pack(">H", len(told) + 2) + told


def _png(data: bytes) -> bytes:
    out, at = bytearray(data[:8]), 8
    while out[-8:-4] != b"IEND":
        (length,) = struct.unpack_from(">I", data, at)
        chunk, at = data[at : at + 12 + length], at + 12 + length
        if len(chunk) < 12 + length:
            raise Unfit(BROKEN)
        if chunk[4:8] in _PNG:
            out += chunk
    if out[12:16] != b"IHDR" or b"IDAT" not in out:
        raise Unfit(BROKEN)
    return bytes(out)


# --- sounds
def _mp3(data: bytes) -> bytes:
    """Without the words before and behind it."""
    at = 0
    while data.startswith(b"ID3", at):
        size = 0
        for each in data[at + 6 : at + 10]:
            size = size << 7 | each & 0x7F
        sound = _SOUNDS.search(data, at + 10 + size + (10 if data[at + 5] & 0x10 else 0))
        at = sound.start() if sound else len(data)
    data = data[at:]
    if data[-128:].startswith(b"TAG"):
        data = data[:-128]
    if filetype.judge("audio/mpeg", data) != "audio/mpeg":
        raise Unfit(BROKEN)
    return data


def _mp4(data: bytes) -> bytes:
    """What tells something becomes empty room, so that nothing else moves."""
    out, kinds = bytearray(data), set()
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind in _TELLING:
            out[start - 4 : end] = b"free" + bytes(end - start)
        if kind == b"hdlr":
            kinds.add(data[start + 8 : start + 12])
    if b"vide" in kinds:
        raise Unfit(KIND)
    if b"soun" not in kinds:
        raise Unfit(BROKEN)
    return bytes(out)


def _boxes(data: bytes, at: int, end: int, deep: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Each box: its kind, where its inside begins and ends. Raises Unfit where they do not fit into each other."""
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:  # it is so large that its size stands behind its kind: larger than anything we take
            raise Unfit(BROKEN)
        after = at + size if size else end
        if not start <= after <= end or deep > len(_WITHIN):
            raise Unfit(BROKEN)
        yield kind, start, after
        if kind in _WITHIN:
            yield from _boxes(data, start, after, deep + 1)
        at = after
