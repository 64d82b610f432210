"""What tells languages apart: common words that few others share, scripts, and letters that only some of a script have."""

#: Language → its common words. One code for what desks call one language: "no" for nb and nn, "sr" for Serbian in both scripts.
_WORDS_TEXT = {
    "en": "the of and to in that is was for on with as he it his by at from has have had are were be said will an this they but not "
    "who which their after its been would more about also than when she her we or there could what into over up out",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie "
    "nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein "
    "wurde wir ich",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son elle aux ont mais "
    "cette ou comme nous leur été était ses aussi après fait entre sans deux même d l qu n s c",
    "es": "de la que el en y a los del se las por un para con no una su al es lo como más pero sus le ha o este sí porque esta entre "
    "cuando muy sin sobre también hasta desde fue donde está han según años contra durante",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas foi ao ele das à seu sua ou ser quando "
    "muito nos já está também pelo pela até isso entre era depois sem mesmo aos são segundo ainda você",
    "it": "di che e la il un a è per in una non con si del da come le della dei nel alla più i ha al anche sono ma lo gli delle dal "
    "nella ai dopo o questo essere stato dalla sul degli anni tra suo loro ancora l hanno cui",
    "nl": "de van het een en in is dat op te zijn voor met die niet aan er om ook als maar door bij naar ze uit wordt over heeft hij "
    "nog worden tot kan meer dan was werd of hebben we zich deze geen ik al zal",
    "af": "die van en in is het om te dat nie vir met op aan was wat by sy hulle hy word sal ook deur as nog kan oor na een maar uit "
    "toe gesê ons dit jaar",
    "ca": "de la i el que a en els les per un amb és del una no al se ha més dels com aquest però va seva seu són aquesta també entre "
    "pel fins després sobre han ser anys",
    "ro": "de și în a la cu pe care din o să nu că un mai pentru este au fost ce sunt după prin sau fi se lui al ale ca vor acest "
    "această fiind între până",
    "sv": "och i att en det som på är av för med den till har de inte om ett han men var sig från vi så kan när efter under också nu "
    "skulle eller hon år där säger ut mot sedan jag",
    "da": "og i at det er en til på som af for med de har den ikke der et han var fra vi om sig men også kan efter ved være blev skal "
    "siger år ud havde eller over nu mod da hun blevet været",
    "no": "og i det er på at som for en til med av har den de ikke et om han var fra men vi seg kan etter også ble være skal sier år "
    "ut hadde eller over nå mot hun blitt vært fikk å frå ikkje eit vore",
    "is": "og að í á er sem til við um með en það hann ekki var af fyrir hún frá þess eru þá hafa því segir verið þegar eftir hefur vera",
    "fi": "ja on ei että se hän oli mukaan myös ovat kun joka mutta sen tai kuin ole vuoden sekä jo niin jos voi sitä olisi nyt mitä "
    "vain ollut jotka hänen sanoo kertoo",
    "et": "ja on ei et see oli ta kui ka mis aga oma tema selle või nii siis kes pärast aasta üle veel ning nad seda ütles olid",
    "lv": "un ir ka par no ar uz kas arī bet vai lai gada ne tā tas pēc bija tika šo kā pie viņš nav ja jau gadā tiek to kad",
    "lt": "ir kad yra buvo su apie bet kaip iš tai jo už dėl ar metų taip po jis į ne prie dar nuo tik jau kurie bus savo pat kuri",
    "pl": "w i na z się nie że do to jest o za od po jak przez ale co dla tym czy są tego był także oraz już który która jego został "
    "tylko które przed może roku we",
    "cs": "a se na v je že s z do o i to k ve pro za by ale si po jako podle už jsou také aby od své který byl která při tak bylo "
    "jeho jsem nebo které roce ze řekl",
    "sk": "a sa na v je že s z do o aj to k vo pre za by ale si po ako podľa už sú aby od ktorý bol ktorá pri tak bolo jeho som alebo "
    "ktoré roku zo povedal",
    "sl": "in je v na za da se so z ki pa tudi ne bi po kot od še s pri lahko bo bil več ali do iz sta njegov kar bila med zaradi",
    "hr": "i je u na da se za su od s o a će kao koji što bi nije iz koja ali ili prema nakon biti te već samo više može koje bio "
    "tijekom gdje tko tjedan siječnja",
    "sr": "i je u na da se za su od sa o a će kao koji što bi nije iz koja ali ili prema nakon biti već samo više može koje bio tokom "
    "gde ko rekao uz",
    "sq": "të e në dhe për i me një që nga se është ka si më do janë ai kjo duke edhe nuk u ishte këtë por tij pas vetëm",
    "hu": "a az és hogy nem is egy meg azt volt ez de csak már mint el ki szerint még vagy lesz amely után pedig lehet között amikor "
    "ezt mert minden",
    "tr": "ve bir bu da de için ile olarak çok daha olan en kadar sonra gibi ancak ise dedi oldu değil ne her olduğunu tarafından yıl "
    "göre etti büyük",
    "az": "və bir bu da də üçün ilə olan daha kimi edib görə sonra isə ki çox olaraq deyib bildirib tərəfindən həmin onun",
    "uz": "va bu bilan uchun ham bir deb edi qilish bo‘lgan o‘z haqida keyin yil emas kerak bo‘lib",
    "id": "yang dan di dengan untuk ini dari itu dalam pada tidak akan juga ke oleh adalah saat karena para tersebut ada kata bisa "
    "mereka telah sebagai kepada lebih atau tahun serta bahwa sudah kami usai",
    "ms": "yang dan di dengan untuk ini itu dalam pada tidak akan juga ke oleh adalah kerana para tersebut ada kata boleh mereka "
    "telah sebagai kepada lebih atau tahun serta bahawa sudah kami beliau berkata daripada ialah manakala pihak selepas",
    "tl": "ang ng sa na mga at ay ni para si hindi ito nang kanyang naman din may siya niya dahil sinabi pa kung",
    "vi": "và của là có không được cho một trong người với đã các những này khi để đến từ về ở tại cũng như sẽ nhiều năm đó ra theo",
    "sw": "ya na wa kwa ni katika za la kuwa cha hiyo huo huyo kama pia wake lakini yake baada kutoka hii watu alisema ambao ambayo huku",
    "zu": "ukuthi futhi kodwa ngoba abantu lokhu njengoba lapho kanye uthe ngesikhathi noma khona kusho yini wathi nje kakhulu "
    "nokuthi ukuba emva kwakhe wakhe kwi okuthi leli",
    "xh": "ukuba kwaye xa kodwa ngokuba abantu oko okanye emva uthi ukuze kuba apho njengoko kakhulu into ngoku kwi nto kananjalo "
    "yinto wathi kunye phambi xeno kwelo ngexesha ekubeni nguye ndiyi",
    "so": "iyo oo ka ku in uu ay waa la ah soo si kale ayaa waxa badan ee ugu wax waxay dadka",
    "ha": "da a na ya ta ne ce ba shi su cikin don wannan ga wata amma sun yi kuma wasu shugaban",
    "eo": "la kaj de en estas ne al por ke kun li mi sed ili tiu pri ĝi",
    "eu": "eta da ez du dira zen izan bat den ere dute baina egin zuen beste duen",
    "ga": "an na agus ar go le sé is bhí tá leis ag don nach ach mar sin",
    "cy": "y yn a i o ar ei mae wedi eu gan fod ond mewn hyn bod ym ac oedd",
    "ru": "и в не на что с по как из это к у за он для от его был но до при также о так их если она уже году после все или было том "
    "этом сообщил только которые который а чтобы",
    "uk": "і в не на що з та у до за як це від про для він його був але при також після або вони вже її ще році який які було щодо а "
    "під повідомив із через",
    "be": "і ў не на што з па як гэта да у за ён для ад яго быў але пры таксама пасля або яны ўжо яе яшчэ годзе які якія было а пад",
    "bg": "на и в да се за от не са че с по е ще като до при но той това към след или със има бе който през също още си му която",
    "sr-cyrl": "и у је да се на за су од са о а ће као који што би није из која али или према након бити већ само више може рекао",
    "mk": "на и во да се за од не со ќе е дека како по што кои но или ги тој сите беше има при кој",
    "kk": "және мен бұл да де үшін бір деп деді бойынша туралы ол болып жылы еді осы сондай қазақстан бар",
    "ky": "жана бул менен үчүн бир деп деди боюнча тууралуу ал болуп жылы эле ошол кыргыз бар",
    "tg": "ва дар аз ки ба барои бо ин аст ҳам мекунад шуд буд то ҷумҳурии",
    "mn": "нь байна болон энэ гэж юм бол ба оны дээр байгаа тус ажил хэлэв билээ хийсэн",
    "ar": "في من على أن إلى التي عن مع هذا الذي ما هذه بعد لا كان بين قال و كما وقال أو قبل خلال حيث لم",
    "fa": "و در به از که این را با است برای آن یک بر تا می هم شد کرد ایران گفت بود های شده خود نیز",
    "ur": "کے کی میں ہے اور سے کا کو نے ہیں پر اس کہ یہ بھی کر ہو گیا ایک تھا نہیں",
    "ps": "د په او چې له کې ته دی یې دا سره کړي کړه نه وي شوي",
    "ckb": "لە و بە کە بۆ لەگەڵ ئەو ئەم بوو کرد هەیە",
    "hi": "के में है की और से का को पर ने कि यह हैं भी एक इस नहीं कहा लिए था कर हो",
    "mr": "आहे आणि या च्या नाही त्यांनी मध्ये केली असे तर हे होते होता केले करण्यात",
    "ne": "छ र को मा लाई पनि छन् भएको गरेको भने हो गर्ने हुने गरी थियो",
}
#: Word → the languages that have it.
WORDS: dict[str, tuple[str, ...]] = {}
for _language, _text in _WORDS_TEXT.items():
    for _word in dict.fromkeys(_text.split()):
        WORDS[_word] = (*WORDS.get(_word, ()), _language.removesuffix("-cyrl"))

