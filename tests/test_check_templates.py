"""The options under a text that WhatsApp must approve: few, short, and known beforehand."""

from pathlib import Path

import pytest

from bot import config
from bot.check import templates
from bot.desk import knock
from bot.desk.flows import read_folder
from tests.fakes.tea import FLOW, Tea

NUDGED = 'options = ["ma", "do"]\ntimeout = { after = "24h", say = "thee.nog_even", then = "mens" }'


@pytest.fixture
def tea(tmp_path: Path) -> Tea:
    return Tea(tmp_path)


def found(tea: Tea, options: str = NUDGED) -> list[tuple[str, str]]:
    tea.flow(FLOW.replace('options = ["ma", "do"]', options))
    return [(each.where, each.message) for each in templates.buttons(tea.content())]


def test_days_and_short_labels_are_well(tea: Tea) -> None:
    assert found(tea) == []


def test_a_label_must_fit_a_button_in_every_language(tea: Tea) -> None:
    tea.words({"thee.dag.ma": ("Op de eerste maandag", "Ayın birinci pazartesi günü")})
    [(where, message)] = found(tea)
    assert "27 signs; a button of a template has 20" in message
    assert where == "tr"


def test_a_question_that_nobody_repeats_may_be_longer(tea: Tea) -> None:
    tea.words({"thee.dag.ma": ("Op de eerste maandag", "Ayın birinci pazartesi günü")})
    assert found(tea, 'options = ["ma", "do"]') == []


def test_ten_options_and_no_more(tea: Tea) -> None:
    many = ", ".join(f'"o{number}"' for number in range(11))
    assert found(tea, NUDGED.replace('"ma", "do"', many)) == [("dag", "has 11 options; a template has 10")]


def test_options_that_a_room_offers_cannot_be_approved(tea: Tea) -> None:
    [(where, message)] = found(tea, NUDGED.replace('options = ["ma", "do"]', 'options_from = "tea.note"'))
    assert where == "dag"
    assert "nobody can approve" in message


def test_only_the_knock_offers_to_read() -> None:
    """A late tap on it is known by its id alone."""
    library = read_folder(config.ROOT / "flows")
    asking = {flow.name for flow in library.flows for step in flow.steps.values() if knock.READ in step.options}
    assert asking == {knock.FLOW}
