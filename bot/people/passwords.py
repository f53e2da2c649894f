"""Passwords: what is too easy, and argon2id, which costs a guesser dearly. It costs us too: outside any transaction."""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.people.addresses import same_name

SHORTEST, LONGEST = 10, 200
_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_LETTERS = 6  # that many of her own, beside her name
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_NO_LETTER = re.compile(r"[\W\d_]+")
# The words that people take most, with a year or a sign behind them where they must. Written together, lower case.
_WORDS = """
password passwort passw wachtwoord paswoord motdepasse contrasena parola sifre haslo geheim geheimpje nieuwwachtwoord
mijnwachtwoord hetwachtwoord welkomwachtwoord wachtwoordwachtwoord passwordpassword wachtwoordvergeten geenwachtwoord
welkom welkomop welkomthuis welkomschool welkomwelkom welcome welcomewelcome hallo hallohallo hallodaar hello
hellohello helloworld inloggen login loginlogin logmein letmein letmeinnow laatmeerin openup sesam sesamopenu
opensesame toegang admin administrator beheerder beheer root superuser gebruiker user username test testtest testing
proef changeme verander veranderen veranderdit verandermij tijdelijk temp temporary default standaard qwerty
qwertyqwerty qwertyuiop qwertyuiopasdf qwertz azerty azertyuiop asdfghjkl asdfasdf asdfghjklzxcv zxcvbnm zxcvbnmasdf
qazwsx qazwsxedc qazwsxedcrfv qweasd qweasdzxc qweqweqwe poiuytrewq mnbvcxz abc abcd abcdef abcdefgh abcdefghij
abcdefghijkl abcabcabc school basisschool deschool onzeschool mijnschool opschool schoolschool schoolplein schooljaar
klas klaslokaal mijnklas groep onzegroep juf juffrouw jufjuf dejuf meester demeester meesterjuf leerkracht leraar
lerares docent directeur directie administratie concierge kinderen kinderenopschool ouders ouderbrug
ouderbrugouderbrug brug debrug kansencoach internbegeleider onderwijs leerlingen leerling bericht berichten telefoon
nederland holland amsterdam rotterdam utrecht denhaag eindhoven groningen almere tilburg breda nijmegen enschede
haarlem arnhem zaandam apeldoorn feyenoord feijenoord ajax ajaxamsterdam psveindhoven oranje hollandnl voetbal
football basketball baseball superman batman spiderman starwars pokemon pikachu minecraft liverpool barcelona
realmadrid chelsea arsenal manchester juventus ferrari porsche mercedes corvette mustang harley computer internet
google facebook instagram whatsapp samsung iphone microsoft windows apple android iloveyou iloveyouforever loveyou
loveme ikhouvanjou ikhouvanjullie houvanjou lieverd schatje liefje lieveschat schatjeschatje knuffel knuffeltje
princess prinses prinsesje sunshine zonnetje zonneschijn butterfly vlinder vlindertje bloem bloemetje bloemen poes
poesje katje konijn hondje paard paardje dolfijn dolphin monkey dragon shadow master killer hunter ranger soccer
hockey jordan michael jennifer jessica daniel thomas charlie maggie ashley nicole robert matthew joshua andrew amanda
trustno trustnoone whatever nothing secret secretsecret freedom friends vrienden vriendin vriendinnen familie family
mother father moeder vader papaenmama mamaenpapa papamama mama oma opa kleinkind geboortedatum verjaardag vakantie
zomervakantie kerstvakantie lente voorjaar zomer herfst winter spring summer autumn fall kerst kerstmis christmas
sinterklaas januari februari maart april juni juli augustus september oktober november december maandag dinsdag
woensdag donderdag vrijdag zaterdag zondag monday friday sunday vandaag morgen gisteren
"""
_COMMON = frozenset(_WORDS.split())


def complaint(password: str, names: Collection[str]) -> str:
    """What is wrong with a new password: "" kort lang bekend naam. `names`: hers, and that of her school."""
    text = _plain(password)
    if len(text) < SHORTEST:
        return "kort"
    if len(text) > LONGEST:
        return "lang"
    folded = same_name(text)
    together = _NO_LETTER.sub("", folded)
    own = sorted({word for name in names for word in same_name(name).split() if len(word) > 2}, key=len, reverse=True)
    rest = together
    for word in own:
        rest = rest.replace(_NO_LETTER.sub("", word), "")
    if rest != together and len(rest) < _LETTERS:
        return "naam"
    common = together in _COMMON or _ENDS.sub("", folded) in _COMMON
    if common or len(set(folded)) < 5 or (not together and _in_a_row(folded)):
        return "bekend"
    return ""


def hashed(password: str) -> str:
    """What is kept of a password. Takes a while and 46 MiB."""
    return _HASHER.hash(_plain(password))


def fits(known: str | None, password: str) -> bool:
    """Whether this is the password; without a known one it takes as long, and is not."""
    try:
        return _HASHER.verify(known or _dummy(), _plain(password)) and known is not None
    except (VerificationError, InvalidHashError):
        return False


def wants_anew(known: str) -> bool:
    """Whether it was made when argon2 had other settings."""
    return _HASHER.check_needs_rehash(known)


@cache
def _dummy() -> str:
    return _HASHER.hash("nobody has this one")


def _plain(password: str) -> str:
    """One spelling, whatever keyboard it comes from; longer than any of ours is cut, so that it costs no more."""
    return unicodedata.normalize("NFKC", password[: LONGEST + 1])


def _in_a_row(digits: str) -> bool:
    """1234567890, 0987654321, 1122334455: digits that follow each other."""
    found = [int(each) for each in digits if each.isdecimal()]
    return all(abs(b - a) in (0, 1, 9) for a, b in pairwise(found))
