"""What teachers and parents write, by templates; and two hundred names of many countries. All of it is made up."""

import itertools
import random


def _split(at: str, words: str) -> "list[str]":
    return words.split(at)


# First names and last names by where they come from. The strange ones are the reason for the list.
FIRST = _split(" ",
    "Amira Yusuf Fatima-Zahra Mohamed Bilal Khadija Nour Ilyas Oumaima Soufiane Ayşe Mehmet Özgür Çağla İbrahim Gülşen "
    "Deniz Umut Elif Zeynep Żaneta Łukasz Zofia Małgorzata Krzysztof Ewa Marek Kasia Oleksandr Olena Kateryna Iryna "
    "Bohdan Yuliia Axmed Hodan Cabdi Sahra Ifrah Xaawo Selam Abrehet Yohannes Medhanie Tsegay Mei Xiaoming Jiaqi Ling "
    "Wei Jan-Willem Roos Sterre Thijs Daan Fleur Sjoerd Noor Femke Lieke Guus Jerrel Shanaya Radjesh Anoeska Gianni "
    "Nguyễn Thị José Inês João Svetlana Dragomir Ștefan Ionuț Zoë Renée Chloë Maëlle Björn Søren Aïsha Yaëlle"
)  # fmt: skip
LAST = _split("|",
    "El Amrani|Haddad|Benali|Ait Ouali|Bouazza|van der Meer|de Groot|Bakker|Visser|de Vries|van 't Hof|Vrij|ter Horst|"
    "Öztürk|Yıldırım|Şahin|Kılıç|Demirtaş|Çelik|Kowalski|Wiśniewska|Żółć|Wójcik|Grzegorczyk|Szymański|Shevchenko|"
    "Kovalenko|Tkachuk|Bondarenko|Hryhorenko|Warsame|Abdullahi|Jimcaale|Farah Nuur|Gebremedhin|Tesfamariam|Haile|"
    "Kidane|Chen|Zhang|Ouyang|Wijdenbosch|Ramdin|Soekarnsingh|Kartosen|Pengel|Trần|Phạm|O'Brien|D'Angelo|Müller|"
    "Strauß|Nuñez|García Márquez|Popescu|Țurcanu|Ivanov|Dimitrova|Østergaard|Ó Briain"
)  # fmt: skip


def two_hundred() -> list[str]:
    """Full names; every first and last name is in it."""
    firsts, lasts = itertools.cycle(FIRST), itertools.cycle(LAST)
    return [f"{next(firsts)} {next(lasts)}" for _ in range(200)]


WITH_NAMES = (
    "{a} is vandaag ziek, groetjes {b}.", "Kunt u {a} morgen om 8.30 uur bellen?", "mag {a} met {b} naar huis",
    "Beste {a},\nMorgen neemt {b} gymspullen mee. Tot dan! {a}", "Dag mevrouw {a}, {b} heeft hoofdpijn.",
    "Hello, {a} cannot come today. Best, {b}", "{b} was crying because of {a}", "Merhaba, {a} bugün hasta. {b}",
    "Ben {a}, {b} yarın gelemeyecek.", "{a} jest chora, pozdrawiam {b}", "Dzień dobry, {a} i {b} nie przyjdą jutro.",
    "Добрий день, {a} сьогодні хворіє. {b}", "السلام عليكم، {a} مريضة اليوم. {b}", "{a} waa jiran tahay, {b}",
    "(van {a}/{b})", "Bonjour, {a} ne vient pas. {b}", "«{a}» – {b}!", "cc: {a}; {b}, en de rest", "*{a}* _{b}_",
)  # fmt: skip

