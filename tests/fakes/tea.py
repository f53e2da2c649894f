"""A small content without fault, one flow and two languages, to be spoilt one thing at a time."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.check import everything, reading, sizes
from bot.check.content import Content
from bot.check.finding import Finding
from bot.config import Config, Languages, School
from bot.translation.languages import plural_header

FLOW = """
flow = "thee"
kind = "communicatie"
phase = "hoofd"
cell = 3
rank = "question"
class = "plan"
purpose = "tips"
start = { keyword = "kw.thee" }
[step.dag]
ask = "thee.dag"
options = ["ma", "do"]
save = "dag"
retry = { then = "mens" }
next = { ma = "groet", do = "later" }
[step.groet]
say = "thee.groet"
end = "done"
[step.later]
do = "tea.note"
next = { full = "mens", else = "wacht" }
[step.wacht]
wait = "2d"
ask = "thee.hoeveel"
type = "number"
range = [0, 3]
save = "aantal_koppen"
timeout = { after = "48h", say = "thee.nog_even", then = "mens" }
next = [{ if = { aantal_koppen = 0 }, go = "mens" }, { if = { aantal_koppen = { min = 1 } }, go = "plan" }]
[step.plan]
say = "thee.koppen"
remind = { id = "thee", say = "thee.straks", on = "{dag}", at = "19:30" }
[step.klaar]
start = "thee"
[step.mens]
handoff = { to = "leerkracht", say = "thee.mens" }
"""
STYLE = Path(__file__).resolve().parents[2] / "locales" / "style.toml"
MARKS = {"thee.nog_even": "risk", "thee.stil": "stop"}
# key: the Dutch, the Turkish
TEXTS = {
    "algemeen.kies": ("Kies een nummer.", "Bir numara seçin."),
    "thee.dag": ("Wanneer komt u theedrinken?", "Çaya ne zaman gelirsiniz?"),
    "thee.dag.ma": ("Op maandag", "Pazartesi günü"),
    "thee.dag.ma.words": ("maandag, ma", "pazartesi"),
    "thee.dag.do": ("Op donderdag", "Perşembe günü"),
    "thee.groet": ("Tot {dag}, {ouder}!", "{dag} görüşürüz, {ouder}!"),
    "thee.hoeveel": ("Hoeveel koppen dronk {ouder} met ons?", "Bizimle {ouder} kaç bardak içti?"),
    "thee.nog_even": ("Dag, hier {school}. De thee is nog warm.", "Merhaba, burası {school}. Çay hâlâ sıcak."),
    "thee.koppen": ("Genoteerd.", "Not edildi."),
    "thee.straks": ("Dag, hier {school}. Straks is er thee.", "Merhaba, burası {school}. Birazdan çay var."),
    "thee.mens": ("Dag, {leerkracht} belt u.", "Merhaba, {leerkracht} sizi arar."),
    "thee.stil": ("Stuur STOP om te stoppen.", "Durmak için STOP yazın."),
    "kw.thee": ("thee, theedrinken", "çay"),
    "kw.stop": ("stop, stoppen", "dur"),
    "kw.menu": ("menu", "menü"),
}


class Tea:
    """A folder with one flow and the words for it, to be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(
            {"dr": School("dr", "De Regenboog")},
            languages=Languages(("nl", "tr")), flows=folder / "flows", locales=folder / "locales",
        )  # fmt: skip
        self.config.flows.mkdir()
        self.config.locales.mkdir()
        shutil.copy(STYLE, self.config.locales)
        self.flow(FLOW)
        self.words()

    def flow(self, source: str, file: str = "thee.toml") -> None:
        (self.config.flows / file).write_text(source, encoding="utf-8")

    def words(self, changes: Mapping[str, tuple[str, str]] = {}, flags: Mapping[str, str] = {}, also: str = "") -> None:
        """Write both PO files with these changes; `flags` stand before Turkish entries, `also` after them."""
        entries = {**TEXTS, **changes}
        dutch = "".join(entry(key, text[0], "") for key, text in entries.items())
        turkish = "".join(flags.get(key, "") + entry(key, *text) for key, text in entries.items())
        (self.config.locales / "nl.po").write_text(header("nl") + dutch, encoding="utf-8")
        (self.config.locales / "tr.po").write_text(header("tr") + turkish + also, encoding="utf-8")

    def content(self) -> Content:
        read, unread = reading.read(self.config, {"tea.note"}, {"tea.days"})
        assert unread == []
        # The real code says other texts than these.
        return replace(read, said=frozenset({"thee.stil", "kw."}))

    def findings(self) -> list[Finding]:
        read = self.content()
        measured, unmeasured = sizes.measure(read, self.config.locales)
        return [*unmeasured, *everything.findings(read, measured)]


def header(language: str) -> str:
    lines = (
        f"Language: {language}",
        "Content-Type: text/plain; charset=utf-8",
        f"Plural-Forms: {plural_header(language)}",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in (*lines, "X-Reviewed-By: ")) + "\n"


def entry(key: str, dutch: str, own: str) -> str:
    marks = "list" if key.startswith("kw.") or key.endswith(".words") else MARKS.get(key, "")
    return f'#. {marks}\nmsgctxt "{key}"\nmsgid "{dutch}"\nmsgstr "{own}"\n\n'
