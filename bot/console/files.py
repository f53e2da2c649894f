"""Files that are no pages: shown in the browser only where they can do no harm, and in pieces where a player asks."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

from bot.console.visit import File

SAFE = ("image/jpeg", "image/png", "image/webp", "image/gif", "audio/", "video/mp4", "application/pdf")
# For what a browser shows by itself, and nothing of ours can run in. In a sandbox Safari shows no paper and Chrome
# plays no sound; their own players want styles.
CSP = (
    "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'"
)
_RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")


def response(file: File, asked: str, headers: Mapping[str, str]) -> Response:
    """The file, or the piece that the `Range` of a request asks for: some telephones play nothing without."""
    shown = file.inline and file.content_type.startswith(SAFE)
    how = "inline" if shown else "attachment"
    sent = {
        **headers, "Content-Security-Policy": CSP if shown else "default-src 'none'; sandbox",
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
    }  # fmt: skip
    return served(file.data, file.content_type if shown else "application/octet-stream", asked, sent)


def served(data: bytes, kind: str, asked: str, headers: Mapping[str, str]) -> Response:
    """These bytes, or the piece of them that is asked for."""
    sent = {**headers, "Accept-Ranges": "bytes"}
    whole, piece = len(data), _piece(asked, len(data))
    if piece is None:
        return Response(data, media_type=kind, headers=sent)
    if not piece:
        return Response(status_code=416, headers={**sent, "Content-Range": f"bytes */{whole}"})
    within = {**sent, "Content-Range": f"bytes {piece.start}-{piece.stop - 1}/{whole}"}
    return Response(data[piece.start : piece.stop], 206, within, kind)


def _piece(asked: str, whole: int) -> range | None:
    """The bytes that are meant; empty where there are none, None where all of them are."""
    match = _RANGE.fullmatch(asked.strip())
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:  # the last so many
        return range(max(0, whole - int(last)), whole)
    return range(int(first), min(whole, int(last) + 1 if last else whole))
