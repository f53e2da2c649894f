"""Each thing that `bot check` finds: a small content without fault, and one bad change at a time."""

from pathlib import Path

import pytest

from tests.fakes.tea import FLOW, Tea


@pytest.fixture
def tea(tmp_path: Path) -> Tea:
    return Tea(tmp_path)


def test_a_flow_without_fault_has_no_finding(tea: Tea) -> None:
    assert tea.findings() == []


NEXT = 'next = { ma = "groet", do = "later" }'
BAD_FLOWS = [
    ('say = "thee.mens" }', 'say = "thee.mens" }\n[step.na]\nsay = "thee.groet"', "na", "dead end"),
    (NEXT, 'next = "later"', "groet", "never reached"),
    ('say = "thee.groet"\nend = "done"', 'say = "thee.groet"', "groet", "falls through into 'later'"),
    ('start = "thee"\n', 'next = "plan"\n', "klaar", "without a question"),
    ('do = "later" }', 'do = "latr" }', "dag", "'latr', which is no step"),
    ('retry = { then = "mens" }', 'retry = { then = "mans" }', "dag", "'mans', which is no step"),
    ('thee.nog_even", then = "mens"', 'thee.nog_even", then = "mans"', "wacht", "'mans', which is no step"),
    ('start = "thee"\n', 'start = "koffie"\n', "klaar", "'koffie', which is no flow"),
    ('"tea.note"', '"tea.pour"', "later", "does not exist"),
    ('options = ["ma", "do"]', 'options_from = "tea.note"', "dag", "does not exist"),
    ('options = ["ma", "do"]', "", "dag", "offers none"),
    (NEXT, 'next = { za = "groet", else = "later" }', "dag", "never be the answer"),
    ("aantal_koppen = 0", "koppen = 0", "wacht", "no step saves"),
    ('["ma", "do"]', '["ma", "do", "vr"]', "dag", "option without a label"),
    ('"thee.koppen"', '"thee.koekjes"', "plan", "not in the Dutch texts"),
    ('say = "thee.mens"', 'say = "thee.wie"', "mens", "not in the Dutch texts"),
    ('save = "dag"\n', "", "plan", "needs {dag}"),
    ('do = "tea.note"', 'do = "tea.note"\nwith = { hoeveel = "{aantal_koppen}" }', "later", "needs {aantal_koppen}"),
    ('start = "thee"\n', 'start = "{vervolg}"\n', "klaar", "needs {vervolg}"),
]


@pytest.mark.parametrize(
    ("good", "bad", "step", "message"), BAD_FLOWS, ids=[f"{case[2]}: {case[3]}" for case in BAD_FLOWS]
)
def test_a_bad_step_is_found(tea: Tea, good: str, bad: str, step: str, message: str) -> None:
    assert good in FLOW
    tea.flow(FLOW.replace(good, bad))
    found = [each for each in tea.findings() if each.where == step and message in each.message]
    assert [(each.level, each.file) for each in found] == [("error", "flows/thee.toml")]


# key, the Dutch, the Turkish, where it is found, what is said
BAD_TEXTS = [
    ("thee.groet", "Tot {dag}, {ouder}!", "", "warning tr", "not translated"),
    ("thee.nog_even", "Dag, hier {school}. Thee!", "", "error tr", "not translated"),  # a risk
    ("thee.koekje", "Koekje?", "Kurabiye?", "warning nl", "used nowhere"),
    ("thee.groet", "Tot {dag}, {ouder}!", "{dag} görüşürüz!", "error tr", "differ from the Dutch: {ouder}"),
    ("thee.groet", "Tot {dag}!", "{dag}, {ouder}!", "error tr", "differ from the Dutch: {ouder}"),
    ("thee.groet", "Tot {dag.naam}!", "Gel!", "error nl", "has {dag.naam} in it"),
    ("thee.groet", "Tot {0}!", "Gel!", "error nl", "has {0} in it"),
    ("thee.groet", "Tot {!", "Gel!", "error nl", "has { in it"),
    ("thee.groet", "Tot {uur}!", "{uur}!", "error groet", "needs {uur}"),
    ("thee.koppen", "thee " * 40 + "op", "Not edildi.", "warning nl", "202 signs (2 SMS parts)"),
    ("thee.dag.do", "Op donderdag", "Perşembe gününün sabahı", "error tr", "a button has 20"),
    ("thee.dag.do", "Op donderdag", "End", "error tr", "ends everything"),
    ("thee.dag.ma.words", "maandag", "pazartesi, cancel", "error tr", "'cancel' ends everything"),
    ("thee.dag.do", "Stoppen", "Perşembe", "error nl", "ends everything"),
    ("thee.dag.do", "Menu", "Perşembe", "error nl", "starts kw.menu"),
    ("thee.dag.ma.words", "op donderdag", "pazartesi", "error nl", "'op donderdag' also means"),
    ("thee.koppen", "Genoteerd. STOP mag ook.", "Not edildi.", "error nl", "names STOP"),
    ("kw.thee", "thee, Menú", "çay", "error nl", "word of the house"),
    ("thee.straks", "{school} schenkt thee.", "Birazdan {school} çayı.", "error nl", "begins or ends with a field"),
    ("thee.hoeveel", "Hoeveel dronk u, {ouder}", "Kaç, {ouder}?", "error nl", "begins or ends with a field"),
    ("thee.straks", "Dag {ouder}\\n{kind}, thee!", "Merhaba {ouder} ve {kind}!", "error nl", "side by side"),
    ("thee.nog_even", "Dag.\\n\\n\\nThee!", "Merhaba. Çay!", "error nl", "empty lines"),
    ("thee.nog_even", "thee " * 205 + "op", "Merhaba. Çay!", "error nl", "longer than 1024"),
    ("thee.koppen", "Genoteerd.", "Not  edildi.", "warning tr", "double space"),
    ("thee.koppen", "Genoteerd. ", "Not edildi.", "warning nl", "double space"),
    ("thee.dag", "Wanneer komt u?", "Wanneer komt u?", "warning tr", "still Dutch"),
    ("thee.koppen", "Genoteerd.", "\u202eNot edildi.", "error tr", "direction sign"),
    ("thee.koppen", "Genoteerd.", "Not\\tedildi.", "error tr", "control character"),
    ("thee.koppen", "Genoteerd.", "Nоt edildi.", "error tr", "mixes scripts"),
    ("thee.koppen", "U moet komen.", "Not edildi.", "warning nl", "says 'moet'"),
]


@pytest.mark.parametrize(
    ("key", "dutch", "turkish", "place", "message"),
    BAD_TEXTS,
    ids=[f"{case[3]} {case[0]} {case[4]}" for case in BAD_TEXTS],
)
def test_a_bad_text_is_found(tea: Tea, key: str, dutch: str, turkish: str, place: str, message: str) -> None:
    tea.words({key: (dutch, turkish)})
    assert place in {f"{each.level} {each.where}" for each in tea.findings() if message in each.message}


def test_a_translation_is_stale_when_its_dutch_has_changed(tea: Tea) -> None:
    tea.words({"thee.koppen": ("Opgeschreven.", "Not edildi.")}, flags={"thee.koppen": '#, fuzzy\n#| msgid "Oud"\n'})
    assert [(each.level, each.key, each.message) for each in tea.findings()] == [
        ("warning", "thee.koppen", "its Dutch has changed")
    ]
