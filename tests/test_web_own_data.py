"""Everything that is kept of a parent, behind a secret address: in her language, for a day, with what she sent."""

import re
from datetime import timedelta

import httpx
from sqlalchemy import select

from bot.inbox import receive
from bot.model import Choice, Inbound, Media
from bot.outbox.fit import Piece, dump
from bot.privacy import export
from bot.reports.handout import page
from bot.store.database import Tx
from bot.store.tables import consent, guardian, inbox, media, run
from tests.fakes.server import serving
from tests.world import FATIMA, JAN, KARIN, OMAR, World


async def test_a_page_in_her_language_for_a_day(world: World) -> None:
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "<b>متى الرحلة؟</b>")
    await world.say(OMAR, "mens")
    await world.say(OMAR, "Something of mine")
    picture = Inbound("in-photo", FATIMA, "", kind="image", media=(Media("image", "ref-1", "image/png", 3, ""),))

    def lay(tx: Tx) -> None:
        receive.store(tx, [picture], world.clock())
        data = tx.seal_bytes("media.data", b"png")
        tx.execute(media.update().values(state="kept", data=data))
        tx.execute(inbox.update().values(state="done"))

    world.write(lay)
    await world.say(FATIMA, "mijn gegevens")
    assert world.last(FATIMA).keys == (
        "gegevens.gezin", "gegevens.bereik", "gegevens.hoe_lang", "gegevens.keuze",
    )  # fmt: skip
    assert "WhatsApp ...001" in world.last(FATIMA).message.text
    assert await world.say(FATIMA, "1") == ["gegevens.adres"]
    link = next(word for word in world.last(FATIMA).message.text.split() if export.PATH in word)
    path = link[link.index(export.PATH) :].strip("\u2068\u2069.")
    async with serving(world.web()) as url, httpx.AsyncClient(base_url=url) as client:
        page = await client.get(path)
        assert page.status_code == 200
        assert ('dir="rtl"' in page.text) == ('lang="ar"' in page.text)
        assert "&lt;b&gt;متى الرحلة؟" in page.text, "words are data"
        assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex")
        data = await client.get(f"{path}/mijn-gegevens.json")
        assert data.json()["tables"]["guardian"][0]["name"] == "Fatima Haddad"
        for other in ("Omar", "Something of mine", "612000002"):
            assert other not in page.text + data.text
        name = next(word for word in page.text.split('"') if "image-" in word).rpartition("/")[2]
        assert (await client.get(f"{path}/{name}")).content == b"png"
        assert (await client.get(f"{path}/image-99.png")).status_code == 404
        assert (await client.get(export.PATH + "/" + "a" * 32)).status_code == 404
        world.clock.move(world.clock() + timedelta(hours=24))
        for each in (path, f"{path}/mijn-gegevens.json", f"{path}/{name}"):
            assert (await client.get(each)).status_code == 404


async def test_the_page_says_it_in_words_and_not_in_names_of_ours(world: World) -> None:
    """What she chose stands there as she chose it; what she agreed to as she read it, once."""
    await world.say(JAN, "kennismaken")
    for each in ("1", "1", "klaar", "1 en 3", "overslaan", "overslaan"):
        await world.say(JAN, each)
    await world.say(JAN, "mijn gegevens")
    await world.say(JAN, "1")

    def look(tx: Tx) -> None:
        asked = dump([Piece("Mag school u schrijven?", (Choice("ja", "Ja"), Choice("nee", "Nee")))])
        tx.execute(consent.update().values(words=tx.seal("consent.words", asked), given_at=world.clock()))
        everything = export.everything(tx, world.bot.config, world.contact(JAN), world.clock())
        words = re.findall(
            r'class="said" dir="auto">(.*?)</span>', page(world.bot.catalogue, everything, data=""), re.S
        )
        assert words.count("Mag school u schrijven?\n1 Ja\n2 Nee") == 1
        assert {"Nederlands", "Praatje aan de deur", "Een telefoontje"} <= {*words}
        assert not [each for each in words if "[[" in each or each in ("contact", "deur", "bellen", "nl", "alles")]

    world.write(look)


async def test_a_person_looks_first_where_it_may_be_somebody_elses(world: World) -> None:
    """A number that was silent for months may be another's by now; on a phone of two parents it is also the other's."""
    for wait in (timedelta(days=100), timedelta(days=3)):
        world.clock.move(world.clock() + wait)
        await world.say(KARIN, "mijn gegevens")
        assert "gegevens.door" in await world.say(KARIN, "1"), "she wrote for the first time only just now"
    assert "vergeet.school" in await world.say(KARIN, "vergeet mij")
    world.clock.move(world.clock() + timedelta(days=20))
    await world.say(KARIN, "mijn gegevens")
    assert await world.say(KARIN, "1") == ["gegevens.adres"]

    def second_name(tx: Tx) -> None:
        row = tx.execute(select(guardian).where(guardian.c.contact_id == world.contact(KARIN))).mappings().first()
        assert row is not None
        new = {**row, "name": tx.seal("guardian.name", "Kees Jansen")}
        tx.execute(guardian.insert(), {name: value for name, value in new.items() if name != "id"})

    world.write(second_name)
    await world.say(KARIN, "mijn gegevens")
    assert "gegevens.door" in await world.say(KARIN, "1")
    assert "vergeet.school" in await world.say(KARIN, "vergeet mij")


async def test_in_the_minute_before_she_is_forgotten_nothing_is_promised(world: World) -> None:
    """Her last message is the last: no question of hers goes to a teacher who would not find her any more."""
    await world.say(JAN, "vergeet mij")
    assert await world.say(JAN, "2") == ["vergeet.klaar"]
    assert await world.say(JAN, "Mag ik nog iets vragen?") == ["onbekend.antwoord", "onbekend.antwoord"]
    code = world.code("Jan")
    await world.say(JAN, code)
    assert world.rows(select(run.c.id).where(run.c.contact_id == world.contact(JAN), run.c.state != "ended")) == []
    assert (await world.say(JAN, "hij slaat mij"))[0] == "gevaar.hulp", "need is heard all the same"
