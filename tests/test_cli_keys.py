"""`ouderbrug keys`: a ring is confirmed by a copy of it, and its keys are never shown."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.__main__ import main
from bot.store.sealed import Ring
from tests.fakes import command


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Typed:
    """The commands in this process, on a school of this test."""

    def __init__(self, config: Path, screen: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.config = config
        self._screen = screen
        self._patch = patch

    def __call__(self, *words: str, said: str = "") -> Done:
        self._patch.setattr(sys, "stdin", io.StringIO(said))
        code = main(["--config", str(self.config), *words])
        return Done(code, *self._screen.readouterr())

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """A school whose database and ring the first command makes."""
    monkeypatch.delenv("BOT_KEYS", raising=False)
    return Typed(command.on("sqlite:///bot.db", Ring.make(), tmp_path).config, capsys, monkeypatch)


def ring_of(here: Typed) -> Path:
    return here.config.parent / "ouderbrug.keys"


def elsewhere(here: Typed, text: str | None = None) -> Path:
    """A copy of the ring."""
    copy = here.config.parent / "copy.keys"
    copy.write_text(ring_of(here).read_text() if text is None else text)
    return copy


def test_a_copy_is_compared_and_remembered(here: Typed) -> None:
    found = here.json("keys", "show")
    assert (found["keys"], found["confirmed"], found["from"]) == (1, False, str(ring_of(here)))
    done = here("keys", "confirm", str(elsewhere(here)))
    assert done.returncode == 0, done.stderr
    assert found["fingerprint"] in done.stdout
    assert "same disk" in done.stderr
    assert here.json("keys", "show")["confirmed"]


@pytest.mark.parametrize("what", ["itself", "another", "rubbish", "nothing", "a link"])
def test_what_is_no_copy_is_refused_in_one_line(here: Typed, what: str) -> None:
    here("keys", "show")
    texts = {"another": str(Ring.make()), "rubbish": "x", "nothing": None}
    copy = ring_of(here) if what == "itself" else elsewhere(here, texts.get(what))
    if what in ("nothing", "a link"):
        copy.unlink()
    if what == "a link":
        os.link(ring_of(here), copy)
    done = here("keys", "confirm", str(copy))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert str(copy) in done.stderr
    assert not here.json("keys", "show")["confirmed"]


def test_who_keeps_it_in_a_password_manager_types_its_signs(here: Typed) -> None:
    found = here.json("keys", "show")["fingerprint"]
    assert here("keys", "confirm").returncode == 2
    assert here("keys", "confirm", "--stored-elsewhere", said="12345678\n").returncode == 2
    assert not here.json("keys", "show")["confirmed"]
    assert here("keys", "confirm", "--stored-elsewhere", said=f"{found[-8:].upper()}\n").returncode == 0
    assert here.json("keys", "show")["confirmed"]


def test_a_newer_key_wants_a_new_copy(here: Typed) -> None:
    before = here.json("keys", "show")
    old = elsewhere(here)
    assert here("keys", "confirm", str(old)).returncode == 0
    if os.geteuid() == 0:
        os.chown(ring_of(here), 4711, 4711)  # root rotates what the bot, another user, must still read
    owner = ring_of(here).stat().st_uid
    done = here("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert ring_of(here).stat().st_uid == owner
    after = here.json("keys", "show")
    assert (after["keys"], after["confirmed"]) == (2, False)
    assert after["fingerprint"] != before["fingerprint"]
    assert ring_of(here).stat().st_mode & 0o777 == 0o600
    sealed = Ring.parse(old.read_text()).seal("contact.language", "nl")
    assert Ring.parse(ring_of(here).read_text()).open("contact.language", sealed) == "nl"
    assert here("keys", "confirm", str(old)).returncode == 2, "the old copy is no copy any more"


def test_the_ring_of_the_environment_is_the_operators_own(here: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring.make()
    monkeypatch.setenv("BOT_KEYS", str(ring))
    found = here.json("keys", "show")
    assert (found["from"], found["confirmed"], found["fingerprint"]) == ("BOT_KEYS", True, ring.fingerprint)
    assert "BOT_KEYS is yours" in here("keys", "rotate").stderr


def test_only_make_shows_keys(here: Typed) -> None:
    here("keys", "show")
    made = here("keys", "make")
    assert len(Ring.parse(made.stdout)) == 1
    told = [here(*line) for line in (["keys", "show"], ["keys", "confirm", str(elsewhere(here))], ["keys", "rotate"])]
    secrets = [line.split()[1] for line in ring_of(here).read_text().splitlines()]
    assert secrets
    assert not any(secret in done.stdout + done.stderr for secret in secrets for done in told)
