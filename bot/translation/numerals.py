"""Number words and the ways to say half past seven, per language, for comparing a text with its translation."""

import functools
from collections.abc import Mapping

from bot.conversation.folding import fold

# From one on; / between words for the same number, - where a language has none of its own. Folded when read.
_COUNTED = {
    "nl": "een/één/eén/eentje twee/tweede/beide/paar/tweemaal drie/derde vier/vierde vijf/vijfde zes/zesde "
    "zeven/zevende "
    "acht/achtste negen/negende tien/tiende elf/elfde twaalf/twaalfde dertien veertien vijftien zestien zeventien "
    "achttien negentien twintig",
    "en": "one/first/once two/second/both/couple/pair/twice three/third/thrice four/fourth five/fifth six/sixth "
    "seven/seventh eight/eighth nine/ninth ten/tenth eleven/eleventh twelve/twelfth/noon/midday/midnight thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen twenty",
    "tr": "bir/biri/birinci/birde/bire iki/ikisi/ikinci/ikide/ikiye/çift/ikişer üç/üçü/üçüncü/üçte/üçe "
    "dört/dördü/dördüncü/dörtte/dörde beş/beşi/beşinci/beşte/beşe altı/altısı/altıncı/altıda/altıya/altıyı "
    "yedi/yedisi/yedinci/yedide/yediye/yediyi sekiz/sekizi/sekizinci/sekizde/sekize "
    "dokuz/dokuzu/dokuzuncu/dokuzda/dokuza "
    "on/onu/onuncu/onda/ona - - - - - - - - - yirmi/yirmide/yirmiye",
    "ar": "واحد/واحدة/الواحدة/الأول/الأولى/أول اثنان/اثنين/اثنتان/اثنتين/الثانية/الثاني/كلا ثلاثة/ثلاث/الثالثة/الثالث "
    "أربعة/أربع/الرابعة/الرابع خمسة/خمس/الخامسة/الخامس ستة/ست/السادسة/السادس سبعة/سبع/السابعة/السابع "
    "ثمانية/ثماني/ثمان/الثامنة/الثامن تسعة/تسع/التاسعة/التاسع عشرة/عشر/العاشرة/العاشر أحد_عشر/إحدى_عشرة/الحادية_عشرة "
    "اثنا_عشر/اثني_عشر/اثنتا_عشرة/الثانية_عشرة/الظهر - - خمس_عشرة/خمسة_عشر - - - - عشرون/عشرين",
    "pl": "jeden/jedna/jedno/jednego/jednej/jedną/pierwsza/pierwszy/pierwszej "
    "dwa/dwie/dwóch/dwoje/dwom/dwiema/oba/obie/obaj/druga/drugi/drugiej/para/parę "
    "trzy/trzech/troje/trzecia/trzeci/trzeciej "
    "cztery/czterech/czworo/czwarta/czwarty/czwartej pięć/pięciu/pięcioro/piąta/piąty/piątej "
    "sześć/sześciu/szósta/szósty/szóstej "
    "siedem/siedmiu/siódma/siódmy/siódmej osiem/ośmiu/ósma/ósmy/ósmej dziewięć/dziewięciu/dziewiąta/dziewiątej "
    "dziesięć/dziesięciu/dziesiąta/dziesiątej jedenaście/jedenastu/jedenasta/jedenastej "
    "dwanaście/dwunastu/dwunasta/dwunastej/południe "
    "trzynaście/trzynasta/trzynastej czternaście/czternasta/czternastej piętnaście/piętnasta/piętnastej "
    "szesnaście/szesnasta/szesnastej "
    "siedemnaście/siedemnasta/siedemnastej osiemnaście/osiemnasta/osiemnastej dziewiętnaście/dziewiętnasta "
    "dwadzieścia/dwudziestu/dwudziesta",
    "uk": "один/одна/одне/одного/одну/перша/першій/першу/перший "
    "два/дві/двох/двоє/обидва/обидві/друга/другій/другу/пара/пару "
    "три/трьох/троє/третя/третій/третю чотири/чотирьох/четверо/четверта/четвертій/четверту "
    "п'ять/п'яти/п'ятеро/п'ята/п'ятій/п'яту "
    "шість/шести/шестеро/шоста/шостій/шосту сім/семи/семеро/сьома/сьомій/сьому "
    "вісім/восьми/восьмеро/восьма/восьмій/восьму "
    "дев'ять/дев'яти/дев'ята/дев'ятій/дев'яту десять/десяти/десята/десятій/десяту "
    "одинадцять/одинадцята/одинадцятій/одинадцяту "
    "дванадцять/дванадцята/дванадцятій/дванадцяту/полудень тринадцять чотирнадцять п'ятнадцять шістнадцять сімнадцять "
    "вісімнадцять дев'ятнадцять двадцять/двадцята",
    "fa": "یک/اول دو/دوم سه/سوم چهار/چهارم پنج/پنجم شش/ششم هفت/هفتم هشت/هشتم نه/نهم ده/دهم یازده دوازده/ظهر",
    "bg": "един/една/едно/първи/първа два/две/двама/двете/втори/втора три/трима/трети четири/четвърти пет/пети "
    "шест/шести "
    "седем/седми осем/осми девет/девети десет/десети единадесет/единайсет дванадесет/дванайсет/обяд",
    "es": "uno/una/un/primero/primera dos/ambos/segundo/par tres/tercero/tercer cuatro/cuarto cinco/quinto "
    "seis/sexto siete "
    "ocho nueve diez once doce/mediodía trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte",
    "fr": "un/une/premier/première deux/deuxième/couple trois/troisième quatre/quatrième cinq/cinquième six/sixième "
    "sept/septième "
    "huit/huitième neuf/neuvième dix/dixième onze douze/midi/minuit treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt",
    "de": "ein/eine/einen/eins/erste/ersten zwei/zweite/zweiten/beide/paar drei/dritte vier/vierte fünf/fünfte "
    "sechs/sechste "
    "sieben/siebte acht/achte neun/neunte zehn/zehnte elf/elfte zwölf/zwölfte/mittag dreizehn vierzehn fünfzehn "
    "sechzehn "
    "siebzehn achtzehn neunzehn zwanzig",
}  # fmt: skip
_TENS = {
    "en": "thirty=30 forty=40 fifty=50", "nl": "dertig=30 veertig=40 vijftig=50", "tr": "otuz=30 kırk=40 elli=50",
    "ar": "ثلاثون=30 ثلاثين=30 أربعين=40 خمسين=50", "pl": "trzydzieści=30 czterdzieści=40 pięćdziesiąt=50",
    "uk": "тридцять=30 сорок=40 п'ятдесят=50", "de": "dreißig=30", "es": "treinta=30", "fr": "trente=30",
}  # fmt: skip
UNSURE = {  # words that mean something else as often
    "tr": frozenset({"bir", "on", "ona", "onu", "onda", "yedi", "alti", "altisi"}), "fr": frozenset({"neuf", "dix"}),
    "nl": frozenset({"paar", "beide"}), "en": frozenset({"second", "pair", "couple", "once", "both"}),
}  # fmt: skip

