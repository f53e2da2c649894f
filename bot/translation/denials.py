"""Whether a text denies something: no, not, never, in the languages that parents read."""

import re
from typing import NamedTuple


class Denial(NamedTuple):
    """How a language says no. `mild`: without, closed: they may stand for a no elsewhere; `idle`: a no that is none.

    `sure`: whether a text without any of them can be trusted to deny nothing.
    """

    plain: "re.Pattern[str]"
    mild: "re.Pattern[str]"
    idle: "re.Pattern[str] | None" = None
    sure: bool = True


def _denial(plain: str, mild: str, idle: str = "", *, sure: bool = True) -> Denial:
    return Denial(
        re.compile(rf"(?<!\w)(?:{plain})(?!\w)", re.I),
        re.compile(rf"(?<!\w)(?:{mild})", re.I),
        re.compile(idle, re.I) if idle else None,
        sure,
    )


_TURKISH = (
    r"değil\w*|yok\w*|hayır|asla|hiç\w*|kimse|\w*m[ıiuü]yor\w*|(?!namaz)\w+m[ae]z(?:s[ıi]n(?:[ıi]z)?|l[ae]r|s[ae]k?|"
    r"d[ıi]|ken)?|"
    r"\w+m[ae]d[ıi](?:m|n|k|l[ae]r|n[ıi]z|ğ\w*)?|\w+m[ae]y[ae]c[ae]\w*|\w+m[ae]y[ıi]n(?:[ıi]z)?|\w+m[ae]m[ae]\w+|"
    r"\w+m[ae]d[ae]n|\w+m[ae]y[ıi]p|\w+m[ae]s[ıi]n(?:l[ae]r)?|\w+m[ae]m[ıi]ş\w*|\w+m[ae]y[ae]n\w*|"
    r"\w+m[ae]y[ıi]z|\w+m[ae]m|\w+m[ae]yız|\w+meyiz"
)
DENIALS = {
    "nl": _denial(
        r"niet|geen|nooit|niets|niks|niemand|nergens|noch|nee|neen|nietes",
        r"zonder|vervalt|vervallen|behalve|gesloten|dicht|verboden|vrij|vergeet|alleen|pas|tenzij|gratis|helaas|"
        r"ontbreek|"
        r"mis(?:sen|t)|afwezig|gaat niet|stop|hoef|kwijt|weg|slechts|anders|nauwelijks|weinig|uiterlijk|ziek|"
        r"afgelast|afgezegd|on\w{4}",
        r"\bvergeet\b[^.!?]{0,25}?\bniet\b|\bniet (?:te )?vergeten\b|\bniet alleen\b|\bnietwaar\b|\b(?:of|wel) "
        r"(?:of )?niet\b|\bniks te danken\b|"
        r"\bgeen (?:probleem|zorgen|dank|punt)\b|\baarzel niet\b|\btoch (?:liever )?niet\?|\bmaakt niet uit\b|"
        r"\bniemands schuld\b",
    ),
    "en": _denial(
        r"not|no|never|nothing|nobody|none|nowhere|neither|nor|cannot|\w+n['’]t|no one|unable",
        r"without|except|closed|forbidden|free|off|only|unless|cancel|un\w+|miss|lost|absent|stop|hardly|forget|"
        r"remember|free|sick|until|don",
        r"\b(?:do not|don['’]t|never) forget\b|\bnot only\b|\bno (?:problem|worries)\b|\bdon['’]t (?:worry|"
        r"hesitate)\b|\bor not\b",
    ),
    "tr": _denial(
        _TURKISH, r"\w+s[ıiuü]z\w*|hariç|dışında|kapalı|yasak|tatil|iptal|sadece|ancak|izin|eksik|hasta|unut|bedava",
        r"\bunutm[ae]y[ıi]n(?:[ıi]z)?\b|\bunutma\b|\b(?:hiç )?sorun (?:değil|yok)\b|\btamam\b|\byoksa\b|\byokla\w*|"
        r"\bçekinme\w*|"
        r"\bmerak etme\w*|\byok mu\b|\btamamen\b|\bkelimeden\b|\bgörüşmeden\b|\w+m[ae]d[ae]n (?:önce|evvel)\b",
    ),
    "ar": _denial(
        r"[وف]?(?:لا|لم|لن|ليس\w*|ليست|لسنا|لست|ليسوا|كلا|أبدا|ابدا|لايوجد|يمنع|ممنوع|عدم|لن)",
        r"[وفب]?(?:بدون|دون|غير|بلا|ما عدا|باستثناء|إلا|مغلق|ممنوع|إجازة|عطلة|إلغاء|فقط|مجان|غائب|غياب|ألا|ما|مريض)",
        r"لا تنس\w*|لا ننس\w*|لا مشكلة|لا بأس(?: أبدا)?|لا تتردد\w*|لا تقلق\w*|أم لا|لا شكر",
    ),
    "pl": _denial(
        r"nie|nigdy|nikt|nikogo|nikomu|nic|niczego|żad\w+|ani|brak\w*|nigdzie|nie\w*ma",
        r"bez|oprócz|zamkni|zabron|woln|tylko|odwoł|przerw|chyba że|dopiero|stop|zapom|chor|bezpłat|nie\w+",
        r"\bnie zapom\w+|\bnie tylko\b|\bnie ma (?:problemu|za co)\b|\bnie martw\w+|\bczy nie\b|\bnie wahaj\w*",
    ),
    "uk": _denial(
        r"не|ні|нема|немає|ніколи|ніхто|нікого|нікому|нічого|ніщо|жодн\w+|ніде|неможливо|не\w*ма",
        r"без|крім|зачинен|закрит|заборон|вільн|вихідн|тільки|лише|скасов|якщо|хвор|не\w+",
        r"\bне забу\w+|\bне тільки\b|\bне лише\b|\bчи ні\b|\bнемає (?:проблем|за що)\b|\bне хвилю\w+|\bне соромте\w*",
    ),
    "bg": _denial(
        r"не|няма\w*|никога|никой|нищо|нито|недейте|никъде|никакв\w+|нямаме",
        r"без|освен|затворен|забран|само|отмен|свободн|не\w+",
        r"\bне забрав\w+|\bне само\b|\bняма проблем\w*",
    ),
    "es": _denial(r"no|nunca|nadie|nada|ning[uú]n\w*|tampoco|jamás|ni",
    r"sin|excepto|cerrad|prohibid|sólo|solo|libre|cancel", r"\bno olvid\w+|\bno sólo\b|\bde nada\b"),
    "fr": _denial(
        r"ne|n|pas|jamais|rien|personne|aucun\w*|ni|non", r"sans|sauf|fermé|interdit|seulement|annul|libre|gratuit|"
        r"plus",
        r"\bn['’]oubli\w+ pas\b|\bne pas oublier\b|\bpas seulement\b|\bpas de (?:problème|souci)\b",
    ),
    "de": _denial(r"nicht|kein\w*|nie|niemals|nichts|niemand|nirgends|weder|nein",
    r"ohne|außer|geschlossen|verboten|frei|nur|ausfall|fällt",
    r"\bnicht vergessen\b|\bnicht nur\b|\bkein problem\b|\bvergessen sie nicht\b"),
    # Of these four we only say that something is lost, never that it is new: their verbs carry the no inside them.
    "fa": _denial(r"ن\w+|نه|هیچ\w*|می‌?ن\w+|ندار\w*|نیست\w*", r"بدون|بی\w*|جز|مگر|تعطیل|ممنوع|فقط", r"فراموش نکنید",
    sure=False),
    "prs": _denial(r"ن\w+|نه|هیچ\w*|ندار\w*|نیست\w*", r"بدون|بی\w*|جز|رخصت|فقط", r"فراموش نکنید", sure=False),
    "ti": _denial(r"ኣይ\w+|አይ\w+|ዘይ\w*|የለ\w*|\w+የለን|\w*ኣይ\w*ን|ብዘይ\w*|ከይ\w+|ኣይፋል\w*", r"ብጀካ|ዕጹው|ጥራይ", sure=False),
    "so": _denial(r"ma|maya|aan\w*|\w*aan|la['’]aan|maaha|lama|kama|uma|ha|\w*ma|mayo|maleh\w*",
    r"la['’]|keliya|xiran|mooyee", sure=False),
}  # fmt: skip


def denies(text: str, language: str) -> bool:
    """Whether the text says no to something; "vergeet niet" is no no."""
    denial = DENIALS[language]
    return bool(denial.plain.search(denial.idle.sub(" ", text) if denial.idle else text))


def may_deny(text: str, language: str) -> bool:
    """Whether a no of the other language may come from what this one says."""
    denial = DENIALS[language]
    return bool(denial.plain.search(text) or denial.mild.search(text))


def is_lost(original: str, said: str, source: str, target: str) -> bool:
    """Whether a no of the original is nowhere in the translation, or a new one has come."""
    if source not in DENIALS or target not in DENIALS:
        return False
    if denies(original, source):
        return not may_deny(said, target)
    return DENIALS[target].sure and denies(said, target) and not may_deny(original, source)
