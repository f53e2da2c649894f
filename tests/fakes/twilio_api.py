"""The HTTP side of the stand-in of Twilio: messages, files, contents, the account; and its hand levers for tests."""

import asyncio
import base64
import binascii
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.model import Address
from tests.fakes.twilio_book import Message, moment
from tests.fakes.twilio_rules import Refused, TwilioFaults

if TYPE_CHECKING:
    from tests.fakes.twilio import Twilio

_DEFAULT_PAGE, _LARGEST_PAGE = 50, 1000
_OLD = "/2010-04-01/Accounts/{account}"


def application(twilio: "Twilio") -> Starlette:
    """Everything over HTTP. Alone it starts and stops the stand-in."""
    door, lever = _Door(twilio), _Levers(twilio)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await twilio.start()
        yield
        await twilio.stop()

    return Starlette(
        routes=[
            Route(f"{_OLD}/Messages.json", door.post_message, methods=["POST"]),
            Route(f"{_OLD}/Messages.json", door.list_messages, methods=["GET"]),
            Route(f"{_OLD}/Messages/{{sid}}.json", door.get_message, methods=["GET"]),
            Route(f"{_OLD}/Messages/{{sid}}.json", door.delete_message, methods=["DELETE"]),
            Route(f"{_OLD}/Messages/{{sid}}/Media.json", door.list_media),
            Route(f"{_OLD}/Messages/{{sid}}/Media/{{file}}", door.get_media),
            Route("/cdn/{file}", door.get_file),
            Route(f"{_OLD}.json", door.get_account),
            Route(f"{_OLD}/Balance.json", door.get_balance),
            Route(f"{_OLD}/IncomingPhoneNumbers.json", door.list_numbers),
            Route("/v1/Content", door.post_content, methods=["POST"]),
            Route("/v1/Content/{sid}/ApprovalRequests/whatsapp", door.post_approval, methods=["POST"]),
            Route("/v1/ContentAndApprovals", door.list_contents),
            Route("/v1/Services/{sid}", door.get_pool),
            Route("/v2/Channels/Senders", door.list_senders),
            Route("/v1/Messaging/GeoPermissions", door.get_countries),
            Route("/test/phones/{address}/say", lever.say, methods=["POST"]),
            Route("/test/phones/{address}", lever.phone),
            Route("/test/faults", lever.faults, methods=["POST"]),
            Route("/test/rules", lever.rules, methods=["POST"]),
            Route("/test/approve", lever.approve, methods=["POST"]),
            Route("/test/log", lever.log),
        ],
        lifespan=lifespan,
        exception_handlers={Refused: _refusal},
        max_body_size=256 * 1024,
    )


