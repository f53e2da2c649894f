"""What a preview says is what an import does: compared on both databases, over files of every kind."""

import io
import random
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select, update

from bot.errors import RosterError
from bot.people import codes, roster
from bot.people.addresses import same_name
from bot.people.roster import preview
from bot.people.roster.preview import Preview, is_broken
from bot.people.roster.sheet import Sheet, parse
from bot.people.roster.wrong import kinds
from bot.store import tables as t
from bot.store.database import Database, Tx

YEAR, NEXT = "2026-2027", "2027-2028"
HEAD = "nummer;groep;kind;ouder;taal;telefoon"
FIRST = (
    "1;groep 4;Elif Yılmaz;Ayşe Yılmaz;tr;0612000001", "1;groep 4;Elif Yılmaz;Mehmet Yılmaz;nl;0612000002",
    ";groep 1;Can Yılmaz;Ayşe Yılmaz;tr;0612000001", ";groep 4;Daan de Boer;Jan de Boer;nl;",
    "5;groep 5;Saar Bakker;Jan Bakker;nl;0612000004",
)  # fmt: skip


def sheet(*lines: str, head: str = HEAD) -> Sheet:
    return parse("x.csv", "\n".join([head, *lines]).encode())


@pytest.fixture
def school(database: Database, now: datetime) -> Database:
    with database.begin() as tx:
        roster.load(tx, "brug", YEAR, sheet(*FIRST), now)
    return database


def compared(database: Database, *lines: str, year: str = YEAR, head: str = HEAD) -> Preview:
    with database.read() as tx:
        return preview.compare(tx, "brug", year, sheet(*lines, head=head))


def everything(tx: Tx) -> tuple[dict[int, Any], dict[tuple[int, str], str], dict[int, Any]]:
    """Children, their groups, and guardians, as stored."""
    children = {row.id: (tx.open("child.name", row.name), row.left_at) for row in tx.execute(select(t.child))}
    joined = select(t.membership, t.group.c.name).join(t.group, t.group.c.id == t.membership.c.group_id)
    groups = {(row.child_id, row.year): row.name for row in tx.execute(joined)}
    guardians = {
        row.id: (
            row.child_id, tx.open("guardian.name", row.name), tx.open("guardian.language", row.language),
            tx.open("guardian.phone", row.phone) if row.phone else "",
        )
        for row in tx.execute(select(t.guardian))
    }  # fmt: skip
    return children, groups, guardians


def done(tx: Tx, year: str, lines: Sheet, now: datetime) -> dict[str, object]:
    """What an import did, seen from outside, in the terms of a preview."""
    children, groups, guardians = everything(tx)
    report = roster.load(tx, "brug", year, lines, now)
    children2, groups2, guardians2 = everything(tx)
    new = children2.keys() - children.keys()
    moved = [
        (was[max(was)], after, children2[child][0])
        for (child, its), after in groups2.items()
        if its == year and (was := {y: g for (c, y), g in groups.items() if c == child and y <= year})
        if same_name(was.get(year, "")) != same_name(after)
    ]  # fmt: skip
    assert report.moved == len(moved)
    changed = []
    for number, (_child, *values) in guardians2.items():
        for what, was, value in zip(
            ("name", "language", "phone"), guardians.get(number, (0, *values))[1:], values, strict=True
        ):
            if was != value:
                changed.append((values[0], what, was, value))
    changed += [
        (name, "child", children[c][0], name)
        for c, (name, _) in children2.items()
        if c in children
        if name != children[c][0]
    ]
    return {
        "new": sorted(children2[each][0] for each in new), "moves": sorted(moved), "changes": sorted(set(changed)),
        "joined": sorted((name, children2[child][0]) for g, (child, name, *_) in guardians2.items()
                         if g not in guardians and child not in new),
        "back": sorted(children2[c][0] for c in children if children[c][1] and not children2[c][1]),
    }  # fmt: skip


def said(found: Preview) -> dict[str, object]:
    return {
        "new": sorted(each.name for each in found.new),
        "moves": sorted((each.before, each.after, name) for each in found.moves for name in each.names),
        "changes": sorted({(each.name, each.what, each.before, each.after) for each in found.changes}),
        "joined": sorted((each.name, each.child) for each in found.joined), "back": sorted(found.back),
    }  # fmt: skip


