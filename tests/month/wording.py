"""The words of the month: topics in four languages, and word banks that make stories of invented people, offices and figures."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """What stories of one language are made of."""

    headlines: tuple[str, ...]
    #: Each of the slots stands so close to the next that two stories share next to no run of four words.
    sentences: tuple[str, ...]
    places: tuple[str, ...]
    people: tuple[str, ...]
    families: tuple[str, ...]
    posts: tuple[str, ...]
    offices: tuple[str, ...]
    verbs: tuple[str, ...]
    things: tuple[str, ...]
    whens: tuple[str, ...]
    #: Of what the stories without a topic are about.
    calm: tuple[str, ...]
    dateline: str
    #: What an agency puts behind a headline: by it alone one is told from another of the same pattern.
    said: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.strip().replace("\n", "|").split("|"))


EN = Tongue(
    headlines=_words(
        """
        {Place} council delays decision on {topic}
        Talks over {topic} collapse in {place}
        {Place} minister defends course on {topic}
        Court in {place} halts plan linked to {topic}
        {Place} and {place2} to share data on {topic}
        Auditors fault {place} over {topic}
        Protest over {topic} ends peacefully in {place}
        {Place} firms ask for clear rules on {topic}
        New envoy for {topic} named in {place}
        {Place} puts {number} million into {topic} programme
        Three questions the {place} meeting on {topic} left open
        {Place} hearing on {topic} adjourned after {number} minutes
        """
    ),
    sentences=_words(
        """
        {person} {family}, {post} at the {office}, {verb} {thing} {when}.
        In {place}, {person} {family} of the {office} {verb} {number} {thing}.
        {When}, {office} staff counted {number} {thing} near {place}.
        The {office} {verb} {thing} worth {number} million, {family} said {when}.
        {number} {thing} reached {place} {when}, according to {person} {family}.
        “{place} {verb} {thing},” {post} {person} {family} added {when}.
        """
    ),
    places=_words("Rotterdam|Leeds|Halifax|Tampere|Valletta|Durban|Bergen|Cork|Ghent|Porto|Lublin|Aarhus|Split|Varna|Busan|Hobart"),
    people=_words("Ines|Marek|Ruth|Owen|Leila|Tomas|Freya|Idris|Nora|Pavel|Greta|Hugo|Amara|Silas|Wren|Joost"),
    families=_words("Calder|Okoro|Vance|Lindqvist|Moravec|Tierney|Baptista|Norling|Haddad|Quist|Rosmer|Delacroix|Sato|Brandt|Ferro|Wills"),
    posts=_words("deputy head|spokeswoman|chief surveyor|legal adviser|union delegate|harbour pilot|budget officer|night editor"),
    offices=_words("customs board|river authority|audit chamber|labour council|grid operator|fisheries desk|transit agency|census bureau"),
    verbs=_words("reviewed|ordered|postponed|weighed|questioned|published|withheld|approved|contested|doubled|trimmed|mapped"),
    things=_words("permits|containers|safety reports|night shifts|test results|supply contracts|survey forms|rail wagons|licences|claims"),
    whens=_words(
        "on Monday night|before dawn|after a long session|late in the week|at short notice|within hours|by mid-afternoon|in spring"
    ),
    calm=_words("school menus|a bridge repair|the city marathon|library hours|street lamps|a choir festival|tram seats|museum tickets"),
    dateline="{PLACE}, {month} {day} ({agency}) -- ",
    said=", {person} {family} says",
)
DE = Tongue(
    headlines=_words(
        """
        {Place}: Rat vertagt Entscheidung zu {topic}
        Gespräche über {topic} in {place} gescheitert
        Ministerin in {place} verteidigt Kurs bei {topic}
        Gericht in {place} stoppt Plan zu {topic}
        {Place} und {place2} tauschen Daten zu {topic}
        Prüfer rügen {place} wegen {topic}
        Kundgebung zu {topic} in {place} endet friedlich
        Firmen aus {place} fordern klare Regeln für {topic}
        {Place} gibt {number} Millionen für {topic}
        Was die Runde zu {topic} in {place} offen ließ
        {Place}: Anhörung zu {topic} nach {number} Minuten unterbrochen
        """
    ),
    sentences=_words(
        """
        {person} {family}, {post} im {office}, {verb} {when} {thing}.
        In {place} {verb} {person} {family} vom {office} {number} {thing}.
        {When} zählte das {office} {number} {thing} bei {place}.
        Das {office} {verb} {thing} für {number} Millionen, so {family} {when}.
        {number} {thing} trafen {when} in {place} ein, erklärte {person} {family}.
        „{place} {verb} {thing}“, ergänzte {person} {family}, {post}, {when}.
        """
    ),
    places=_words("Emden|Görlitz|Passau|Kiel|Trier|Jena|Linz|Basel|Graz|Husum|Bautzen|Lörrach|Stendal|Vechta|Chur|Wels"),
    people=_words("Jutta|Henning|Meike|Arne|Sabine|Korbinian|Fritzi|Ole|Renate|Bastian|Wiebke|Ludger|Sina|Eckhart|Maren|Till"),
    families=_words(
        "Harms|Oberländer|Petzold|Kruse|Wagenknopf|Thiele|Eßlinger|Brodersen|Nadler|Hufnagel|Stamm|Ruprecht|Lohse|Anders|Quandel|Voss"
    ),
    posts=_words("Sprecherin|Referatsleiter|Justiziarin|Gutachter|Betriebsrätin|Lotse|Kämmerer|Prüferin"),
    offices=_words("Hafenamt|Rechnungsamt|Wasseramt|Zollamt|Statistikamt|Verkehrsamt|Eichamt|Fischereiamt"),
    verbs=_words("prüfte|vertagte|bestellte|kürzte|verdoppelte|rügte|veröffentlichte|genehmigte|bezweifelte|kartierte|sperrte|ordnete"),
    things=_words("Genehmigungen|Container|Prüfberichte|Nachtschichten|Messwerte|Lieferverträge|Fragebögen|Güterwagen|Lizenzen|Anträge"),
    whens=_words(
        "am Montagabend|vor Tagesanbruch|nach langer Sitzung|gegen Ende der Woche|kurzfristig|binnen Stunden|am Nachmittag|im Frühjahr"
    ),
    calm=_words("Schulessen|Brückenbau|Stadtlauf|Büchereizeiten|Laternen|Chorfest|Straßenbahnsitze|Museumskarten"),
    dateline="{Place} ({agency}) - ",
    said=", sagt {person} {family}",
)
KO = Tongue(
    headlines=_words(
        """
        {place} 시의회, {topic} 관련 결정 연기
        {place} {topic} 관련 협상 결렬
        {place} 장관, {topic} 관련 방침 옹호
        {place} 법원, {topic} 관련 계획 중단
        {place}·{place2}, {topic} 관련 자료 공유
        감사 당국, {topic} 관련 {place} 지적
        {place} 기업들 {topic} 관련 명확한 규정 요구
        {place}, {topic} 관련 사업에 {number}억 투입
        {place} {topic} 관련 청문회 {number}분 만에 정회
        """
    ),
    sentences=_words(
        """
        {family}{person} {office} {post} {when} {thing} {verb}.
        {place} 소재 {office} {family}{person} {post} {thing} {number}건을 {verb}.
        {when} {office} 측은 {place} 인근 {thing} {number}건을 {verb}.
        {office} 쪽이 {number}억 원 규모 {thing} 내역을 {verb}, {family}{person} 설명이다.
        {thing} {number}건 {when} {place} 도착, {family}{person} {post} 발표.
        “{place} {thing} 절차를 {verb}” {when} {family}{person} {post} 덧붙임.
        """
    ),
    places=_words("여수|군산|속초|안동|통영|목포|강릉|제천|진주|포항|서산|나주|울진|경주|보령|익산"),
    people=_words("하린|도윤|서진|민재|유나|지호|예준|수아|태오|가온|나래|현우|보람|시온|다은|준서"),
    families=_words("김|이|박|최|정|강|조|윤|장|임|한|오|서|신|권|황"),
    posts=_words("대변인|부청장|조사관|자문위원|노조위원|도선사|예산관|편집장"),
    offices=_words("세관위원회|하천공사|감사실|노동협의회|전력공사|수산본부|교통공단|통계청"),
    verbs=_words("검토했다|연기했다|주문했다|줄였다|늘렸다|지적했다|공개했다|승인했다|문제 삼았다|조사했다|막았다|정리했다"),
    things=_words("허가증|컨테이너|점검 보고서|야간 근무|측정 결과|공급 계약|설문지|화물 열차|면허|청구"),
    whens=_words("월요일 밤|새벽|긴 회의 끝에|주 후반|갑자기|몇 시간 안에|오후 중반|봄철"),
    calm=_words("학교 급식|다리 보수|시민 마라톤|도서관 시간|가로등|합창 축제|전차 좌석|박물관 표"),
    dateline="({place}={agency}) {family}{person} 기자 = ",
    said=" - {family}{person} {post}",
)
RU = Tongue(
    headlines=_words(
        """
        {Place}: совет отложил решение, тема - {topic}
        {Place}: сорваны переговоры, предмет - {topic}
        {Place}: суд остановил план, речь про {topic}
        {Place} и {place2} обменяются данными: {topic}
        {Place}: аудиторы недовольны, причина - {topic}
        {Place}: фирмы просят ясных правил, вопрос - {topic}
        {Place} выделит {number} миллионов: {topic}
        {Place}: слушания прерваны через {number} минут, тема - {topic}
        """
    ),
    sentences=_words(
        """
        {person} {family}, {post} ведомства {office}, {when} {verb} {thing}.
        {place}: {person} {family} ({office}) {verb} {number} {thing}.
        {When} {office} насчитала {number} {thing} в районе {place}.
        {office} {verb} {thing} на {number} миллионов, уточнил {family} {when}.
        {number} {thing} {when} прибыли: {place}, сообщил {person} {family}.
        «{place} {verb} {thing}», - добавил {when} {person} {family}, {post}.
        """
    ),
    places=_words("Выборг|Псков|Тобольск|Елец|Мурманск|Суздаль|Кинешма|Вологда|Азов|Ржев|Кунгур|Шуя|Орск|Валдай|Ейск|Чита"),
    people=_words("Егор|Вера|Платон|Зоя|Артём|Лидия|Матвей|Раиса|Фёдор|Инна|Глеб|Тамара|Савва|Полина|Захар|Нина"),
    families=_words("Боровой|Кречет|Лапин|Дроздов|Шубин|Вяткин|Орехов|Галкин|Сомов|Туров|Белкин|Рябов|Чижов|Крутов|Зимин|Носов"),
    posts=_words("представитель|замглавы|геодезист|юрист|делегат|лоцман|бюджетник|редактор"),
    offices=_words("таможня|водоканал|палата|энергосеть|рыбинспекция|автобаза|статслужба|горсеть"),
    verbs=_words("изучил|перенёс|заказал|урезал|удвоил|оспорил|опубликовал|одобрил|проверил|закрыл|упорядочил|нанёс"),
    things=_words("разрешений|контейнеров|протоколов|смен|замеров|договоров|анкет|вагонов|лицензий|заявок"),
    whens=_words("в понедельник вечером|до рассвета|после заседания|к концу недели|внезапно|за считаные часы|к полудню|весной"),
    calm=_words("школьное меню|ремонт моста|городской забег|часы библиотек|фонари|хоровой праздник|места в трамвае|билеты в музей"),
    dateline="{PLACE}, {day} {month}. /{agency}/. ",
    said=", сообщил {person} {family}",
)
TONGUES: Mapping[str, Tongue] = {"en": EN, "de": DE, "ko": KO, "ru": RU}

#: Rule → what people call it, and its words in English, German, Korean and Russian. None of them is a part of another.
TOPICS: Mapping[str, tuple[str, str, str, str, str]] = {
    "dock-strike": ("Dock strikes", "dock strike", "Hafenstreik", "부두 파업", "портовая стачка"),
    "wheat": ("Wheat quotas", "wheat quota", "Weizenquote", "밀 할당량", "пшеничная квота"),
    "chip-export": ("Chip exports", "chip export", "Chipausfuhr", "칩 수출", "вывоз микросхем"),
    "gas-hub": ("Gas hub", "gas hub", "Gasdrehkreuz", "가스 거점", "газовый узел"),
    "visa": ("Visa waiver", "visa waiver", "Visafreiheit", "비자 면제", "безвизовый режим"),
    "rail-link": ("Rail link", "rail link", "Bahnachse", "철도 연결", "железная ветка"),
    "sanction": ("Sanctions list", "sanctions list", "Sanktionsliste", "제재 명단", "санкционный список"),
    "drone": ("Drone sightings", "drone sighting", "Drohnensichtung", "무인기 목격", "замеченный беспилотник"),
    "cable": ("Sea cables", "sea cable", "Seekabel", "해저 케이블", "морской кабель"),
    "flu": ("Bird flu", "bird flu", "Vogelgrippe", "조류 독감", "птичий грипп"),
    "rare-earth": ("Rare earths", "rare earths", "Seltenerd", "희토류", "редкая земля"),
    "summit": ("Lake summit", "lake summit", "Seegipfel", "호수 정상회담", "озёрный саммит"),
    "satellite": ("Satellite launch", "satellite launch", "Satellitenstart", "위성 발사", "запуск спутника"),
    "steel": ("Steel tariff", "steel tariff", "Stahlzoll", "철강 관세", "стальная пошлина"),
    "water": ("Water treaty", "water treaty", "Wasservertrag", "물 조약", "водный договор"),
    "ferry": ("Ferry safety", "ferry safety", "Fährsicherheit", "여객선 안전", "паромная безопасность"),
    "census": ("Census dispute", "census dispute", "Zensusstreit", "인구조사 분쟁", "спор о переписи"),
    "lithium": ("Lithium mine", "lithium mine", "Lithiumgrube", "리튬 광산", "литиевый рудник"),
    "airspace": ("Airspace closure", "airspace closure", "Luftraumsperre", "영공 폐쇄", "закрытие неба"),
    "pension": ("Pension vote", "pension vote", "Rentenvotum", "연금 표결", "пенсионный вопрос"),
}
LANGUAGES = tuple(TONGUES)
#: The word that a rule learns in mid-month.
LEARNED = ("wheat", "flour ceiling")
MONTHS = {
    "en": {10: "Oct.", 11: "Nov."},
    "de": {10: "Oktober", 11: "November"},
    "ko": {10: "10월", 11: "11월"},
    "ru": {10: "октября", 11: "ноября"},
}
