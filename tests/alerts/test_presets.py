"""What the packaged presets know in each language, said in sentences made up for the purpose."""

import pytest

from alerts.match import RuleSet
from alerts.rules import preset, preset_words
from spiders.story import Story

RULES = RuleSet([preset("dprk"), preset("anniversary")])


def told(text: str) -> set[str]:
    return {match.rule.id for match in RULES.match(Story(headline="", canonical_url="https://news.example/a", paragraphs=(text,)))}


@pytest.mark.parametrize(
    "text",
    [
        "N.Korea fires missile, Seoul says",
        "NKoreans cross the border",
        "Talks between North and South Korea resume",
        "The two Koreas agree on a hotline",
        "Inter-Korean summit ends",
        "A D.P.R.K. delegation arrives",
        "Делегация посетила северокорейский порт",
        "Встреча с Ким Чен Ыном прошла в Пхеньяне",
        "Візит до Північної Кореї завершено",
        "Північнокорейські війська на кордоні",
        "Візит до Пхеньяна завершено",
        "Паўночная Карэя правяла пуск",
        "Северна Корея изстреля ракета",
        "Севернокорејски лидер у посети",
        "Predsednik Severne Koreje u poseti",
        "Sjevernokorejska vojska na granici",
        "Severokorejský vůdce navštívil továrnu",
        "Vedení KLDR vydalo prohlášení",
        "Żołnierze z Korei Północnej",
        "Północnokoreańscy żołnierze",
        "Észak-koreai rakétakísérlet",
        "Coreea de Nord a lansat o rachetă",
        "Nordkoreas Machthaber reist ab",
        "Die Führung in Pjöngjang schweigt",
        "Noord-Koreaanse soldaten gezien",
        "Nordkoreanska soldater",
        "Nordkoreas leder",
        "Pohjois-Korean johtaja",
        "Põhja-Korea katsetas raketti",
        "Ziemeļkoreja izmēģina raķeti",
        "Šiaurės Korėja paleido raketą",
        "Des soldats nord-coréens à la frontière",
        "La RPDC dénonce les manoeuvres",
        "Militares norcoreanos en la frontera",
        "Soldati nordcoreani al confine",
        "Soldados norte-coreanos na fronteira",
        "A Coreia do Norte lançou um míssil",
        "Η Βόρεια Κορέα εκτόξευσε πύραυλο",
        "Kuzey Kore'nin lideri konuştu",
        "KUZEY KORELİ ASKERLER",
        "Şimali Koreya raket atıb",
        "Солтүстік Корея зымыран ұшырды",
        "БНАСАУ-ын төлөөлөгчид ирлээ",
        "Հյուսիսային Կորեան հրթիռ է արձակել",
        "ჩრდილოეთ კორეამ რაკეტა გაუშვა",
        "أطلقت كوريا الشمالية صاروخا",
        "الزعيم الكوري الشمالي يزور المصنع",
        "زيارة لكوريا الشمالية",
        "وصل إلى بيونغ يانغ",
        "رهبر کره شمالی سفر کرد",
        "رهبر کره‌شمالی سفر کرد",
        "שיגור טיל בצפון קוריאה",
        "उत्तर कोरिया ने मिसाइल दागी",
        "Triều Tiên phóng tên lửa",
        "TRIỀU TIÊN PHÓNG TÊN LỬA",
        "Korea Utara luncurkan rudal",
        "Pemimpin Korut berkunjung",
        "เกาหลีเหนือยิงขีปนาวุธ",
        "북한군이 국경을 넘었다",
        "김정은이 공장을 찾았다",
        "조선로동당 중앙위원회 전원회의",
        "대북 제재 결의안 채택",
        "北朝鮮がミサイルを発射",
        "日朝首脳会談の見通し",
        "朝鲜外务省发表谈话",
        "北韓發射飛彈",
        "朝鮮領導人到訪",
        "美朝首脑会晤",
    ],
)
def test_dprk_is_named_in_every_language(text: str) -> None:
    assert "dprk" in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "The Korean War broke out in 1950",
        "Peace on the Korean peninsula",
        "Korea Open in Seoul",
        "The Democratic Republic of Congo and the DPR parliament of Indonesia",
        "He moved to the north. Korean food is popular.",
        "Республика Корея и Южная Корея",
        "Die koreanische Halbinsel und Südkorea",
        "Корейский полуостров и корейская война",
        "朝鲜半岛局势与朝鲜战争",
        "朝鮮半島の非核化と朝鮮戦争",
        "中国朝鲜族自治州",
        "翌日朝、1日朝に会見",
        "桂米朝の落語",
        "조선일보와 대한조선공업",
        "북한산국립공원 등산로",
        "평양냉면 맛집",
        "bán đảo Triều Tiên",
        "mười triệu tiền mặt",
        "شبه الجزيرة الكورية وكوريا الجنوبية",
        "Güney Kore ve Kore yarımadası",
    ],
)
def test_dprk_does_not_take_its_neighbours_for_it(text: str) -> None:
    assert "dprk" not in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "marking the 70th founding anniversary of the republic",
        "the centenary of the poet",
        "Chile marks 50 years since the coup",
        "55 years of diplomatic relations",
        "the birthday of the country's late founder",
        "Armistice Day ceremony",
        "70-летие победы отметили парадом",
        "в 80-ю годовщину освобождения",
        "накануне Дня независимости",
        "столетие со дня рождения поэта",
        "до 30-річчя незалежності України",
        "у День Незалежності",
        "70. výročí založení státu",
        "w 80. rocznicę powstania",
        "75-lecie zakończenia wojny",
        "80. godišnjica oslobođenja",
        "a forradalom évfordulója",
        "zum 75. Jahrestag der Gründung",
        "Am Nationalfeiertag gab es eine Parade",
        "le 77e anniversaire du parti",
        "pour la fête nationale",
        "el 70 aniversario de la fundación",
        "Día de la Victoria",
        "il centenario della nascita",
        "no aniversário da independência",
        "Dia da Vitória",
        "Cumhuriyetin 100. yıl dönümü",
        "kuruluşunun 70. yılı",
        "в день 80 жылдығына",
        "الذكرى السبعون لتأسيس الدولة",
        "تهنئة بعيد الاستقلال",
        "سالگرد پیروزی انقلاب",
        "kỷ niệm 80 năm Quốc khánh",
        "upacara HUT RI ke-80",
        "Hari Kemerdekaan Malaysia",
        "창건 75주년 열병식",
        "광복절 경축사",
        "서거 10주기 추모식",
        "建国記念日の式典",
        "終戦80周年",
        "庆祝建党100周年",
        "國慶閱兵",
        "恐袭发生20周年",
    ],
)
def test_an_anniversary_is_named_in_every_language(text: str) -> None:
    assert "anniversary" in told(text)


@pytest.mark.parametrize("name", ["dprk", "anniversary"])
def test_a_preset_knows_the_words_of_over_forty_languages(name: str) -> None:
    assert len({code for codes in preset_words(name) for code in codes.split("-") if len(code) == 2}) > 40


@pytest.mark.parametrize(
    "text",
    [
        "Our anniversary sale starts on Monday",
        "the store's anniversary",
        "Happy wedding anniversary",
        "the company he founded 42 years ago",
        "prices were marked down two years ago",
        "her birthday party for friends",
        "самолет летит в Москву, 10-летний мальчик",
        "в начале двадцатого столетия",
        "výroční zpráva banky",
        "Geburtstag meiner Tante",
        "Firmenjubiläum mit Rabatt",
        "feliz cumpleaños, abuela",
        "주기적으로 점검한다",
        "결혼 10주년",
        "结婚10周年",
        "公司召开周年股东大会",
        "der HUT der Woche",
    ],
)
def test_what_shops_and_families_celebrate_is_no_anniversary(text: str) -> None:
    assert "anniversary" not in told(text)
