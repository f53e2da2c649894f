"""What a teacher writes and what a good translation of it is; and the same with something wrong in it."""

LANGUAGES = ("en", "tr", "ar", "pl", "uk")

# Dutch, then one line per language in the order of LANGUAGES. Names are marks already.
GOOD = """
Morgen om half acht verzamelen we bij het museum.
Tomorrow we meet at the museum at half past seven.
Yarın saat yedi buçukta müzede toplanıyoruz.
غدا نجتمع عند المتحف الساعة السابعة والنصف.
Jutro spotykamy się przy muzeum o wpół do ósmej.
Завтра зустрічаємося біля музею о пів на восьму.

Vrijdag 27 november is er geen school.
There is no school on Friday, November 27.
27 Kasım Cuma günü okul yok.
لا توجد مدرسة يوم الجمعة 27 نوفمبر.
W piątek 27 listopada nie ma szkoły.
У п'ятницю 27 листопада школи немає.

Het schoolreisje kost € 12,50 per kind.
The school trip costs €12.50 per child.
Okul gezisi çocuk başına 12,50 avro tutuyor.
تكلفة الرحلة المدرسية 12.50 يورو لكل طفل.
Wycieczka szkolna kosztuje 12,50 euro za dziecko.
Шкільна екскурсія коштує 12,50 євро з дитини.

De ouderavond begint om 19.30 uur in de gymzaal.
The parents' evening starts at 7:30 pm in the gym.
Veli toplantısı spor salonunda saat 19:30'da başlıyor.
تبدأ أمسية أولياء الأمور الساعة 7:30 مساء في قاعة الرياضة.
Wieczór dla rodziców zaczyna się o 19:30 w sali gimnastycznej.
Батьківський вечір починається о 19:30 у спортзалі.

[X1X] heeft vandaag niet gegeten.
[X1X] has not eaten today.
[X1X] bugün yemek yemedi.
لم يأكل [X1X] اليوم.
[X1X] dzisiaj nie jadł.
[X1X] сьогодні не їв.

Vergeet niet: morgen gymspullen mee.
Remember: bring gym clothes tomorrow.
Unutmayın: yarın spor kıyafetlerini getirin.
تذكروا: أحضروا غدا ملابس الرياضة.
Pamiętajcie: jutro proszę przynieść strój na gimnastykę.
Пам'ятайте: завтра принесіть спортивний одяг.

Neem 2 broodjes en een flesje water mee.
Bring two sandwiches and a bottle of water.
Yanınıza iki sandviç ve bir şişe su alın.
أحضروا معكم شطيرتين وزجاجة ماء، 2 لكل طفل.
Proszę zabrać 2 kanapki i butelkę wody.
Візьміть два бутерброди та пляшку води.

We gaan op dinsdag en donderdag zwemmen.
We go swimming on Tuesday and Thursday.
Salı ve perşembe günleri yüzmeye gidiyoruz.
نذهب للسباحة يومي الثلاثاء والخميس.
We wtorek i w czwartek idziemy na basen.
У вівторок і четвер ми йдемо плавати.

De kinderen zijn om kwart over drie uit.
The children finish at quarter past three.
Çocuklar saat üçü çeyrek geçe çıkıyor.
ينتهي دوام الأطفال الساعة الثالثة والربع.
Dzieci kończą lekcje kwadrans po trzeciej.
Діти закінчують о 15:15.

Er mogen maximaal 25 kinderen mee.
At most twenty-five children may come along.
En fazla 25 çocuk gelebilir.
يمكن أن يأتي 25 طفلا على الأكثر.
Może pojechać najwyżej dwadzieścia pięć dzieci.
Можуть поїхати щонайбільше 25 дітей.

Het gesprek duurt een half uur.
The talk takes half an hour.
Görüşme yarım saat sürüyor.
تستغرق المحادثة نصف ساعة.
Rozmowa trwa 30 minut.
Розмова триває 30 хвилин.

Wilt u voor 1 december antwoorden?
Would you answer before 1 December?
1 Aralık'tan önce cevap verir misiniz?
هل يمكنكم الرد قبل 1 ديسمبر؟
Czy możecie odpowiedzieć przed 1 grudnia?
Чи можете ви відповісти до 1 грудня?

Uw kind is nooit te laat en helpt altijd mee.
Your child is never late and always helps.
Çocuğunuz hiç geç kalmıyor ve her zaman yardım ediyor.
طفلكم لا يتأخر أبدا ويساعد دائما.
Wasze dziecko nigdy się nie spóźnia i zawsze pomaga.
Ваша дитина ніколи не запізнюється і завжди допомагає.

De les van woensdag 25 november vervalt.
The lesson on Wednesday 25 November is cancelled.
25 Kasım Çarşamba günkü ders iptal edildi.
ألغي درس يوم الأربعاء 25 نوفمبر.
Lekcja w środę 25 listopada nie odbędzie się.
Урок у середу 25 листопада не відбудеться.

U kunt zonder afspraak langskomen.
You can drop by without an appointment.
Randevusuz gelebilirsiniz.
يمكنكم الحضور بدون موعد.
Można przyjść bez umawiania się.
Можна прийти без запису.

Kom tussen 8.15 en 8.30 uur naar school.
Come to school between 8:15 and 8:30.
Okula 8.15 ile 8.30 arasında gelin.
تعالوا إلى المدرسة بين الساعة ٨:١٥ و٨:٣٠.
Proszę przyjść do szkoły między 8:15 a 8:30.
Приходьте до школи між 8:15 і 8:30.

Wij zoeken drie ouders die kunnen rijden.
We are looking for three parents who can drive.
Araba kullanabilecek üç veli arıyoruz.
نبحث عن ثلاثة آباء يستطيعون القيادة.
Szukamy trzech rodziców, którzy mogą prowadzić.
Шукаємо трьох батьків, які можуть везти дітей.

Dank u wel voor uw hulp bij het feest!
Thank you very much for your help with the party!
Partideki yardımınız için çok teşekkürler!
شكرا جزيلا على مساعدتكم في الحفل!
Bardzo dziękujemy za pomoc przy zabawie!
Щиро дякуємо за допомогу на святі!

Er zijn geen luizen gevonden.
No lice were found.
Bit bulunmadı.
لم يتم العثور على قمل.
Nie znaleziono wszy.
Вошей не виявлено.

Om 12 uur eten we samen in de klas.
At 12 o'clock we eat together in the classroom.
Saat 12'de sınıfta birlikte yemek yiyoruz.
الساعة 12 نأكل معا في الصف.
O 12 jemy razem w klasie.
О 12 ми разом їмо в класі.

Niemand hoeft te betalen.
Nobody has to pay.
Kimsenin ödemesi gerekmiyor.
لا يحتاج أحد إلى الدفع.
Nikt nie musi płacić.
Ніхто не повинен платити.

Maandag 30-11-2026 komt de fotograaf.
The photographer comes on Monday 30/11/2026.
Fotoğrafçı 30.11.2026 Pazartesi günü geliyor.
يأتي المصور يوم الاثنين 30/11/2026.
W poniedziałek 30.11.2026 przyjdzie fotograf.
У понеділок 30.11.2026 прийде фотограф.

Geef € 5 of een tientje mee in een envelop.
Send €5 or ten euros along in an envelope.
Bir zarf içinde 5 € ya da on avro gönderin.
أرسلوا ٥ يورو أو عشرة يورو في ظرف.
Proszę dać 5 € lub dziesięć euro w kopercie.
Передайте 5 € або десять євро в конверті.

Lees elke dag een kwartier voor.
Read aloud for fifteen minutes every day.
Her gün 15 dakika kitap okuyun.
اقرأوا لمدة ربع ساعة كل يوم.
Proszę czytać codziennie kwadrans.
Читайте щодня 15 хвилин.

De school is van 21 december tot en met 3 januari dicht.
The school is closed from 21 December to 3 January.
Okul 21 Aralık'tan 3 Ocak'a kadar kapalı.
المدرسة مغلقة من 21 ديسمبر إلى 3 يناير.
Szkoła jest zamknięta od 21 grudnia do 3 stycznia.
Школа зачинена з 21 грудня до 3 січня.

Heeft u al een oude krant voor ons?
Do you already have an old newspaper for us?
Bizim için eski bir gazeteniz var mı?
هل لديكم جريدة قديمة لنا؟
Czy mają Państwo dla nas starą gazetę?
Чи є у вас стара газета для нас?

Hij mag niet met [X1X] mee naar huis.
He may not go home with [X1X].
[X1X] ile eve gidemez.
لا يجوز له أن يذهب إلى البيت مع [X1X].
Nie może iść do domu z [X1X].
Йому не можна йти додому з [X1X].

Het begint om 9 uur en is klaar om 11.45 uur.
It starts at 9 am and ends at 11:45 am.
Saat 9'da başlıyor ve 11.45'te bitiyor.
يبدأ الساعة التاسعة وينتهي الساعة 11:45.
Zaczyna się o dziewiątej i kończy o 11:45.
Починається о дев'ятій і закінчується об 11:45.

We hebben nog 1.000 euro nodig voor het plein.
We still need 1,000 euros for the playground.
Bahçe için hâlâ 1.000 avroya ihtiyacımız var.
ما زلنا نحتاج إلى 1000 يورو للساحة.
Potrzebujemy jeszcze 1000 euro na boisko.
Нам ще потрібно 1 000 євро на майданчик.

Uw dochter was vandaag heel vrolijk en speelde buiten.
Your daughter was very cheerful today and played outside.
Kızınız bugün çok neşeliydi ve dışarıda oynadı.
كانت ابنتكم اليوم مرحة جدا ولعبت في الخارج.
Wasza córka była dziś bardzo wesoła i bawiła się na dworze.
Ваша донька сьогодні була дуже весела й гралася надворі.
""".strip()  # fmt: skip

