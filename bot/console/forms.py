"""What a browser sends, read with limits: plain forms, and forms with files."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qs

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from bot.console.visit import Upload

FORM, FILES = 64 * 1024, 10 * 1024 * 1024
FIELDS = 200
SLOW, SLOW_FILES = 10.0, 120.0  # seconds in which it comes; else whoever dawdles holds the lines of the providers
_BOUNDARIES = 64 * 1024  # what a form puts round its files


class Sent(NamedTuple):
    """The fields of a form: the last of each name, all of those that may come several times, and files."""

    one: Mapping[str, str] = {}
    many: Mapping[str, Sequence[str]] = {}
    files: Mapping[str, Upload] = {}


def is_ours(request: Request) -> bool:
    """Whether a page of ours sent this; browsers tell, and other programs have no cookie."""
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def read(request: Request, *, files: bool) -> Sent:
    """The form. Raises HTTPException: 413 where it is too much, 400 where it is no form, 408 where it does not come."""
    try:
        async with asyncio.timeout(SLOW_FILES if files else SLOW):
            return await _read(request, files=files)
    except TimeoutError:
        raise HTTPException(408) from None


async def _read(request: Request, *, files: bool) -> Sent:
    said = request.headers.get("content-length", "")
    most = FILES + _BOUNDARIES if files else FORM
    if said.isdecimal() and int(said[:20]) > most:
        raise HTTPException(413)
    if files and request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _multipart(request, most)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise HTTPException(413)
        fields = parse_qs(
            body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=FIELDS
        )
    except (ValueError, ClientDisconnect):
        raise HTTPException(400) from None
    many = {name: [*map(_text, values)] for name, values in fields.items()}
    return Sent({name: values[-1] for name, values in many.items()}, many)


async def _multipart(request: Request, most: int) -> Sent:
    """Starlette counts fields and files; the bytes of all files together are counted here, while they come."""
    counted = 0
    receive = request._receive

    async def counting() -> "dict[str, object]":
        nonlocal counted
        message = await receive()
        counted += len(message.get("body", b""))
        if counted > most:
            raise HTTPException(413)
        return dict(message)

    request._receive = counting
    one: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    try:
        form = await request.form(max_files=3, max_fields=FIELDS)
    except (MultiPartException, ClientDisconnect):
        raise HTTPException(400) from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files[name] = Upload(value.filename, await value.read())
        else:
            one[name] = _text(value)
            many.setdefault(name, []).append(_text(value))
    await form.close()
    return Sent(one, many, files)


def plain(value: str) -> str:
    """Without the one sign that no database can look for."""
    return value.replace("\0", "")


def _text(value: str) -> str:
    return plain(value).replace("\r\n", "\n")
