"""What the presets of topics take and leave, said in openings made up for the purpose."""

import pytest

from alerts.match import RuleSet
from alerts.rules import Rule, people, preset, presets
from spiders.story import Story

#: The topic, openings that are about it, and openings that only look so.
TOPICS: dict[str, tuple[list[str], list[str]]] = {
    "rok": (
        [
            "South Korea's president left for a summit in Jakarta",
            "S. Korean exports rose in May",
            "Seoul says it will answer any provocation",
            "Глава МИД Южной Кореи прибыл в Москву",
            "В Сеуле заявили о готовности к диалогу",
            "Президент Республики Корея посетил завод",
            "Міністр оборони Південної Кореї подав у відставку",
            "Südkoreas Parlament hat den Haushalt beschlossen",
            "Le président sud-coréen a reçu une délégation",
            "El ministro surcoreano de Exteriores viajó a Pekín",
            "합참은 오늘 오전 훈련을 시작했다고 밝혔다",
            "대한민국 정부 대표단이 출국했다",
            "韓国の大統領が演説した",
            "韩国外交部长访问北京",
            "韓國總統發表談話",
            "سيول وواشنطن: كوريا الجنوبية تطلق مناورات",
        ],
        [
            "North Korea tested an engine",
            "The singer's tour ends in Seoul on Sunday",
            "Das koreanische Restaurant zieht um",
            "В Сеуле прошел концерт поп-группы",
            "韓国料理の新しい店が開店した",
            "平壌で式典が開かれた",
        ],
    ),
    "korean-war": (
        [
            "Remains of a soldier missing since the Korean War came home",
            "Veterans of the war in Korea met in Busan",
            "The armistice signed at Panmunjom still holds",
            "Ветеранам Корейской войны вручили медали",
            "Соглашение о перемирии в Корее подписали 27 июля",
            "Ветерани Корейської війни зібралися в Сеулі",
            "Ein Veteran des Koreakriegs erzählt",
            "Les anciens combattants de la guerre de Corée",
            "Los veteranos de la guerra de Corea",
            "6·25전쟁 참전용사를 초청했다",
            "정전협정 체결 기념식이 열렸다",
            "朝鮮戦争の戦没者を追悼した",
            "纪念抗美援朝的展览开幕",
            "韓戰老兵重返故地",
        ],
        [
            "Nobody wants another Korean War, the envoy said",
            "An armistice was signed in Compiègne in 1918",
            "South Korea's carmakers are in a price war",
            "Перемирие в секторе Газа продлили",
            "Der Waffenstillstand im Libanon hält",
            "停戦協議がカイロで始まった",
        ],
    ),
    "russia-dprk": (
        [
            "Putin thanked North Korean soldiers for their help",
            "A Russian delegation flew to Pyongyang on Monday",
            "Лавров встретился с министром иностранных дел КНДР",
            "Поезд из Москвы прибыл в Пхеньян",
            "Північнокорейські солдати воюють на боці Росії",
            "Nordkorea schickt weitere Soldaten nach Russland",
            "Pyongyang et Moscou signent un accord",
            "Corea del Norte envía trabajadores a Rusia",
            "북러 정상회담이 열렸다",
            "러시아 대표단이 평양에 도착했다",
            "ロシアの外相が北朝鮮を訪問した",
            "俄罗斯代表团访问朝鲜",
            "وفد من روسيا يزور كوريا الشمالية",
        ],
        [
            "Putin spoke with the Turkish president",
            "North Korea and China reopened a bridge",
            "Russia and South Korea discussed fishing quotas",
            "Лавров прибыл в Пекин",
            "Nordkorea hat ein neues Hotel eröffnet",
            "러시아와 중국이 훈련을 했다",
            "中国と北朝鮮が会談した",
        ],
    ),
    "missile": (
        [
            "The navy fired two cruise missiles into the sea",
            "An unidentified projectile was fired toward the east",
            "A rocket carrying a satellite was launched from the base",
            "Расчеты выполнили учебный пуск баллистической ракеты",
            "Ракеты были запущены с полигона",
            "Ворог випустив крилаті ракети",
            "Raketentest vor der Küste",
            "Der Raketenangriff dauerte die ganze Nacht",
            "Un tir de missile balistique a échoué",
            "El ejército lanzó un misil al mar",
            "단거리 탄도미사일을 발사했다",
            "미사일 시험발사에 성공했다",
            "ミサイルが日本海に落下した",
            "试射一枚洲际弹道导弹",
            "試射飛彈",
            "أطلقت القوات صاروخا باليستيا",
        ],
        [
            "The Houston Rockets won at home",
            "A rocket salad with lemon",
            "The stock rocketed on Friday",
            "Ракетка теннисиста сломалась",
            "Die Preise steigen raketenhaft",
            "로켓배송이 늦어졌다",
            "ロケット団が登場する",
            "火箭队客场取胜",
        ],
    ),
    "sanctions": (
        [
            "New sanctions hit three banks",
            "The EU sanctioned a shipping company, an entity of the shadow trade",
            "Export controls on chips were widened",
            "ЕС согласовал новый пакет санкций",
            "Эмбарго на поставки оружия продлено",
            "Нові санкції проти банків",
            "Die EU verschärft ihre Sanktionen",
            "Das Waffenembargo gilt weiter",
            "De nouvelles sanctions contre la banque",
            "Nuevas sanciones contra la petrolera",
            "대북 제재 결의를 위반했다",
            "미국이 이란을 제재했다",
            "追加制裁を決めた",
            "宣布对该公司实施制裁",
            "宣布禁運",
            "فرضت واشنطن عقوبات جديدة",
        ],
        [
            "The league announced sanctions against the coach",
            "The court sanctioned the lawyer for a late filing",
            "Допинг: санкции для бегуна",
            "Der Verein wurde von der Liga bestraft",
            "선수에게 출전 정지 처분을 내렸다",
            "ドーピングで制裁を受けた選手",
        ],
    ),
    "un-security-council": (
        [
            "The UN Security Council meets on Tuesday",
            "The Security Council adopted the resolution by 14 votes",
            "U.N. Security Council members walked out",
            "Совбез ООН обсудит ситуацию",
            "Россия созывает заседание Совета Безопасности ООН",
            "Радбез ООН збереться в понеділок",
            "Der UN-Sicherheitsrat tagt in New York",
            "Der Sicherheitsrat der Vereinten Nationen",
            "Le Conseil de sécurité de l'ONU se réunit",
            "El Consejo de Seguridad de la ONU aprobó el texto",
            "유엔 안보리가 긴급회의를 소집했다",
            "国連安保理が会合を開いた",
            "联合国安理会举行会议",
            "聯合國安理會表決",
            "اجتمع مجلس الأمن الدولي اليوم",
        ],
        [
            "The national security council met in the White House",
            "Shoigu, secretary of Russia's Security Council, flew to Minsk",
            "Секретарь Совета безопасности России прибыл в Тегеран",
            "Der nationale Sicherheitsrat beriet",
            "Le conseil municipal se réunit",
            "국가안보실장이 브리핑했다",
            "国家安全委员会召开会议",
        ],
    ),
}
RULES = RuleSet([preset(name) for name in TOPICS])