class _Door:
    """The answers of the API, right or, by the dice, wrong."""

    def __init__(self, twilio: "Twilio") -> None:
        self._twilio = twilio

    async def post_message(self, request: Request) -> Response:
        self._admit(request)
        dice = self._twilio.dice
        for fault in ("refuse", "throttle", "error_before", "cut_before"):
            if dice.hit(fault):
                return _failure(fault, self._twilio)
        message = await self._twilio.accept(await _form(request))
        for fault in ("error_after", "cut_after"):
            if dice.hit(fault):
                return _failure(fault, self._twilio)
        if dice.hit("late"):
            await asyncio.sleep(dice.faults.late_by)
        return JSONResponse(message.shown(self._twilio.account) | {"status": "queued"}, 201)

    async def list_messages(self, request: Request) -> Response:
        self._admit(request)
        query = request.query_params
        tests = [_filter(name, value) for name, value in query.items() if not name.startswith("Page")]
        known = (each for each in reversed(self._twilio.book.all.values()) if each.sid not in self._twilio.book.gone)
        rows = [each for each in known if all(test(each) for test in tests)]
        return self._old_page(request, "messages", [each.shown(self._twilio.account) for each in rows])

    async def get_message(self, request: Request) -> Response:
        self._admit(request)
        return JSONResponse(self._message(request).shown(self._twilio.account))

    async def delete_message(self, request: Request) -> Response:
        self._admit(request)
        message = self._message(request)
        if self._twilio.dice.hit("error_before"):
            return _failure("error_before", self._twilio)
        if message.status in ("accepted", "queued", "sending"):
            raise Refused(20009, "Cannot delete this resource before it is complete", 409)
        self._twilio.forget(message.sid)
        return Response(status_code=204)

    async def list_media(self, request: Request) -> Response:
        self._admit(request)
        message = self._message(request)
        base = f"/2010-04-01/Accounts/{self._twilio.account}/Messages/{message.sid}/Media"
        rows = [
            {
                "sid": file["sid"],
                "account_sid": self._twilio.account,
                "parent_sid": message.sid,
                "content_type": file["content_type"],
                "uri": f"{base}/{file['sid']}.json",
            }
            for file in message.media
        ]
        return self._old_page(request, "media_list", rows)

    async def get_media(self, request: Request) -> Response:
        self._admit(request)
        if not any(file["sid"] == request.path_params["file"] for file in self._message(request).media):
            raise Refused(20404, "no such file", 404)
        return RedirectResponse(f"/cdn/{request.path_params['file']}", 307)

    async def get_file(self, request: Request) -> Response:
        if "authorization" in request.headers:
            return Response(status_code=400)  # as a store of signed links does
        for _, file in self._twilio.book.files():
            if file["sid"] == request.path_params["file"]:
                return Response(base64.b64decode(file["data"]), media_type=file["content_type"])
        return Response(status_code=404)

    async def get_account(self, request: Request) -> Response:
        self._admit(request)
        shown = {"sid": self._twilio.account, "friendly_name": "De Brug", "owner_account_sid": self._twilio.account}
        return JSONResponse({**shown, "status": self._twilio.status, "type": self._twilio.type})

    async def get_balance(self, request: Request) -> Response:
        self._admit(request, "balance")
        account = self._twilio.account
        return JSONResponse({"account_sid": account, "balance": self._twilio.balance, "currency": "EUR"})

    async def list_numbers(self, request: Request) -> Response:
        self._admit(request)
        wanted = request.query_params.get("PhoneNumber", "")
        rows = [
            {
                "sid": "PN" + "0" * 32,
                "account_sid": self._twilio.account,
                "phone_number": sender,
                "sms_url": self._twilio.webhooks["sms"],
                "sms_method": "POST",
                "capabilities": {"sms": True, "mms": False, "voice": True, "fax": False},
            }
            for sender in self._twilio.senders
            if sender == wanted
        ]
        return self._old_page(request, "incoming_phone_numbers", rows)

    async def post_content(self, request: Request) -> Response:
        self._admit(request)
        sid = self._twilio.create_content(await _json(request))
        return JSONResponse(self._twilio.book.contents[sid].shown(self._twilio.account), 201)

    async def post_approval(self, request: Request) -> Response:
        self._admit(request)
        sid = request.path_params["sid"]
        if sid not in self._twilio.book.contents:
            raise Refused(20404, "no such content", 404)
        self._twilio.submit(sid, await _json(request))
        return JSONResponse(self._twilio.book.contents[sid].approval(), 201)

    async def list_contents(self, request: Request) -> Response:
        self._admit(request)
        shown = [
            {**each.shown(self._twilio.account), "approval_requests": each.approval()}
            for each in self._twilio.book.contents.values()
        ]
        return self._new_page(request, "contents", shown)

    async def get_pool(self, request: Request) -> Response:
        self._admit(request)
        sid = request.path_params["sid"]
        if sid not in self._twilio.senders.values():
            raise Refused(20404, "no such service", 404)
        shown = {"sid": sid, "inbound_request_url": self._twilio.webhooks["sms"], "inbound_method": "POST"}
        return JSONResponse({**shown, "use_inbound_webhook_on_number": False, "smart_encoding": True})

    async def list_senders(self, request: Request) -> Response:
        self._admit(request)
        if request.query_params.get("Channel") != "whatsapp":
            raise Refused(20001, "Channel is missing")
        hook = {"callback_url": self._twilio.webhooks["whatsapp"], "callback_method": "POST"}
        rows = [
            {"sid": "XE" + "0" * 32, "sender_id": sender, "status": "ONLINE", "webhook": hook}
            for sender in self._twilio.senders
            if sender.startswith("whatsapp:")
        ]
        return self._new_page(request, "senders", rows)

    async def get_countries(self, request: Request) -> Response:
        self._admit(request, "countries")
        code = request.query_params.get("CountryCode", "")
        shown = {"country_code": code, "type": "country", "enabled": code in self._twilio.countries}
        return JSONResponse({"permissions": [shown]})

    def _admit(self, request: Request, what: str = "") -> None:
        try:
            given = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic "), validate=True)
        except binascii.Error:
            given = b""
        if not hmac.compare_digest(given, f"{self._twilio.account}:{self._twilio.token}".encode()):
            raise Refused(20003, "Authenticate", 401)
        if (
            what in self._twilio.hidden
            or request.path_params.get("account", self._twilio.account) != self._twilio.account
        ):
            raise Refused(20404, "The requested resource was not found", 404)

    def _message(self, request: Request) -> Message:
        sid = request.path_params["sid"]
        if sid not in self._twilio.book.all or sid in self._twilio.book.gone:
            raise Refused(20404, "The requested resource was not found", 404)
        return self._twilio.book.all[sid]

    def _old_page(self, request: Request, key: str, rows: list[dict[str, Any]]) -> Response:
        """A page of the old API: its next one is a path."""
        page, size, shown = _cut(request, rows)
        more = len(rows) > (page + 1) * size
        # A page is a place in the list: what came since shifts it, as with the real one.
        query = urlencode({**dict(request.query_params), "PageSize": size, "Page": page + 1, "PageToken": "PASM"})
        following = f"{request.url.path}?{query}" if more else None
        return JSONResponse({key: shown, "page": page, "page_size": size, "next_page_uri": following})

    def _new_page(self, request: Request, key: str, rows: list[dict[str, Any]]) -> Response:
        """A page of the newer APIs: its next one is an address."""
        page, size, shown = _cut(request, rows)
        more = len(rows) > (page + 1) * size
        query = urlencode({**dict(request.query_params), "PageSize": size, "Page": page + 1, "PageToken": "DNHX"})
        following = f"{request.base_url}{request.url.path.lstrip('/')}?{query}" if more else None
        return JSONResponse({key: shown, "meta": {"key": key, "page": page, "next_page_url": following}})


