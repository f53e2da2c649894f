"""Names that are ordinary words too (Roos, Mei, Bakker, de Groot), and what stands before the word or before the name.

The words are folded. They are those that a class list in the Netherlands has as a name, or that are one letter away
from one; a word that is missing here is masked, which costs a little of the translation and leaks nothing.
"""


def _set(*words: str) -> frozenset[str]:
    return frozenset(" ".join(words).split())


# A first name and a word: in lower case masked all the same, unless an article or a number stands before it.
FIRST_TOO = _set(
    "mei roos bloem sterre storm lente zomer fleur iris jasmijn lelie linde olijf hazel robin merel mees vos wolf",
    "lief sam tim kim jan piet joris floor noor pien tijn bo sem mark marc luna sol june april august rose grace",
    "hope faith joy lily daisy ruby amber pearl summer will bill rob pat sue deniz umut baris gunes yagmur bulut",
    "cicek nur asli ada defne cinar kaya aslan yildiz ay ela doga duygu sevgi nehir irmak pinar cem can su gul",
    "lale nil eren emre ali omar nour amal nora star sky river dean dan art gene jade violet ivy dawn eve max",
    "mila wil wim ton bas fee zon kaat lot lotte guus koen pim jet saar puck teun beer dagmar senna jip dirk pia",
    "kees hans frits rik stijn",
)  # fmt: skip

# A last name and a word, or so short or common a word that in lower case it is hardly ever the name.
WORDS = _set(
    "vrij groot klein lang kort jong oud wit zwart rood bruin blauw groen geel grijs dik smal breed sterk wijs",
    "snel koud goed beter best mooi rijk hoog laag nieuw vroeg laat zoet zuur hard zacht droog nat warm stil",
    "bakker visser mulder smit kok boer koning prins keizer graaf ridder schipper kuiper slager jager meester",
    "schilder timmerman molenaar brouwer herder burger bode leeuw vink kraai haan kip duif mol snoek haas hond",
    "kat bij vis bos berg dijk veld heide beek brug poort kerk huis dam dal bron meer zee water land post markt",
    "plein weg boom appel peer noot kool peper zout boon bloem stam blad tak wortel gras hout steen zand goud",
    "zilver ijzer kamer vriend maat buur gast heer vrouw man vader broer zoon kind baas winter herfst week",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag maart juni juli augustus september oktober",
    "november december januari februari dag pot ring bal bel spel sport punt boot spoor schoen rok hoed brand",
    "licht donker vuur regen sneeuw mist ben an al jo li lo ma mo na do he hu ho wo ha ja je zo ze we wel ook nog",
    "als dus dan was dit met men mee of om op in is uit aan af er te toe tot van voor de het een en ik u hij zij",
    "wij jullie niet geen maar want waar wie wat hoe nu alle alles iets iemand kan kun mag moet wil zal zou had",
    "heb heeft gaan gaat komt komen doen doet deze die dat der den des ter ten hun hen haar zijn mijn jouw ons",
    "onze uw door over onder tussen tijdens rust wens trouw vrede hoop moed geluk liefde kracht hamer bank stoel",
    "tafel kast bed deur dans danst kans samen anders alleen morgen vandaag gisteren avond ochtend middag nacht a",
    "and as at be by for from go has her him his i if it its long low me my no not off old on one or our out see",
    "she so the to too up us way well you young brown green black white king cook hill wood moore day may march",
    "baker smith miller page rice stone church bush fox ford lake field love bell ball ve bir bu da ki mi ne o",
    "icin var yok cok iyi ama ile gibi kadar daha hic kara demir tas yol bey hanim ak ay et ev ol ver gel git uc",
    "bes alti yedi ta ty wy ona nie jak co za po od jest czy dla ale tej ich mam maj luty wilk lis sowa zima lato",
    "mila la le les un une est pas au du il elle tu el los las y es una si con por sol luz mar rosa waa iyo ka ku",
    "wax buu baa das und ist nicht ein eine im am zu von mit auf gross jung koch fuchs weiss",
)  # fmt: skip