# {u}: the hour; what follows = is added to it, in minutes.
_CLOCK = {
    "nl": "half {u}=-30|kwart over {u}=15|kwart voor {u}=-15|kwartier over {u}=15|kwartier voor {u}=-15|"
    "10 over {u}=10|10 voor {u}=-10|tien over {u}=10|tien voor {u}=-10|5 voor {u}=-5|vijf voor {u}=-5|vijf over {u}=5|"
    "tien voor half {u}=-40|vijf voor half {u}=-35|vijf over half {u}=-25|tien over half {u}=-20",
    "en": "half past {u}=30|quarter past {u}=15|quarter to {u}=-15|{u} thirty=30|{u} fifteen=15|{u} forty-five=45|"
    "{u} forty five=45|ten past {u}=10|ten to {u}=-10|five to {u}=-5|five past {u}=5|twenty past {u}=20|twenty to "
    "{u}=-20",
    "tr": "{u} buçuk=30|{u} buçukta=30|{u} buçuğa=30|{u} çeyrek geçe=15|{u} çeyrek kala=-15|{u} çeyrek geçiyor=15|"
    "{u} çeyrek var=-15|{u} on geçe=10|{u} on kala=-10|{u} otuz=30|{u} otuzda=30|{u} on beş=15|{u} kırk beş=45",
    "ar": "{u} والنصف=30|{u} ونصف=30|{u} و النصف=30|{u} والربع=15|{u} وربع=15|{u} إلا ربعا=-15|{u} إلا ربع=-15|"
    "{u} إلا الربع=-15|{u} والثلث=20|{u} وعشر دقائق=10|{u} إلا عشر دقائق=-10|{u} وثلاثين دقيقة=30|{u} وثلاثون دقيقة=30|"
    "{u} وخمس عشرة دقيقة=15|{u} وخمس دقائق=5",
    "pl": "wpół do {u}=-30|w pół do {u}=-30|kwadrans po {u}=15|za kwadrans {u}=-15|kwadrans przed {u}=-15|"
    "{u} trzydzieści=30|{u} piętnaście=15|{u} czterdzieści pięć=45|dziesięć po {u}=10|za dziesięć {u}=-10",
    "uk": "пів на {u}=-30|пів до {u}=-30|половина {u}=-30|{u} тридцять=30|чверть на {u}=-45|чверть по {u}=15|"
    "чверть до {u}=-15|за чверть {u}=-15|{u} п'ятнадцять=15|{u} сорок п'ять=45|десять по {u}=10|за десять {u}=-10",
    "fa": "{u} و نیم=30|{u} و ربع=15|یک ربع به {u}=-15|{u} و سی دقیقه=30",
    "bg": "{u} и половина=30|{u} и петнадесет=15|{u} без петнадесет=-15|{u} и тридесет=30",
    "es": "{u} y media=30|{u} y cuarto=15|{u} menos cuarto=-15",
    "fr": "{u} heures et demie=30|{u} heure et demie=30|{u} heures trente=30|{u} heures et quart=15|{u} heures "
    "moins le quart=-15|{u} h et demie=30",
    "de": "halb {u}=-30|viertel nach {u}=15|viertel vor {u}=-15|dreiviertel {u}=-15",
}  # fmt: skip

