"""The public address, against servers that fail in every way: each is one line with a way out."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.reports import outside
from bot.reports.finding import Result
from tests.fakes.server import Talk, answering, free_port, resetting, silent, talking

NOW = datetime.now(UTC)
WELL = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"ok": true}'


async def reach(url: str, verify: ssl.SSLContext | None = None, *, called: bool = True) -> Result:
    """What is said of the address itself, after the remark that it is this machine only."""
    found = await outside.reach(url, 8000, NOW, called=called, verify=verify, seconds=0.3)
    await asyncio.sleep(0.02)  # the server hangs up as well
    return found[-1]


def status(line: str, body: bytes = b"", head: str = "") -> bytes:
    return f"HTTP/1.1 {line}\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("talk", "kind", "told"),
    [
        (answering(WELL), "ok", "the bot is reached there"),
        (answering(status("503 No", b'{"ok": false, "why": "OperationalError"}')), "wrong", "not its database"),
        (answering(status("502 Bad Gateway", b"<html>nginx</html>")), "wrong", "does not reach the bot (502)"),
        (answering(status("200 OK", b"<html>Welcome</html>")), "wrong", "somebody else answers there (200)"),
        (answering(status("401 Who")), "wrong", "somebody else answers there (401)"),
        (answering(status("301 Moved", b"", "location: /elsewhere\r\n")), "wrong", "it leads elsewhere (301)"),
        (answering(b"SSH-2.0-OpenSSH\r\n"), "wrong", "does not speak HTTP"),
        (resetting, "wrong", "does not speak HTTP"),
        (silent, "wrong", "does not answer in time"),
    ],
)
async def test_who_answers_there(talk: Talk, kind: str, told: str) -> None:
    async with talking(talk) as url:
        found = await reach(url)
    assert (found.kind, told in found.what) == (kind, True), found
    assert bool(found.way_out) is (kind != "ok")


async def test_nobody_listens() -> None:
    port = free_port()
    found = await reach(f"http://127.0.0.1:{port}")
    assert found == Result("wrong", "public url", f"nobody listens at port {port} of 127.0.0.1", "start the proxy")


async def test_this_machine_only_is_wrong_where_a_provider_must_call() -> None:
    async with talking(answering(WELL)) as url:
        for called, kind in ((True, "wrong"), (False, "look")):
            first, last = await outside.reach(url, 8000, NOW, called=called)
            assert (first.kind, last.kind) == (kind, "ok")
            assert "this machine only" in first.what


def test_a_name_that_nobody_knows_and_no_network() -> None:
    for cause, told in (
        (socket.gaierror(-2, "no"), "nobody knows the name bot.school.nl"),
        (OSError(), "no way to port 443"),
    ):
        error = httpx.ConnectError("failed")
        error.__cause__ = cause
        found = outside.explain(error, "https://bot.school.nl", 8000)
        assert told in found.what


# --- certificates
@asynccontextmanager
async def secured(folder: Path, name: str, days: int) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """A server with a certificate of its own for `name`; its address, and a context that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "127.0.0.1":
        names = [x509.IPAddress(ipaddress.ip_address(name))]
    until = NOW + timedelta(days=days, hours=1)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(7).not_valid_before(NOW - timedelta(days=90)).not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(file)
    server = await asyncio.start_server(_well, "127.0.0.1", 0, ssl=server_side)
    async with server:
        trusting = ssl.create_default_context(cafile=str(file))
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", trusting


async def _well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(WELL)
    await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("name", "days", "told"),
    [
        ("127.0.0.1", 60, ["good for 60 days", "the bot is reached there"]),
        ("127.0.0.1", 9, ["runs out in 9 days", "the bot is reached there"]),
        ("127.0.0.1", -2, ["has run out"]),
        ("elders.example", 60, ["is for another address"]),
    ],
)
async def test_a_certificate(tmp_path: Path, name: str, days: int, told: list[str]) -> None:
    async with secured(tmp_path, name, days) as (url, trusting):
        found = (await outside.reach(url, 8000, NOW, called=True, verify=trusting))[1:]
    assert [part in each.what for part, each in zip(told, found, strict=True)] == [True] * len(told), found


async def test_a_certificate_that_no_provider_trusts(tmp_path: Path) -> None:
    async with secured(tmp_path, "127.0.0.1", 60) as (url, _):
        found = await reach(url)
    assert "was made by the server itself" in found.what
    assert "ACME" in found.way_out


async def test_a_port_without_tls() -> None:
    async with talking(answering(status("400 Bad Request"))) as url:
        found = await reach(url.replace("http:", "https:"))
    assert "does not speak TLS" in found.what
