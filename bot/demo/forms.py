"""What the demo's pages share: plain forms, safe headers, templates, and how they answer."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.demo import screen

HERE = Path(__file__).parent
BODY = 64 * 1024
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a plain form; None where it is too much, no form, or sent by another site's page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY:
            return None
    try:
        fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=10)
    except ValueError:
        return None
    return {name: values[-1] for name, values in fields.items()}


def page(template: str, status: int = 200, /, **fields: Any) -> Response:
    return HTMLResponse(_TEMPLATES.get_template(template).render(**fields), status, headers=HEADERS)


def macros(template: str) -> Any:
    """The parts in a template, each a function that gives HTML."""
    return _TEMPLATES.get_template(template).module


def plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers=HEADERS)


def back(path: str) -> Response:
    """After a form the browser gets a page, so that to load it again sends nothing twice."""
    return RedirectResponse(path, status_code=303, headers=HEADERS)


_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["kinds"] = screen.KINDS
_TEMPLATES.globals["ticks"] = screen.TICKS
