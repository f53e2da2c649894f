"""What goes with a broadcast: known by its bytes, without what it tells besides, kept for thirty days."""

import re
import struct
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.broadcast import attachments
from bot.broadcast.attachments import LIFE, Unfit
from bot.broadcast.cleaned import clean
from bot.broadcast.content import OWN, WORDS, Content
from bot.channels.files import LARGEST
from bot.model import Value
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.sealed import Ring
from tests.harness import pictures
from tests.harness.telling import made
from tests.world import World

EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"
FITTING = {
    "image/jpeg": pictures.jpeg(), "image/png": pictures.png(), "application/pdf": pictures.PDF,
    "audio/ogg": pictures.OGG, "audio/mpeg": pictures.MP3, "audio/mp4": pictures.m4a(), "audio/webm": pictures.WEBM,
}  # fmt: skip


# --- what is left of it
@pytest.mark.parametrize("kind", FITTING)
def test_it_is_what_its_bytes_say_and_tells_nothing_besides(kind: str) -> None:
    content_type, left = clean(FITTING[kind])
    assert content_type == kind
    assert pictures.WHERE not in left
    assert clean(left) == (kind, left), "nothing more is taken from what was cleaned"


def test_a_picture_looks_as_before() -> None:
    _, left = clean(pictures.jpeg())
    for kept in (b"JFIF\0", b"ICC_PROFILE\0", b"Adobe\0", b"\x12\xff\x00\x34\xff\xd0\x56", b"\x78\xff\xd9"):
        assert kept in left
    assert left.endswith(b"\x78\xff\xd9"), "what stood behind its end is gone"
    assert b"Exif" not in left
    _, left = clean(pictures.png())
    assert b"IDAT" in left
    assert left.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turned", [6, 8])
def test_how_a_picture_is_turned_stays(turned: int, order: str) -> None:
    _, left = clean(pictures.jpeg(turned, order))
    assert EXIF + bytes((turned,)) in left
    assert left.count(b"Exif") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x14ftypM4A \0\0\0\0M4A " + b"".join(struct.pack(">I4s", 8 * n, b"moov") for n in range(5000, 0, -1)),
        b"ID3\x03\0\0\0\0\0\0" * 300_000,
        b"\xff\xd8" + b"\xff\xda\x00\x02a" * 300_000,
    ],
    ids=["boxes in boxes", "words before words", "points behind points"],
)
def test_one_that_is_made_to_keep_us_busy_is_put_aside_at_once(data: bytes) -> None:
    """Whoever uploads it keeps a processor meanwhile."""
    began = time.process_time()
    with pytest.raises(Unfit, match="stuk"):
        clean(data)
    assert time.process_time() - began < 2


def test_a_sound_keeps_its_length_and_its_place() -> None:
    before = pictures.m4a()
    _, left = clean(before)
    assert (len(left), left.index(b"mdat")) == (len(before), before.index(b"mdat"))
    assert b"udta" not in left
    assert clean(pictures.MP3)[1].startswith(b"\xff\xfb")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "leeg"), (bytes(LARGEST + 1), "groot"), (b"hallo", "soort"), (b"MZ\x90\0", "soort"),
        (b"GIF89a..", "soort"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "soort"), (b"PK\x03\x04", "soort"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "soort"), (pictures.m4a(b"vide"), "soort"),
        (b"OggS" + bytes(60) + b"vorbis", "soort"),
        (b"\x1a\x45\xdf\xa3....webm....V_VP9", "soort"), (pictures.jpeg(ends=False), "stuk"), (b"\xff\xd8\xff", "stuk"),
        (b"\xff\xd8\xff\xe1\xff\xff", "stuk"), (b"\xff\xd8\xff\xd9", "stuk"), (pictures.png()[:40], "stuk"),
        (b"\x89PNG\r\n\x1a\n", "stuk"), (b"ID3\x04\0\0\x7f\x7f\x7f\x7f", "stuk"), (b"\0\0\0\x08ftypM4A ", "stuk"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_reason(ring: Ring, data: bytes, why: str) -> None:
    with pytest.raises(Unfit, match=f"^{why}$"):
        attachments.sealed(ring, "foto.jpg", data)


@pytest.mark.parametrize("kind", FITTING)
def test_half_a_file_never_breaks_anything(kind: str) -> None:
    data = FITTING[kind]
    for end in range(0, len(data), 3):
        try:
            clean(data[:end])
        except Unfit as error:
            assert str(error) in ("soort", "stuk")  # noqa: PT017 - either is right, nothing else is


# --- kept
def kept(world: World, data: bytes = pictures.PDF) -> int:
    def keep(tx: Tx) -> int:
        writer = staff.by_key(tx, "brug", "janneke").id
        return attachments.keep(tx, "brug", writer, attachments.sealed(tx.ring, " verslag.exe ", data), world.clock())

    return world.write(keep)


def token(world: World, file_id: int) -> str:
    with world.bot.database.read() as tx:
        value = attachments.value(tx, "https://bot.school.example", file_id)
    assert value is not None
    address, _, found = value.value.rpartition("/")
    assert (address, value.kind) == ("https://bot.school.example/bijlage", "file")
    return found


def fetched(world: World, given: str, later: timedelta = timedelta(0)) -> tuple[str, bytes] | None:
    with world.bot.database.read() as tx:
        return attachments.by_token(tx, given, world.clock() + later)


def test_whoever_knows_its_token_has_it_for_thirty_days(world: World) -> None:
    file_id = kept(world)
    known = token(world, file_id)
    assert re.fullmatch("[A-Za-z0-9]{24}", known), "more than 128 bits, and nothing before which a phone ends a link"
    assert known != token(world, kept(world))
    assert fetched(world, known) == ("application/pdf", pictures.PDF)
    assert fetched(world, known, LIFE - timedelta(seconds=1))
    assert fetched(world, known, LIFE) is None
    for wrong in (known[:-1], known.swapcase(), "", "x" * 65, "../" + known, "%"):
        assert fetched(world, wrong) is None
    row = world.rows(select(t.attachment).where(t.attachment.c.id == file_id))[0]
    assert pictures.PDF not in row.data
    assert known.encode() not in row.token
    with world.bot.database.read() as tx:
        assert attachments.about(tx, file_id) == ("pdf", "verslag.exe", "application/pdf")


def test_what_leaves_later_lives_from_then(world: World) -> None:
    file_id = kept(world)
    known, late = token(world, file_id), timedelta(days=45)
    content = Content(OWN, "", {WORDS: Value("words", "Zie de foto.", "nl")}, file_id=file_id)
    made(world, content, due_at=world.clock() + late, until=world.clock() + late + timedelta(days=1))
    assert fetched(world, known, late + LIFE - timedelta(seconds=1))
    assert fetched(world, known, late + LIFE) is None


def test_it_is_forgotten_at_once_unless_something_holds_it(world: World) -> None:
    held, loose = kept(world), kept(world)
    made(world, Content(OWN, "", {WORDS: Value("words", "Zie de foto.", "nl")}, file_id=held))
    with world.bot.database.begin() as tx:
        hers, colleague = (staff.by_key(tx, "brug", key).id for key in ("janneke", "bas"))
        attachments.drop(tx, loose, colleague)
        assert attachments.about(tx, loose), "that is not his"
        for each in (held, loose, 999):
            attachments.drop(tx, each, hers)
    assert [row.id for row in world.rows(select(t.attachment.c.id))] == [held]
