"""Words of school come back as the reader's language calls them; parents' Dutch ones are known too."""

from bot.config import ROOT
from bot.translation.catalogue import Catalogue
from bot.translation.mask import Names, mask, unmask
from bot.translation.schoolwords import terms
from bot.translation.texts import Text, load_source

NOBODY = Names.of([])


def _texts(**said: str) -> dict[str, Text]:
    return {f"schoolwoord.{key}": Text(f"schoolwoord.{key}", (words,)) for key, words in said.items()}


def _catalogue() -> Catalogue:
    dutch = _texts(groep_4="groep 4", studiedag="studiedag", mr="MR", gymtas="gymtas")
    lists = {"groep_4": "groep 4, groep vier", "studiedag": "studiedag, studiedagen", "mr": "MR", "gymtas": "gymtas"}
    dutch |= {
        f"schoolwoord.{key}.words": Text(f"schoolwoord.{key}.words", (words,), marks=frozenset({"list"}))
        for key, words in lists.items()
    }
    turkish = _texts(groep_4="4. grup (7-8 yaş)", studiedag="öğretmenlerin çalışma günü (okul yok)", mr="okul meclisi")
    return Catalogue(dutch, {"nl": dutch, "tr": turkish})


def test_a_teachers_word_is_explained() -> None:
    masked = mask(
        "Groep vier heeft op 3 juni studiedag. Neem de gymtas mee, groep, 4 keer!",
        NOBODY,
        terms(_catalogue(), "nl", "tr"),
    )
    assert masked.text == "[X1X] heeft op 3 juni [X2X]. Neem de gymtas mee, groep, 4 keer!", (
        "no word of ours: the machine's"
    )
    assert unmask("3 Haziran'da [X1X] [X2X] var.", masked.marks) == (
        "3 Haziran'da 4. grup (7-8 yaş) öğretmenlerin çalışma günü (okul yok) var."
    )


def test_a_parents_word_is_the_schools() -> None:
    """In her own language as we say it, and in the middle of it in Dutch; "Mr" is a gentleman."""
    known = terms(_catalogue(), "tr", "nl")
    masked = mask("4. grup için studiedag'ı ne zaman? Okul meclisi, Mr Jansen", NOBODY, known)
    assert masked.text == "[X1X] için [X2X] ne zaman? [X3X], Mr Jansen"
    assert masked.marks == ("groep 4", "studiedag'ı", "MR")


def test_a_language_without_words_of_its_own_leaves_them_to_the_machine() -> None:
    assert terms(_catalogue(), "nl", "so") == {}
    assert set(terms(_catalogue(), "so", "nl")) >= {"groep 4", "studiedagen"}


def test_the_list_of_the_house() -> None:
    """Forty words at least, every one with its spellings, none of which means two things."""
    texts = load_source(ROOT / "locales")
    words = [key for key in texts if key.startswith("schoolwoord.") and not key.endswith(".words")]
    assert len(words) >= 40
    spelled = [word.casefold() for key in words for word in texts[f"{key}.words"].words()]
    assert len(spelled) == len(set(spelled)), {each for each in spelled if spelled.count(each) > 1}
    assert {"groep 8", "studiedag", "luizencontrole", "bso", "leerplicht"} <= set(spelled)