FILES = {
    "the same": FIRST,
    "a child more": (*FIRST, "9;groep 4;Selam Tesfay;Hiwet Tesfay;ti;0612000011", "9;groep 4;Selam Tesfay;Dawit T;nl;"),
    "siblings": (*FIRST, ";groep 4;A Tesfay;Hiwet T;ti;0612000011", ";groep 1;B Tesfay;Hiwet T;ti;0612000011"),
    "another group": (*FIRST[:3], ";groep 4b;Daan de Boer;Jan de Boer;nl;", FIRST[4]),
    "a group in other letters": tuple(line.replace("groep 4", "Groep-4") for line in FIRST),
    "names and languages": tuple(line.replace("Ayşe", "Ayse").replace(";tr;", ";ku;") for line in FIRST),
    "another phone": (*FIRST[:4], "5;groep 5;Saar Bakker;Jan Bakker;nl;0612000099"),
    "no phone any more": (*FIRST[:4], "5;groep 5;Saar Bakker;Jan Bakker;nl;"),
    "half a file": FIRST[:2],
    "one parent more": (*FIRST, ";groep 4;Daan de Boer;Piet de Boer;nl;", ),
    "next groups": tuple(line.replace("groep 5", "groep 6").replace("groep 4", "groep 5") for line in FIRST),
}  # fmt: skip


@pytest.mark.parametrize("year", [YEAR, NEXT])
@pytest.mark.parametrize("file", FILES)
def test_what_is_said_is_what_is_done(school: Database, now: datetime, file: str, year: str) -> None:
    found = compared(school, *FILES[file], year=year)
    assert not found.mistakes
    with school.begin() as tx:
        assert said(found) == done(tx, year, sheet(*FILES[file]), now)
    again = compared(school, *FILES[file], year=year)
    assert again.does_nothing


def test_a_hundred_files_by_chance(database: Database, now: datetime) -> None:
    draw = random.Random(7)
    names = [f"Kind{n} Naam{n % 9}" for n in range(14)]
    for turn in range(40 if database.postgres else 100):
        lines = [
            f"{n if draw.random() < 0.5 else ''};groep {draw.randint(1, 3)};{name};Ouder{n % 4} Naam{n % 9};"
            f"{draw.choice(('nl', 'tr'))};{draw.choice(('', f'06120000{n:02}'))}"
            for n, name in enumerate(names) if draw.random() < 0.8
        ]  # fmt: skip
        found = compared(database, *lines)
        with database.begin() as tx:
            if found.mistakes:
                with pytest.raises(RosterError):
                    roster.load(tx, "brug", YEAR, sheet(*lines), now)
                continue
            assert said(found) == done(tx, YEAR, sheet(*lines), now), turn


def test_it_only_reads(school: Database, now: datetime) -> None:
    with school.read() as tx:
        before = everything(tx)
        preview.compare(tx, "brug", YEAR, sheet(*FILES["a child more"]))
        assert everything(tx) == before


def test_families_are_counted_by_the_people_they_share(school: Database, now: datetime) -> None:
    found = compared(
        school, *FILES["siblings"], ";groep 2;C Alleen;Iemand;nl;", ";groep 2;D Yılmaz;Ayşe Yılmaz;tr;0612000001"
    )
    assert len(found.new) == 4
    assert found.families == 2, "two that share a mother, one alone, and one of a family that is known"


def test_a_child_that_left_comes_back(school: Database, now: datetime) -> None:
    with school.begin() as tx:
        tx.execute(update(t.child).values(left_at=now - timedelta(days=30)))
    found = compared(school, *FIRST[:2])
    assert found.back == ("Elif Yılmaz",)
    assert found.missing == (), "who left is not missed"
    with school.begin() as tx:
        assert said(found) == done(tx, YEAR, sheet(*FIRST[:2]), now)


def test_who_is_not_in_the_file_is_named_and_stays(school: Database, now: datetime) -> None:
    found = compared(school, FIRST[0], FIRST[2], FIRST[4])
    assert found.missing == (("Daan de Boer", "groep 4"),)
    assert [(each.name, each.child) for each in found.parted] == [("Mehmet Yılmaz", "Elif Yılmaz")]


def test_without_a_column_of_phones_none_changes(school: Database, now: datetime) -> None:
    lines = [line.rpartition(";")[0] for line in FIRST]
    assert compared(school, *lines, head=HEAD.rpartition(";")[0]).does_nothing


def test_what_looks_like_another_file(school: Database, now: datetime) -> None:
    assert compared(school, *FIRST).doubts == ()
    later = FILES["next groups"]
    assert compared(school, *later).doubts == ("volgend_jaar",)
    assert compared(school, *later, year=NEXT).doubts == ()
    others = [f";groep 4;Kind{n} Ander;Ouder{n} Ander;nl;" for n in range(4)]
    assert compared(school, *others).doubts == ("nieuw",)