_WHO = ("de kinderen", "alle ouders", "onze groep", "de kleuters", "jullie", "wij", "een paar moeders", "de juf")
_WHEN = (
    "morgen", "vrijdag 27 november", "dinsdag om half negen", "op 10 mei", "van 8.30 tot 12.00 uur", "volgende week",
    "op 24-11-2026", "om 14.15 uur", "in januari", "vanaf 3 jan.", "woensdagmiddag",
)  # fmt: skip
_WHAT = (
    "een rode roos mee voor de bakker op de markt", "gymspullen en een extra paar sokken", "€ 4,50 voor het museum",
    "een grote doos, lijm en een schaar", "een gezonde lunch en een flesje water", "drie euro voor het schoolreisje",
    "een foto van een dier", "oude kranten en twee lege wc-rollen", "een muts en warme handschoenen",
)  # fmt: skip
_DUTCH = (
    "Beste ouders, {when} nemen {who} {what} mee.", "Wilt u {when} {what} meegeven?", "Er is {when} geen gym.",
    "{when} hebben we een studiedag: {who} zijn dan vrij.", "Het was een mooi en groot feest in de klas, dank u wel!",
    "Wie kan {when} helpen met rijden? We zoeken nog 4 auto's.", "Mijn dochter is ziek en komt {when} niet.",
    "Hij heeft vannacht slecht geslapen en blijft lekker in bed.",
    "We lezen elke dag een kwartier, dat gaat steeds beter.",
    "Hoe laat begint de ouderavond {when}?", "Mag ze eerder weg? We moeten naar de tandarts.",
    "Vergeet niet: {when} is de luizencontrole.", "Het boek van de bibliotheek ligt nog bij opa en oma.",
)  # fmt: skip
_OTHERS = (
    "Good morning, she has a fever and will stay at home today.", "What time does the trip start on Friday?",
    "Could we move the talk to 15.30? I work until three.", "He lost his blue coat, it may hang near the gym.",
    "Thank you for the lovely party and the cake!", "The shoes are too small, may she wear white boots?",
    "Kızım bugün hasta, okula gelemeyecek.", "Yarın saat kaçta gelmemiz gerekiyor?", "Geziye kaç para lazım?",
    "Spor kıyafetlerini yarın getiririz, teşekkürler.", "Oğlum ödevini evde unuttu, özür dilerim.",
    "Dzień dobry, córka ma gorączkę i zostaje w domu.", "O której zaczyna się jutro wycieczka?",
    "Syn zapomniał stroju na gimnastykę.", "Bardzo dziękuję za rozmowę, do zobaczenia w piątek.",
    "Добрий день, донька захворіла і завтра не прийде.", "О котрій годині починаються збори батьків?",
    "Дякую за допомогу, все зрозуміло.", "Чи можна перенести розмову на четвер після обіду?",
    "ابنتي مريضة اليوم ولن تأتي إلى المدرسة.", "متى تبدأ الرحلة يوم الجمعة؟", "شكرا جزيلا على المساعدة.",
    "هل يمكنني الحضور الساعة الثالثة بعد الظهر؟", "نسي ابني كتابه في الصف أمس.",
    "Gabadhaydu maanta way xanuunsan tahay, ma iman doonto.", "Goorma ayuu shirku bilaabanayaa?",
    "دخترم امروز مریض است و به مدرسه نمی‌آید.", "ጓለይ ሎሚ ሓሚማ ኣላ ናብ ቤት ትምህርቲ ኣይትመጽእን እያ።",
    "Mi hija está enferma y se queda en casa.", "Ma fille est malade, elle ne vient pas demain.",
)  # fmt: skip


def without_names(many: int) -> list[str]:
    """Messages of teachers and parents in which nobody is named: two of three in Dutch."""
    dice = random.Random(6)

    def one() -> str:
        if dice.random() < 1 / 3:
            return dice.choice(_OTHERS)
        made = dice.choice(_DUTCH).format(who=dice.choice(_WHO), when=dice.choice(_WHEN), what=dice.choice(_WHAT))
        return made[:1].upper() + made[1:]

    return [one() if dice.random() < 0.6 else f"{one()} {one()}" for _ in range(many)]