#: Ranges of letters that one language alone is written in, in what news there is.
SCRIPTS = (
    ("ko", "\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("hy", "\u0530-\u058f"),
    ("he", "\u0590-\u05ff"),
    ("bn", "\u0980-\u09ff"),
    ("pa", "\u0a00-\u0a7f"),
    ("gu", "\u0a80-\u0aff"),
    ("or", "\u0b00-\u0b7f"),
    ("ta", "\u0b80-\u0bff"),
    ("te", "\u0c00-\u0c7f"),
    ("kn", "\u0c80-\u0cff"),
    ("ml", "\u0d00-\u0d7f"),
    ("si", "\u0d80-\u0dff"),
    ("th", "\u0e00-\u0e7f"),
    ("lo", "\u0e80-\u0eff"),
    ("bo", "\u0f00-\u0fff"),
    ("my", "\u1000-\u109f"),
    ("ka", "\u10a0-\u10ff"),
    ("am", "\u1200-\u137f"),
    ("km", "\u1780-\u17ff"),
)
#: Characters of news that only simplified, and only traditional Chinese has.
SIMPLIFIED = frozenset("国这说会们对发经过时来与为个进还没开关报们现问无动实产机应车东长门间区电话员书见语设总统议华党务团战报讯")
TRADITIONAL = frozenset("國這說會們對發經過時來與為個進還沒開關報現問無動實產機應車東長門間區電話員書見語設總統議華黨務團戰訊")
#: Letters that settle it between languages of one script; each counts as a common word.
LETTERS = {
    **dict.fromkeys("їєґ", "uk"),
    **dict.fromkeys("ў", "be"),
    **dict.fromkeys("ыэё", "ru"),
    **dict.fromkeys("ђћ", "sr"),
    **dict.fromkeys("ѓќѕ", "mk"),
    **dict.fromkeys("ұһ", "kk"),
    **dict.fromkeys("ӣӯҳҷ", "tg"),
    **dict.fromkeys("ٹڈڑں", "ur"),
    **dict.fromkeys("پچژگ", "fa"),
    **dict.fromkeys("ټډړښځ", "ps"),
    **dict.fromkeys("ڕڵۆێ", "ckb"),
    **dict.fromkeys("ąęłśźż", "pl"),
    **dict.fromkeys("řů", "cs"),
    **dict.fromkeys("ľĺŕ", "sk"),
    **dict.fromkeys("őű", "hu"),
    **dict.fromkeys("ãõ", "pt"),
    **dict.fromkeys("ñ¿¡", "es"),
    **dict.fromkeys("ß", "de"),
    **dict.fromkeys("ə", "az"),
    **dict.fromkeys("ığ", "tr"),
    **dict.fromkeys("șț", "ro"),
    **dict.fromkeys("þð", "is"),
    **dict.fromkeys("ạảấầẩậắặẻẽếềểệịọỏốồổộớờởợụủứừửữự", "vi"),
    **dict.fromkeys("ėųį", "lt"),
    **dict.fromkeys("ģķļņ", "lv"),
}

#: Zulu and Xhosa say by prefixes what others say by words; and what one of them alone says. Each match counts as a common word.
PREFIXES = (
    r"\b(?:[uokyw]{1,2}[kl]u|n[gj][aeo]|kw[ae]|[ie]+zi|e[sl]i|[bie]*s[ei]|ab[ae]|[nwe]?ama|[ie]mi|umu?|[oy]lu|[ou]bu|lok|es?e)"
    r"\w{4,30}[aeiou]\b"
)
PARTS = (("zu", r"kuthi|muntu|kusho|phind|hh"), ("xh", r"rh|mntu|kuba\b|oluntu|ntsh"))