# The beginning of the Dutch, the language, what stands in the good translation, what stood there instead, and the risk.
SPOILED = """
Morgen om half|en|half past seven|half past eight|tijd
Morgen om half|tr|yedi buçukta|sekiz buçukta|tijd
Morgen om half|ar|السابعة|الثامنة|tijd
Morgen om half|pl|ósmej|dziewiątej|tijd
Morgen om half|uk|восьму|сьому|tijd
Morgen om half|en|half past seven|8:30|tijd
Vrijdag 27|en|no school|school|ontkenning
Vrijdag 27|tr|yok|var|ontkenning
Vrijdag 27|ar|لا توجد|توجد|ontkenning
Vrijdag 27|pl|nie ma szkoły|jest szkoła|ontkenning
Vrijdag 27|uk|школи немає|є школа|ontkenning
Vrijdag 27|en|Friday|Thursday|datum
Vrijdag 27|tr|Cuma|Cumartesi|datum
Vrijdag 27|ar|نوفمبر|ديسمبر|datum
Vrijdag 27|pl|27|28|datum
Vrijdag 27|uk|листопада|грудня|datum
Het schoolreisje|en|12.50|125.0|bedrag
Het schoolreisje|tr|12,50|12,05|bedrag
Het schoolreisje|ar|12.50|1250|bedrag
Het schoolreisje|pl|12,50|2,50|bedrag
Het schoolreisje|uk|12,50 євро|12,50 доларів|bedrag
De ouderavond|en|7:30 pm|7:30 am|tijd
De ouderavond|tr|19:30|9:30|tijd
De ouderavond|pl|19:30|19:00|tijd
De ouderavond|uk|19:30|18:30|tijd
[X1X] heeft|en|has not|has|ontkenning
[X1X] heeft|tr|yemedi|yedi|ontkenning
[X1X] heeft|ar|لم يأكل|أكل|ontkenning
[X1X] heeft|pl|nie jadł|jadł|ontkenning
[X1X] heeft|uk|не їв|їв|ontkenning
Neem 2|en|two|three|cijfers
Neem 2|tr|iki|üç|cijfers
Neem 2|pl|2|12|cijfers
We gaan op|en|Thursday|Friday|datum
We gaan op|tr|perşembe|pazar|datum
We gaan op|ar|الخميس|الجمعة|datum
We gaan op|pl|wtorek|poniedziałek|datum
We gaan op|uk|вівторок|середу|datum
De kinderen|en|quarter past|quarter to|tijd
De kinderen|uk|15:15|15:45|tijd
Er mogen|en|twenty-five|twenty|cijfers
Er mogen|tr|25|52|cijfers
Er mogen|pl|dwadzieścia pięć|dwadzieścia|cijfers
Wilt u voor|en|1 December|1 November|datum
Wilt u voor|uk|1 грудня|11 грудня|datum
Kom tussen|ar|٨:٣٠|٩:٣٠|tijd
Kom tussen|en|8:15|8:50|tijd
Wij zoeken|en|three|thirteen|cijfers
Wij zoeken|pl|trzech|czterech|cijfers
Er zijn geen|tr|bulunmadı|bulundu|ontkenning
Er zijn geen|en|No lice were|Lice were|ontkenning
Niemand|uk|Ніхто не повинен|Кожен повинен|ontkenning
Maandag 30|ar|30/11|3/11|datum
Maandag 30|tr|30.11.2026|30.12.2026|datum
De school is|en|3 January|5 January|datum
Hij mag|tr|gidemez|gidebilir|ontkenning
Hij mag|en|may not|may|ontkenning
Het begint|pl|dziewiątej|dziesiątej|tijd
We hebben nog|en|1,000|10,000|bedrag
Uw dochter|en|was very|was not very|ontkenning
""".strip()


def good() -> list[tuple[str, str, str]]:
    """Dutch, the language, a translation that is right."""
    found = []
    for block in GOOD.split("\n\n"):
        dutch, *others = block.splitlines()
        found += [(dutch, language, said) for language, said in zip(LANGUAGES, others, strict=True)]
    return found


def spoiled() -> list[tuple[str, str, str, str]]:
    """Dutch, the language, a translation with one thing wrong in it, and what that is."""
    found = []
    for line in SPOILED.splitlines():
        begin, language, right, wrong, risk = line.split("|")
        [(dutch, said)] = [(here, there) for here, code, there in good() if here.startswith(begin) and code == language]
        assert right in said, line
        found.append((dutch, language, said.replace(right, wrong), risk))
    return found
