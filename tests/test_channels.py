"""One contract over every driver: whom it believes, what it carries, what an outcome means. Each joins by one line."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from bot.channels.base import Channel, Finds, Forgets
from bot.channels.files import NAMES
from bot.errors import Blocked, ChannelError, ConfigError, ForgedRequest, InDoubt, Rejected, Throttled, Unsent
from bot.model import Address, Choice, Inbound, Outbound, Request
from tests.fakes.providers import Case, PhoneCase, Provider
from tests.fakes.server import Talk, answering, free_port, resetting, silent, talking
from tests.fakes.telegram_case import TelegramCase
from tests.fakes.twilio_case import TwilioCase

CASES: list[Case] = [
    PhoneCase("whatsapp"),
    PhoneCase("sms"),
    PhoneCase("telegram"),
    TelegramCase(),
    TwilioCase("sms"),
    TwilioCase("whatsapp"),
]
pytestmark = pytest.mark.asyncio(loop_scope="module")  # a provider is opened once for all that is asked of it


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(case: Case, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    async with case.open(tmp_path_factory.mktemp(str(case))) as provider:
        yield provider


@pytest.fixture
def provider(opened: Provider) -> Iterator[Provider]:
    yield opened
    opened.faults()


@pytest_asyncio.fixture(loop_scope="module")
async def channel(case: Case) -> AsyncIterator[Channel]:
    """The driver by itself, for what needs no provider."""
    driver = case.driver()
    yield driver
    await driver.close()


def choices(count: int, length: int = 1) -> tuple[Choice, ...]:
    """So many options, with labels of so many UTF-16 units."""
    return tuple(Choice(f"keuze{number}", f"{number:x>{length}}") for number in range(count))


def outbound(to: Address, text: str | None = None, **fields: object) -> Outbound:
    """A message with an id, and where no text is given also a text, of its own."""
    mark = uuid4().hex
    text = f"Dag, hier juf Janneke van De Brug. ({mark[:8]})" if text is None else text
    return Outbound(**{"id": f"m-{mark}", "to": to, "text": text, **fields})  # type: ignore[arg-type]


# --- whom it believes -------------------------------------------------------------------------------------------------
async def test_real_bodies_are_understood(case: Case, channel: Channel) -> None:
    for request, noun in case.payloads():
        assert channel.read(request) == [noun]


async def test_what_the_provider_really_sends_is_understood(provider: Provider) -> None:
    (heard,) = provider.channel.read(await provider.told())
    assert isinstance(heard, Inbound)
    assert (heard.sender, heard.text) == (provider.person, "hallo")


@pytest.mark.parametrize("given", ["", "0" * 64, "é", "\ud800", "a,b", "=" * 10_000], ids=ascii)
async def test_a_wrong_signature_is_forged(case: Case, channel: Channel, given: str) -> None:
    request, _ = case.payloads()[0]
    with pytest.raises(ForgedRequest):
        channel.read(Request(request.path, {**request.headers, case.signature: given}, request.body))


async def test_a_missing_signature_is_forged(case: Case, channel: Channel) -> None:
    request, _ = case.payloads()[0]
    headers = {name: value for name, value in request.headers.items() if name != case.signature}
    with pytest.raises(ForgedRequest):
        channel.read(Request(request.path, headers, request.body))


@pytest.mark.parametrize("secret", ["", "another-token-of-somebody"])
async def test_the_signature_of_another_secret_is_forged(case: Case, channel: Channel, secret: str) -> None:
    request, _ = case.payloads()[0]
    with pytest.raises(ForgedRequest):
        channel.read(case.signed(request.path, request.body, secret))


async def test_a_signature_fits_one_body_and_one_path(case: Case, channel: Channel) -> None:
    request, _ = case.payloads()[0]
    for path, body in ((request.path, request.body + b" "), (request.path + "/status/m-1", request.body)):
        if case.binding:
            with pytest.raises(ForgedRequest):
                channel.read(Request(path, request.headers, body))
    if not case.binding:  # a secret beside the request: another path is still none of this channel's
        with pytest.raises(ValueError):  # noqa: PT011 - which one does not matter
            channel.read(Request(request.path + "/status/m-1", request.headers, request.body))


async def test_a_forged_body_is_not_even_read(case: Case, channel: Channel) -> None:
    for request in case.senseless():
        with pytest.raises(ForgedRequest):
            channel.read(Request(request.path, {}, request.body))


@pytest.mark.parametrize("secret", ["", "short", "fifteen-signs.."])
async def test_an_empty_or_short_secret_is_refused(case: Case, secret: str) -> None:
    with pytest.raises(ConfigError):
        case.driver(secret=secret)


async def test_what_makes_no_sense_is_a_value_error(case: Case, channel: Channel) -> None:
    for request in case.senseless():
        with pytest.raises(ValueError):  # noqa: PT011 - which one does not matter
            channel.read(request)


# --- what it carries --------------------------------------------------------------------------------------------------
async def _refuses(provider: Provider, *messages: Outbound) -> None:
    for message in messages:
        with pytest.raises(Rejected):
            await provider.channel.send(await provider.ready(message))
        assert provider.accepted(message) == 0


async def test_a_message_is_accepted_once(provider: Provider) -> None:
    message = outbound(provider.person)
    assert await provider.channel.send(message)
    assert provider.accepted(message) == 1


async def test_the_longest_text_goes_and_one_sign_more_does_not(provider: Provider) -> None:
    most = provider.channel.limits.text
    await provider.channel.send(outbound(provider.person, "x" * most))
    too_much = ("x" * (most + 1), "x" * (most - 1) + "🙂", "")
    await _refuses(provider, *(outbound(provider.person, text) for text in too_much))


@pytest.mark.parametrize("layout", ["buttons", "list"])
async def test_options_fit_the_channel(provider: Provider, layout: str) -> None:
    limits = provider.channel.limits
    most, label = {
        "buttons": (limits.buttons, limits.button_label),
        "list": (limits.rows, limits.row_label),
    }[layout]
    if most:
        message = outbound(provider.person, layout=layout, choices=choices(most, label))
        await provider.channel.send(await provider.ready(message))
    twice = choices(1) * 2
    wrong = (choices(0), choices(most + 1), choices(1, label + 1), twice, (Choice("ja", ""),), (Choice("", "ja"),))
    await _refuses(provider, *(outbound(provider.person, layout=layout, choices=each) for each in wrong))


async def test_the_text_above_options_has_a_limit_of_its_own(provider: Provider) -> None:
    text = "x" * (provider.channel.limits.interactive_text + 1)
    await _refuses(provider, outbound(provider.person, text, layout="buttons", choices=choices(1)))


async def test_nobody_has_such_an_address(case: Case, provider: Provider) -> None:
    await _refuses(provider, *map(outbound, case.nobody))


async def test_a_stranger_is_written_to_as_the_channel_allows(provider: Provider) -> None:
    message = outbound(provider.stranger)
    if provider.channel.limits.window:
        with pytest.raises(Rejected) as refused:
            await provider.channel.send(message)
        assert refused.value.code.partition(" ")[0] == "window"
        template = outbound(provider.stranger, template="algemeen.welkom", language="nl")
        await provider.channel.send(await provider.ready(template))
    elif provider.channel.name == "telegram":
        await _refuses(provider, message)
    else:
        await provider.channel.send(message)


FILES = {
    "image/jpeg": b"\xff\xd8\xff\xe0", "image/png": b"\x89PNG\r\n\x1a\n", "application/pdf": b"%PDF-1.7",
    "audio/ogg": b"OggS", "audio/mpeg": b"ID3", "audio/mp4": b"\0\0\0\x18ftypM4A ", "audio/webm": b"\x1a\x45\xdf\xa3",
}  # fmt: skip


async def test_a_file_goes_as_itself_where_the_channel_carries_it(provider: Provider) -> None:
    assert set(FILES) == set(NAMES)
    for content_type, data in FILES.items():
        file = provider.file(content_type, data)
        message = outbound(provider.person, f"Hier staat het: {file.url}", file=file)
        if content_type in provider.channel.limits.files:
            assert await provider.channel.send(message)
            assert provider.accepted(message) == 1
        else:
            await _refuses(provider, message)


@pytest.mark.parametrize("text", ["{{7*7}} {0.__class__}", "\u202eomgekeerd", "e" + "\u0301" * 50, "٢ ۲ 2️⃣", "a\nb\tc"])
async def test_texts_are_data(provider: Provider, text: str) -> None:
    assert await provider.channel.send(outbound(provider.person, text))


@pytest.mark.parametrize("text", ["\ud83d", "half \udc00", "\x00"], ids=ascii)
async def test_an_impossible_text_stays_inside_the_tree_of_errors(provider: Provider, text: str) -> None:
    message = outbound(provider.person, text)
    try:
        await provider.channel.send(message)
    except Rejected:
        assert provider.accepted(message) == 0
    else:
        assert provider.accepted(message) == 1


# --- what each outcome means ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "error"), [("blocked", Blocked), ("spam", Rejected)])
async def test_a_refusal_is_final_and_has_its_code(
    case: Case, provider: Provider, code: str, error: type[ChannelError]
) -> None:
    provider.faults(refuse=1, refuse_code=code)
    with pytest.raises(ChannelError) as refused:
        await provider.channel.send(outbound(provider.person))
    assert type(refused.value) is error
    assert refused.value.code == case.refusals[code]


async def test_asked_for_patience(provider: Provider) -> None:
    provider.faults(throttle=1, throttle_for=7)
    message = outbound(provider.person)
    with pytest.raises(Throttled) as asked:
        await provider.channel.send(message)
    assert asked.value.wait == timedelta(seconds=7)
    assert provider.accepted(message) == 0


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [("error_before", 0), ("error_after", 1), ("cut_before", 0), ("cut_after", 1), ("late", 1)],
)
async def test_a_failing_provider_leaves_doubt_and_find_ends_it(
    case: Case, provider: Provider, fault: str, accepted: int
) -> None:
    before = datetime.now(UTC)
    provider.faults(**{fault: 1})
    message = outbound(provider.person)
    driver = case.driver(api=provider.api, impatient=fault == "late")
    with pytest.raises(InDoubt):
        await driver.send(message)
    await driver.close()
    assert provider.accepted(message) == accepted
    if isinstance(provider.channel, Finds):
        assert bool(await provider.channel.find(message, before, ())) == bool(accepted)


@pytest.mark.parametrize("case", [case for case in CASES if case.finds], ids=str, indirect=True, scope="module")
async def test_find_knows_only_what_was_accepted_since(provider: Provider) -> None:
    assert isinstance(provider.channel, Finds)
    before = datetime.now(UTC)
    message = outbound(provider.person)
    sid = await provider.channel.send(message)
    assert await provider.channel.find(message, before, ()) == sid
    assert await provider.channel.find(message, before + timedelta(minutes=1), ()) == ""
    assert await provider.channel.find(outbound(provider.person, message.text), before, ()) == ""


async def test_a_message_is_forgotten_where_the_provider_parts_with_it(provider: Provider) -> None:
    """Also one that is gone already; one that is under way is asked for again."""
    channel, before = provider.channel, datetime.now(UTC)
    assert isinstance(channel, Forgets)
    message = outbound(provider.person)
    sid = await channel.send(message)
    number = f"{provider.person.value}:{sid}" if channel.name == "telegram" and not isinstance(channel, Finds) else sid
    for _ in range(200):
        try:
            assert await channel.forget(number)
            break
        except Throttled:
            await asyncio.sleep(0.01)  # the stand-in delivers it meanwhile
    if isinstance(channel, Finds):
        assert await channel.find(message, before, ()) == ""
        assert await channel.forget(number), "gone is gone"
    else:
        assert not await channel.forget(number), "it cannot say whether it was there"
        assert not await channel.forget("no number")


async def _fails(case: Case, api: str, error: type[ChannelError]) -> None:
    """Sending to this address fails in this way, and the error tells nothing about anybody."""
    driver = case.driver(api=api, impatient=True)
    message = outbound(case.person)
    with pytest.raises(error) as failed:
        await driver.send(message)
    if isinstance(driver, Finds):
        with pytest.raises(ChannelError):  # never "": that would mean it may be sent again
            await driver.find(message, datetime.now(UTC), ())
    await driver.close()
    assert message.text not in repr(failed.value)
    assert message.to.value not in repr(failed.value)


async def test_where_nobody_listens_nothing_is_sent(case: Case) -> None:
    await _fails(case, f"http://127.0.0.1:{free_port()}", Unsent)


def _http(status: str, body: str = "", *headers: str) -> Talk:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body]
    return answering("\r\n".join(lines).encode())


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        pytest.param(silent, InDoubt, id="silence"),
        pytest.param(resetting, InDoubt, id="reset"),
        pytest.param(answering(b""), InDoubt, id="hung-up"),
        pytest.param(answering(b"SSH-2.0-OpenSSH_9.2\r\n"), InDoubt, id="no-http"),
        pytest.param(answering(b"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{"), InDoubt, id="half-a-body"),
        pytest.param(_http("201 Created", "{}"), InDoubt, id="no-id"),
        pytest.param(_http("201 Created", '{"sid": 7}'), InDoubt, id="a-number-as-id"),
        pytest.param(_http("200 OK", "<html>"), InDoubt, id="no-json"),
        pytest.param(_http("201 Created", "{}", "Content-Encoding: gzip"), InDoubt, id="no-gzip"),
        pytest.param(_http("503 Busy"), InDoubt, id="503"),
        pytest.param(_http("404 Not Found"), ChannelError, id="404"),
        pytest.param(_http("400 Bad Request", "<html>"), Rejected, id="400-no-json"),
        pytest.param(_http("429 Slow Down", "", "Retry-After: soon"), Throttled, id="429-no-number"),
    ],
)
async def test_every_odd_answer_has_its_error(case: Case, talk: Talk, error: type[ChannelError]) -> None:
    async with talking(talk) as api:
        await _fails(case, api, error)


async def test_a_redirect_is_not_followed(case: Case) -> None:
    visits = []

    async def elsewhere(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        visits.append(1)

    async with talking(elsewhere) as there, talking(_http("307 Moved", "", f"Location: {there}/messages")) as api:
        await _fails(case, api, ChannelError)
    assert not visits


async def test_the_environment_chooses_no_proxy(
    case: Case, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    driver = case.driver(api=provider.api)
    assert await driver.send(outbound(provider.person))
    await driver.close()