def test_the_mark_is_of_this_very_preview(school: Database, now: datetime) -> None:
    one, other = compared(school, *FIRST), compared(school, *FILES["a child more"])
    with school.read() as tx:
        assert preview.mark(tx, one) == preview.mark(tx, compared(school, *FIRST))
        assert preview.mark(tx, one) != preview.mark(tx, other)


@pytest.mark.parametrize(("text", "broken"), [
    ("JosÃ©", True), ("YÄ±lmaz", True), ("ZoÃ«", True), ("Jos\ufffd", True), ("J?zef", True), ("José", False),
    ("Yılmaz", False), ("Zoë", False), ("فاطمة", False), ("Wie?", False), ("Ñandú", False), ("Strauß", False),
])  # fmt: skip
def test_letters_that_were_broken_on_their_way(text: str, broken: bool) -> None:
    assert is_broken(text) is broken


def test_every_fault_has_a_kind(school: Database, now: datetime) -> None:
    lines = [
        ";groep 4;;Jan;nl;", f";groep 4;{'x' * 121};Jan;nl;", ";groep 4;Noor;Jan;nl;;te veel",
        ";groep 4;Noor;Jan;Klingon;12", "1;groep 4;Iemand Anders;Jan;nl;", "1;groep 5;Elif Yılmaz;Ayşe Yılmaz;tr;",
        "1;groep 4;Elif Yılmaz;Ayşe Yılmaz;nl;",
        ";groep 4;=A1;Jan;nl;", ";groep 4;#N/B;Jan;nl;", ";groep 4;JosÃ©;Jan;nl;",
    ]  # fmt: skip
    found = compared(school, FIRST[0], *lines)
    assert [line for line, _ in found.mistakes] == list(range(3, 13))
    assert all(kinds(text) for _, text in found.mistakes)
    assert said(found) == said(Preview(YEAR)), "with a mistake nothing is promised"


def _excel(*rows: list[Any]) -> bytes:
    book = Workbook()
    first = book.worksheets[0]
    for row in rows:
        first.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _bomb() -> Iterator[bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b" " * (preview.UNPACKED + 1))
    yield out.getvalue()


def test_a_file_is_what_it_holds_not_what_it_is_called() -> None:
    data = _excel(["groep", "kind", "ouder", "taal"], ["groep 4", "Elif", "Ayşe", "Turks"])
    assert len(preview.read("gezinnen.csv", data).lines) == 1
    assert len(preview.read("gezinnen.XLSX", data).lines) == 1
    assert len(preview.read("gezinnen", f"{HEAD}\n{FIRST[0]}".encode()).lines) == 1


@pytest.mark.parametrize(("name", "data", "kind"), [
    ("x.xlsx", b"niets", "geen_excel"), ("x.xls", b"\xd0\xcf\x11\xe0", "geen_excel"),
    ("x.xlsx", next(_bomb()), "te_groot"), ("x.csv", b"", "bestand_leeg"),
    ("x.csv", ("a\n" * 20_010).encode(), "kolom_mist"),
    ("x.csv", (HEAD + "\n;a;b;c;nl;" * 20_010).encode(), "te_groot"), ("x.csv", f'{HEAD}\n"'.encode(), "aanhaling"),
])  # fmt: skip
def test_traps_are_refused_by_kind(name: str, data: bytes, kind: str) -> None:
    with pytest.raises(RosterError) as refused:
        preview.read(name, data)
    assert [each.name for text in refused.value.lines.values() for each in kinds(text)] == [kind]


def test_three_hundred_families_are_compared_within_a_second(database: Database, now: datetime) -> None:
    lines = [
        f";groep {n % 14};Kind{n} Naam{n * 2 // 3};Ouder{g} Naam{n * 2 // 3};Turks;06{12000000 + n * 2 // 3 * 2 + g}"
        for n in range(450) for g in range(2)
    ]  # fmt: skip
    began = time.monotonic()
    found = compared(database, *lines)
    with database.begin() as tx:
        report = roster.load(tx, "brug", YEAR, sheet(*lines), now)
        assert report.codes == len(codes.letters(tx, range(1, 2000), "brug", now))
    assert compared(database, *lines).does_nothing
    assert found.families == 300
    assert time.monotonic() - began < 3, "three times within a second each"