# Parts of things that may be said in figures: half an hour is 30 minutes.
_PARTS = {
    "nl": "half uur=30|halfuur=30|halve uur=30|kwartier=15|kwartiertje=15|drie kwartier=45|anderhalf=1.5/90|"
    "anderhalve=1.5/90|"
    "halve=0.5|helft=50|dozijn=12|week=7|twee weken=14|weekend=2|alleen=1|dubbel=2|eenmaal=1|uur=60/1",
    "en": "half an hour=30|half hour=30|quarter of an hour=15|half=0.5/50|hour and a half=1.5/90|week=7|"
    "fortnight=14|dozen=12|hour=60/1",
    "tr": "yarım saat=30|çeyrek saat=15|bir buçuk=1.5/90|yarım=0.5|yarısı=50|hafta=7|saat=60/1",
    "ar": "نصف ساعة=30|ربع ساعة=15|ساعة ونصف=1.5/90|نصف=0.5/50|ساعتين=2|يومين=2|مرتين=2|أسبوعين=2/14|كتابين=2|"
    "أسبوع=7|ساعة=60/1|طفلين=2|يومان=2",
    "pl": "pół godziny=30|półgodziny=30|kwadrans=15|półtorej=1.5/90|półtora=1.5|pół=0.5/50|połowa=50|tydzień=7|"
    "godzina=60/1|godzinę=60/1",
    "uk": "пів години=30|півгодини=30|чверть години=15|півтори=1.5/90|півтора=1.5|пів=0.5|половина=50|тиждень=7|"
    "годину=60/1",
}  # fmt: skip


@functools.cache
def counted(language: str) -> Mapping[str, int]:
    """Folded number words; those of two words have a blank."""
    table: dict[str, int] = {}
    for number, words in enumerate(_COUNTED.get(language, "").split(), 1):
        for word in words.split("/"):
            if word != "-":
                table.setdefault(fold(word.replace("_", " ")), number)
    for pair in _TENS.get(language, "").split():
        word, _, number_word = pair.partition("=")
        table[fold(word)] = int(number_word)
    if language in ("nl", "de"):  # vijfentwintig
        link = "en" if language == "nl" else "und"
        units = [word for word, number in table.items() if number < 10]
        tens = {word: number for word, number in table.items() if number in (20, 30, 40)}
        table |= {f"{unit}{link}{ten}": table[unit] + number for unit in units for ten, number in tens.items()}
    return table


@functools.cache
def clock(language: str) -> "tuple[tuple[str, str, int], ...]":
    """What stands before and behind an hour, folded, and how many minutes that adds; the longest first."""
    found = []
    for phrase in filter(None, _CLOCK.get(language, "").split("|")):
        words, _, minutes = phrase.rpartition("=")
        before, _, behind = words.partition("{u}")
        found.append((fold(before), fold(behind), int(minutes)))
    return tuple(sorted(found, key=lambda each: -len(each[0] + each[1])))


@functools.cache
def parts(language: str) -> "tuple[tuple[str, tuple[str, ...]], ...]":
    """Folded words that may be said in figures, with those figures."""
    pairs = (pair.partition("=") for pair in _PARTS.get(language, "").split("|") if pair)
    return tuple((fold(words), tuple(numbers.split("/"))) for words, _, numbers in pairs)
