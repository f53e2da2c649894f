"""A request of a browser that is as bare as it can be: thousands of them cost no more than what they ask for."""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

from starlette.types import ASGIApp

HOST = ("localhost", 8000)


async def knock(app: ASGIApp, method: str, path: str, *, cookies: Mapping[str, str], form: Mapping[str, str]) -> int:
    """The status of the answer, which is read to its end."""
    body = urlencode(form).encode()
    headers = {
        "host": f"{HOST[0]}:{HOST[1]}", "sec-fetch-site": "same-origin",
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }  # fmt: skip
    if method == "POST":
        headers |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
    raw = quote(path, safe="/%!$&'()*+,;=:@~-._")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(raw), "raw_path": raw.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": HOST, "client": ("127.0.0.1", 123), "state": {},
    }  # fmt: skip
    statuses: list[int] = []
    ended: list[bool] = []
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        assert not asked, "it is all there was"
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        else:
            ended.append(not message.get("more_body", False))

    await app(scope, receive, send)
    [status] = statuses
    assert ended[-1], "the answer was broken off"
    return status
