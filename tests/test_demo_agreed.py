"""What the teacher promised and agreed on: plain forms on her page, without scripts, and the parent's phone."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.demo import Demo

HOSTILE = "<script>document.title='broken'</script>{{7*7}}"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One demo for all tests of this file; Jan has enrolled."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    assert demo.url in demo.start()
    letter = re.search(r'id="beside-jan".*?(START [-0-9A-Z]+)', httpx.get(demo.url).text, re.DOTALL)
    assert letter
    for text in (letter[1], "1", "1"):
        post(demo.url + "/demo/phones/jan/say", text=text)
    yield demo.url
    demo.kill()


def post(url: str, **fields: str) -> httpx.Response:
    return httpx.post(url, data=fields, timeout=20)


def page(url: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", httpx.get(f"{url}/juf").text.partition('id="agreed"')[2]))


def test_a_promise_is_noted_and_done(url: str) -> None:
    assert post(f"{url}/juf/beloofd", text=f"Jan bellen {HOSTILE}", due="2026-11-24").status_code == 303
    html = httpx.get(f"{url}/juf").text
    assert "Jan bellen &lt;script&gt;" in html
    assert "{{7*7}}" in html
    assert "voor di 24 nov" in page(url)
    number = re.search(r'action="/juf/beloofd/(\d+)"', html)
    assert number
    for _ in range(2):  # pressed twice
        assert post(f"{url}/juf/beloofd/{number[1]}").status_code == 303
    assert "Jan bellen" not in page(url)


def test_a_talk_is_agreed_on_read_by_the_parent_and_called_off(url: str) -> None:
    who = re.search(r'<option value="(\d+-\d+)">Jan de Boer over Daan de Boer', httpx.get(f"{url}/juf").text)
    assert who
    assert post(f"{url}/juf/gesprek", who=who[1], at="2026-12-01T15:00").status_code == 303
    assert "Gesprek met Jan de Boer over Daan de Boer di 1 dec 15.00" in page(url)
    assert "op dinsdag 1 december om 15:00 praten we over Daan" in httpx.get(url).text
    taken = post(f"{url}/juf/gesprek", who=who[1], at="2026-12-01T15:05")
    assert (taken.status_code, "nog niets is afgesproken" in taken.text) == (422, True)
    number = re.search(r'action="/juf/gesprek/(\d+)"', httpx.get(f"{url}/juf").text)
    assert number
    assert post(f"{url}/juf/gesprek/{number[1]}", stap="af").status_code == 303
    assert "Gesprek met" not in page(url)
    assert "gaat niet door" in httpx.get(url).text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("beloofd", {"text": " ", "due": "2026-11-24"}),
        ("beloofd", {"text": "bellen", "due": "morgen"}),
        ("beloofd", {"text": "x" * 201, "due": "2026-11-24"}),
        ("gesprek", {"who": "9999-9999", "at": "2026-12-01T15:00"}),
        ("gesprek", {"who": "", "at": "2026-12-01T15:00+01:00"}),
        ("gesprek", {}),
        ("gesprek/1", {"stap": "weg"}),
    ],
)
def test_what_cannot_be_changes_nothing(url: str, path: str, fields: dict[str, str]) -> None:
    before = page(url)
    refused = post(f"{url}/juf/{path}", **fields)
    assert (refused.status_code, bool(refused.text)) == (422, True)
    assert page(url) == before