def told(text: str) -> set[str]:
    return {match.rule.id for match in RULES.match(Story(headline="", canonical_url="https://news.example/a", paragraphs=(text,)))}


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, (about, _) in TOPICS.items() for text in about])
def test_a_topic_is_found_in_every_language_of_the_desk(topic: str, text: str) -> None:
    assert topic in told(text)


@pytest.mark.parametrize(("topic", "text"), [(topic, text) for topic, (_, others) in TOPICS.items() for text in others])
def test_what_only_looks_like_a_topic_is_left(topic: str, text: str) -> None:
    assert topic not in told(text)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "kim-jong-un",
            ["Kim Jong-un", "КИМ ЧЕН ЫН", "с Ким Чен Ыном", "김정은이", "金正恩総書記", "كيم جونغ أون", "Kim Jong Uns Rede", "Кім Чен Ин"],
        ),
        ("kim-yo-jong", ["Kim Yo-jong", "Ким Ё Чжон", "김여정은", "金与正", "金與正"]),
        ("kim-il-sung", ["Kim Il-sung", "Ким Ир Сена", "김일성의", "金日成"]),
        ("kim-jong-il", ["Kim Jong-il", "Ким Чен Иру", "김정일", "金正日"]),
        ("choe-son-hui", ["Choe Son Hui", "Цой Сон Хи", "최선희 외무상", "崔善姫外相"]),
        ("lee-jae-myung", ["Lee Jae-myung", "Ли Чжэ Мён", "이재명 대통령", "李在明総統"]),
        ("putin", ["Putins Reise", "Путиным", "Путіна", "푸틴이", "プーチン大統領", "普京"]),
        ("lavrov", ["Lavrov's visit", "Лавровым", "Lawrows Besuch", "라브로프", "拉夫罗夫"]),
        ("xi-jinping", ["Xi Jinping", "Си Цзиньпином", "시진핑", "習近平国家主席", "习近平"]),
        ("pyongyang", ["Pyongyang", "в Пхеньяне", "Pjöngjangs Führung", "평양에서", "平壌", "平壤"]),
    ],
)
def test_a_name_is_one_set_in_every_script(name: str, texts: list[str]) -> None:
    rules = RuleSet([Rule(id="r", query=f"@{name}")])
    others = RuleSet([Rule(id="r", query=" OR ".join(f"@{other}" for other in people() if other != name))])

    for text in texts:
        story = Story(headline=text, canonical_url="https://news.example/a")
        assert rules.match(story), text
        assert not others.match(story), text


def test_every_name_is_tried() -> None:
    assert len(people()) == 10


def test_each_preset_has_its_openings() -> None:
    assert set(TOPICS) | {"dprk", "anniversary"} == set(presets())
