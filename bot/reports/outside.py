"""Whether the bot is reached at its public address: name, way, certificate, proxy, in the order in which they fail."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from bot.reports.finding import LOOK, WRONG, Result, look, ok, wrong

ABOUT = "public url"
_SECONDS = 10.0
_SOON = timedelta(days=21)  # who renews certificates does so a month before their end
_HERE = ("localhost", "127.0.0.1", "::1")
_KEY = "[web] public_url"
# What OpenSSL calls the ways in which a certificate does not do.
_CERTIFICATE = {
    9: ("is not valid yet", "set this machine's clock"),
    10: ("has run out", "renew it, and see why that did not happen by itself"),
    18: ("was made by the server itself; no provider trusts it", "let the proxy get one, for instance by ACME"),
    19: ("was made by somebody whom no provider trusts", "let the proxy get one, for instance by ACME"),
    20: ("comes without the ones between it and its root", "let the proxy send the full chain"),
    21: ("comes without the ones between it and its root", "let the proxy send the full chain"),
    62: ("is for another name", "let the proxy get one for this name"),
    64: ("is for another address", "write the name it is for in [web] public_url"),
}


async def reach(
    url: str, port: int, now: datetime, *, called: bool, verify: ssl.SSLContext | None = None, seconds: float = _SECONDS
) -> list[Result]:
    """Ask the bot how it is, at `url`, as a provider would come to it. `called`: whether any provider has to."""
    found = [*address(url), *await _ask(url, port, now, verify or ssl.create_default_context(), seconds)]
    return [each if called or each.kind != WRONG else each._replace(kind=LOOK) for each in found]


async def _ask(url: str, port: int, now: datetime, context: ssl.SSLContext, seconds: float) -> list[Result]:
    try:
        async with httpx.AsyncClient(verify=context, timeout=seconds, trust_env=False) as client:
            answer = await client.get(f"{url}/health")
            tls = answer.extensions["network_stream"].get_extra_info("ssl_object")
    except httpx.HTTPError as error:
        return [explain(error, url, port)]
    return [*([_certificate(tls.getpeercert(), now)] if tls else []), _answered(answer, port)]


def address(url: str) -> Iterator[Result]:
    """What can be seen of the address without going there."""
    parts = urlsplit(url)
    if parts.hostname in _HERE:
        way_out = f'write the name that the world knows in {_KEY}, or mode = "polling" where a channel has it'
        yield wrong(ABOUT, f"{parts.hostname} is this machine only: no provider and no parent gets here", way_out)
    elif parts.scheme != "https":
        yield wrong(ABOUT, "what is said on the way can be read", f"put a TLS proxy before it, and https into {_KEY}")


def explain(error: httpx.HTTPError, url: str, port: int) -> Result:
    """Why nobody is reached there, in one line."""
    parts = urlsplit(url)
    host, at = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            told = (f"cannot be trusted ({cause.verify_message})", "let the proxy get another")
            why, way_out = _CERTIFICATE.get(cause.verify_code, told)
            return wrong(ABOUT, f"the certificate at {host} {why}", way_out)
        if isinstance(cause, ssl.SSLError):
            return wrong(ABOUT, f"port {at} of {host} does not speak TLS", f"point {_KEY} at the proxy that does")
        if isinstance(cause, socket.gaierror):
            return wrong(ABOUT, f"nobody knows the name {host}", f"mend its DNS record, or {_KEY}")
        if isinstance(cause, ConnectionRefusedError):
            way_out = "start the proxy" if at != port else "start the bot: ouderbrug run"
            return wrong(ABOUT, f"nobody listens at port {at} of {host}", way_out)
    if isinstance(error, httpx.TimeoutException):
        way_out = "open the port in the firewall; and from inside, some routers do not lead back: try from outside"
        return wrong(ABOUT, f"port {at} of {host} does not answer in time", way_out)
    if isinstance(error, httpx.ProtocolError | httpx.ReadError):
        return wrong(ABOUT, f"who answers at port {at} of {host} does not speak HTTP", f"mend the proxy, or {_KEY}")
    return wrong(ABOUT, f"there is no way to port {at} of {host}", "look at the network of this machine")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _certificate(certificate: dict[str, object], now: datetime) -> Result:
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (until - now).days
    if until - now < _SOON:
        return look("certificate", f"it runs out in {days} days", "see why the proxy does not renew it by itself")
    return ok("certificate", f"good for {days} days")


def _answered(answer: httpx.Response, port: int) -> Result:
    try:
        said = answer.json()
        well = said.get("ok") if isinstance(said, dict) else None
    except ValueError:
        well = None
    if well is True and answer.status_code == 200:
        return ok(ABOUT, "the bot is reached there, and well")
    if well is False:
        return wrong(ABOUT, "the bot is reached there, but not its database", "look at its log, and at the database")
    if answer.status_code in (502, 503, 504):
        way_out = f"start the bot (ouderbrug run), and point the proxy to port {port}"
        return wrong(ABOUT, f"the proxy answers, but does not reach the bot ({answer.status_code})", way_out)
    if answer.is_redirect:
        return wrong(ABOUT, f"it leads elsewhere ({answer.status_code})", f"write where it leads to in {_KEY}")
    way_out = f"let the proxy pass every path on to port {port}; nothing may ask a password before the bot"
    return wrong(ABOUT, f"somebody else answers there ({answer.status_code})", way_out)
