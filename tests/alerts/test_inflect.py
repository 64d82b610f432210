import pytest

from alerts.inflect import forms
from alerts.match import RuleSet
from alerts.rules import Rule, RuleError
from spiders.story import Story


@pytest.mark.parametrize(
    ("language", "alias", "spellings"),
    [
        ("ru", "Северная Корея", "Северная Корея, Северной Кореи, Северной Корее, Северную Корею, Северной Кореей"),
        ("ru", "зерновая сделка", "зерновой сделки, зерновой сделке, зерновую сделку, зерновой сделкой"),
        ("ru", "Чёрное море", "Чёрного моря, Чёрному морю, Чёрным морем, Чёрном море"),
        ("ru", "морской порт", "морского порта, морскому порту, морским портом, морском порте"),
        ("ru", "ракетное испытание", "ракетного испытания, ракетным испытанием, ракетном испытании"),
        (
            "ru",
            "межконтинентальная баллистическая ракета",
            "межконтинентальной баллистической ракеты, межконтинентальную баллистическую ракету",
        ),
        ("ru", "Ким Чен Ын", "Ким Чен Ына, Ким Чен Ыну, Ким Чен Ыном, Ким Чен Ыне"),
        ("ru", "Владимир Путин", "Владимира Путина, Владимиру Путину, Владимиром Путиным, Владимире Путине"),
        ("ru", "Дмитрий Песков", "Дмитрия Пескова, Дмитрию Пескову, Дмитрием Песковым"),
        ("ru", "Мария Захарова", "Марии Захаровой, Марию Захарову, Марией Захаровой"),
        ("ru", "Трудовая партия Кореи", "Трудовой партии Кореи, Трудовую партию Кореи, Трудовой партией Кореи"),
        ("ru", "Республика Корея", "Республики Корея, Республику Корею"),
        ("ru", "переговоры", "переговоров, переговорам, переговорами, переговорах"),
        ("ru", "санкция", "санкции, санкцию, санкцией"),
        ("ru", "поддержка", "поддержки, поддержке, поддержку, поддержкой"),
        ("ru", "договор", "договора, договору, договором, договоре"),
        ("de", "Schwarzes Meer", "Schwarzes Meer, Schwarzen Meeres, Schwarzen Meer, Schwarze Meer"),
        ("de", "Getreideabkommen", "Getreideabkommens"),
        ("de", "Rakete", "Raketen"),
        ("de", "Verhandlung", "Verhandlungen"),
        ("de", "ballistische Rakete", "ballistischen Raketen, ballistischer Rakete"),
        ("de", "Demokratische Volksrepublik Korea", "Demokratischen Volksrepublik Korea"),
        ("de", "Angela Merkel", "Angela Merkels"),
        ("de", "Partei der Arbeit", "Parteien der Arbeit"),
    ],
)
def test_an_alias_is_found_in_the_cases_of_its_language(language: str, alias: str, spellings: str) -> None:
    assert set(spellings.split(", ")) - set(forms(alias, language)) == set()


@pytest.mark.parametrize(
    ("language", "alias"),
    [
        *(("ru", "КНДР"), ("ru", "ООН"), ("ru", "северокорейск*"), ("ru", "Kim Jong Un"), ("ru", "")),
        *(("de", "NATO"), ("de", "nordkoreanisch*"), ("en", "grain deal"), ("ko", "곡물 협정"), ("de", "allein gelassen")),
    ],
)
def test_what_has_no_cases_stays_as_it_is(language: str, alias: str) -> None:
    assert forms(alias, language) == (alias,)


def test_words_that_agree_change_together() -> None:
    assert len(forms("корейская народная армия", "ru")) <= 6
    assert "корейской народную армии" not in forms("корейская народная армия", "ru")


@pytest.mark.parametrize(
    ("other", "alias", "language"),
    [
        ("корей", "Корея", "ru"),
        ("Nord", "Norden", "de"),
        ("пут", "Путин", "ru"),
    ],
)
def test_no_form_is_another_word(other: str, alias: str, language: str) -> None:
    assert other not in forms(alias, language)


def told(words: tuple[str, ...], text: str) -> list[str]:
    found = RuleSet([Rule(id="r", any=words)]).match(Story(headline=text, canonical_url="https://news.example/a"))
    return [text[span.start : span.end] for match in found for span in match.spans]


def test_a_rules_word_may_say_its_language() -> None:
    assert told(("ru: зерновая сделка", "de: Schwarzes Meer"), "О зерновой сделке: am Schwarzen Meer") == [
        "зерновой сделке",
        "Schwarzen Meer",
    ]
    assert told(("зерновая сделка",), "О зерновой сделке") == []
    assert told(("ko: 곡물 협정",), "곡물 협정이 연장됐다") == ["곡물 협정"]


def test_an_unknown_language_is_refused_with_what_to_write() -> None:
    with pytest.raises(RuleError) as refused:
        Rule(id="r", any=("re: budget",))

    assert str(refused.value) == (
        'rule "r": "re" is no language of an alias; without it leave out the colon\n  re: budget\n  ^^^\nwrite: re budget'
    )


def test_an_alias_set_is_named_and_never_told_itself() -> None:
    rules = RuleSet([Rule(id="sea", any=("ru: Чёрное море",), asked=False), Rule(id="grain", query="@sea AND зерн*")])
    story = Story(headline="Зерно идёт по Черному морю", canonical_url="https://news.example/a")

    assert [match.rule.id for match in rules.match(story)] == ["grain"]
    assert [rule.id for rule in rules.rules] == ["grain"]