# Not a letter away from a name, but words that stand in every letter of school: these are no misspelt names.
NEAR = _set(
    "this that then them like live chose chore sorun ozur halve storen seal sakin hamile thing think",
    "beter meter peter mensen maken taken weken leren lezen kleren kinderen samen maand maandag zomer winter",
    "wandel moeder vader broer zusje ouders ouder buiten binnen blijven brengen halen neemt namen jassen lessen",
    "tassen passen kussen tussen klassen vissen wissen missen kosten posten kisten kunnen kennen komen kamer",
    "kamers zaken laten later laatst lopen kopen hopen roepen groepen groep school schoen schoenen sport sporten",
    "spelen spullen geven leven even steen sterk werken werkt weten willen wilde wordt worden waren waarom",
    "wanneer welke welkom vraag vragen vrije vroeg vriend vrienden vieren verder vanaf varen zingen zwemmen zeker",
    "zieken fietsen feest feestje goede grote groene klein kleine lange laarzen lekker letter letters luizen",
    "lunch brood boeken bossen bakken bakker bellen ballen balen bijna beste bedankt aanwezig alvast alles alleen",
    "ander andere anders extra eten drinken dansen denken doeken dingen eerste einde einden elkaar hallo handen",
    "heeft helft helpen helper hebben heerlijk graag gedaan gezond gezin regen regels reken rekenen rennen rusten",
    "rustig marks marked marker class please parent parents house other their there these where which would could",
    "about after again bring being books child early every first great hello homework leave learn morning never",
    "night paper party place right shoes since small start still thank thanks thing today until water white women",
    "world write young clean clear close veli velisi anne annesi babasi okul okulda sinif derste yarin bugun",
    "lutfen cocuk kadar sonra once zaman gelir gelsin getir getirin olarak bizim sizin hafta hasta tesekkur",
    "merhaba selam kitap oyun spor cuma sali mama mamy tata dzieci dzien dobry prosze klasa klasy szkola szkole",
    "jutro dzisiaj rano wieczor bardzo dziekuje pani panie panu panem ktory lekcja lekcje ksiazka prosimy zabrac",
    "przyniesc maestra maestro clase padre madre hola gracias manana bonjour merci ecole demain enfant enfants",
    "classe maman carruurta ardayga dugsiga macallin waalid berri fadlan mahadsanid",
)  # fmt: skip

MONTHS = _set(
    "jan januari feb februari mrt maart apr april mei may jun juni june jul juli july aug augustus august sep",
    "sept september okt oct oktober october nov november dec december mart nisan mayis haziran temmuz agustos",
    "eylul ekim kasim aralik ocak subat maj maja marca mai mars",
)  # fmt: skip

# Behind one of these stands a word, no name: an article, a number, a word of degree.
BEFORE_WORD = _set(
    "een de het 'n n geen elk elke ieder iedere dit dat deze die mijn onze ons uw hun haar zijn te heel erg zo zeer",
    "twee drie vier vijf a an the this that my our your no some any her his their bir bu ten ta to ein eine der die",
    "das un une le la el los las les rode witte mooie grote kleine",
)  # fmt: skip

# Behind one of these a month is a month: in mei.
BEFORE_MONTH = _set("in eind begin half medio vanaf maand tot deze volgende vorige sinds since until from end w od do")

# Behind one of these stands a name, even in lower case.
BEFORE_NAME = _set(
    "mevrouw mevr mw mvr meneer mijnheer dhr heer juf juffrouw meester mees familie fam gezin mrs mr ms miss sir",
    "bay bayan sayin hoca hocam pani pan panstwo pana panu frau herr madame monsieur mme senora senor dr drs prof",
    "oom tante opa oma broer zus zusje broertje vriend vriendin vriendje dochter zoon пан пані панi г-н г-жа",
    "السيد السيده الاستاذ الاستاذه",
)  # fmt: skip

# Parts of names that are no names by themselves.
PARTICLES = _set(
    "van de der den het t ter ten te op in aan el al ul bin ibn bint ben abu abou ait ould oulad von zu zur da",
    "das do dos del della di du la le les los las af ap y e mc mac o st sint san santa d s n 's 't os as und a i",
    "ou",
)  # fmt: skip