class _Levers:
    """What a test does from another process: write on a phone, load faults, let WhatsApp approve."""

    def __init__(self, twilio: "Twilio") -> None:
        self._twilio = twilio

    async def say(self, request: Request) -> Response:
        said = await _json(request)
        text, person = str(said.pop("text", "")), Address.parse(request.path_params["address"])
        return JSONResponse({"id": await self._twilio.say(person, text, **said)}, 201)

    async def phone(self, request: Request) -> Response:
        person = Address.parse(request.path_params["address"])
        shown = [
            {"id": each.id, "sid": each.sid, "who": each.who, "text": each.text, "status": each.status}
            for each in self._twilio.messages(person)
        ]
        return JSONResponse(shown)

    async def faults(self, request: Request) -> Response:
        self._twilio.dice.load(TwilioFaults.parse(await _json(request)))
        return Response(status_code=204)

    async def rules(self, request: Request) -> Response:
        self._twilio.rules = replace(self._twilio.rules, **await _json(request))
        return Response(status_code=204)

    async def approve(self, request: Request) -> Response:
        self._twilio.approve(*(await _json(request)).get("sids", ()))
        return Response(status_code=204)

    async def log(self, _request: Request) -> Response:
        return PlainTextResponse(self._twilio.log(), media_type="application/jsonl")


class _CutResponse(Response):
    """Promises a body and never sends it, so that the server cuts the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"64")]})


def _failure(fault: str, twilio: "Twilio") -> Response:
    faults = twilio.dice.faults
    if fault == "refuse":
        return _refused(Refused(int(faults.refuse_code), "refused, as it was told"))
    if fault == "throttle":
        return _refused(Refused(20429, "Too Many Requests", 429), **{"Retry-After": str(faults.throttle_for)})
    return _CutResponse() if fault.startswith("cut") else _refused(Refused(20500, "Internal Server Error", 500))


def _refused(error: Refused, **headers: str) -> Response:
    if error.status == 429:
        headers = {"Retry-After": "1", **headers}
    shown = {"code": error.code, "message": str(error), "status": error.status}
    return JSONResponse(
        shown | {"more_info": f"https://www.twilio.com/docs/errors/{error.code}"}, error.status, headers
    )


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _refused(error)


def _filter(name: str, value: str) -> Callable[[Message], bool]:
    """One filter of the list. Raises Refused for one that Twilio does not know."""
    try:
        if name == "To":
            return lambda each: each.receiver == value
        if name == "From":
            return lambda each: each.sender == value
        if name in ("DateSent>", "DateSent<", "DateSent"):
            return _dated(name, moment(value))
    except ValueError:
        raise Refused(20001, f"{name} is malformed") from None
    raise Refused(20001, f"{name} is no filter")


def _dated(name: str, at: datetime) -> Callable[[Message], bool]:
    """Whether a message was sent at or after `at`, at or before it, or on that day."""

    def fits(each: Message) -> bool:
        sent = (each.sent_at or each.at).replace(microsecond=0)
        if name == "DateSent":
            return at <= sent < at + timedelta(days=1)
        return sent >= at if name == "DateSent>" else sent <= at

    return fits


def _cut(request: Request, rows: list[dict[str, Any]]) -> tuple[int, int, list[dict[str, Any]]]:
    query = request.query_params
    size = min(int(query.get("PageSize", _DEFAULT_PAGE)), _LARGEST_PAGE)
    page = int(query.get("Page", 0))
    if page and "PageToken" not in query:
        raise Refused(20001, "a page without its token")
    return page, size, rows[page * size : (page + 1) * size]


async def _form(request: Request) -> Mapping[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refused(20001, "not a form", 415)
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise Refused(20001, "not JSON") from None
