import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders import language

#: One sentence each, of our own.
TEXTS = {
    "en": "The minister said on Friday that the talks had been useful and would go on in the spring.",
    "de": "Der Minister sagte am Freitag, dass die Gespräche nützlich waren und im Frühjahr weitergehen werden.",
    "fr": "Le ministre a dit vendredi que les discussions avaient été utiles et qu'elles vont reprendre au printemps avec les autres.",
    "es": "El ministro dijo el viernes que las conversaciones fueron útiles y que van a seguir en la primavera con los otros.",
    "pt": "O ministro disse na sexta-feira que as conversas foram úteis e que não vão parar até à primavera, segundo os jornais.",
    "it": "Il ministro ha detto venerdì che i colloqui sono stati utili e che non si fermano nella primavera di questo anno.",
    "nl": "De minister zei vrijdag dat de gesprekken nuttig waren en dat ze in het voorjaar verder gaan met de anderen.",
    "sv": "Ministern sade på fredagen att samtalen hade varit bra och att de ska fortsätta till våren, men inte i Oslo.",
    "pl": "Minister powiedział w piątek, że rozmowy były pożyteczne i że nie zakończą się do wiosny, ale to jest tylko początek.",
    "cs": "Ministr řekl v pátek, že jednání byla užitečná a že se na jaře bude pokračovat, ale ne podle starého plánu.",
    "tr": "Bakan cuma günü görüşmelerin çok yararlı olduğunu söyledi ve bu yıl daha sonra devam edecek dedi.",
    "ru": "Министр сообщил в пятницу, что переговоры были полезны и что они не закончатся до весны, но это только начало.",
    "uk": "Міністр повідомив у п'ятницю, що переговори були корисні і що вони не закінчаться до весни, але це лише початок.",
    "sr": "Министар је рекао у петак да су разговори били корисни и да ће се наставити на пролеће, али не у Београду.",
    "bg": "Министърът каза в петък, че разговорите са били полезни и че ще продължат през пролетта, но това не е всичко.",
    "ko": "장관은 금요일 회담이 유익했으며 봄에도 계속될 것이라고 말했다.",
    "ja": "大臣は金曜日、会談は有益であり春にも続くと述べた。",
    "zh-hans": "部长星期五说，会谈很有益，双方将在春天继续对话，这是两国关系发展的开始。",
    "zh-hant": "部長星期五說，會談很有益，雙方將在春天繼續對話，這是兩國關係發展的開始。",
    "ar": "قال الوزير إن المحادثات كانت مفيدة وأن هذا العمل من شأنه أن يستمر في الربيع مع الدول التي تريد ذلك",
    "fa": "وزیر گفت که این گفت‌وگوها برای دو کشور مفید بود و در بهار با آن‌ها ادامه خواهد داشت و به پایان نمی‌رسد",
    "hi": "मंत्री ने शुक्रवार को कहा कि बातचीत उपयोगी रही और यह वसंत में भी जारी रहेगी, पर इस पर सहमति नहीं है।",
    "el": "Ο υπουργός είπε την Παρασκευή ότι οι συνομιλίες ήταν χρήσιμες.",
    "he": "השר אמר ביום שישי כי השיחות היו מועילות.",
}


@pytest.mark.parametrize("expected", TEXTS)
def test_a_sentence_tells_its_language_whatever_the_page_states(expected):
    other = "de" if expected == "en" else "en"

    assert language.of(TEXTS[expected]) == expected
    assert language.of(TEXTS[expected], stated=other) == expected


def test_what_the_page_states_says_more_where_it_agrees():
    assert language.of(TEXTS["en"], stated="en-gb") == "en-gb"
    assert language.of(TEXTS["zh-hant"], stated="zh") == "zh-hant"


def test_what_the_page_states_decides_where_the_text_is_too_short_or_in_two_languages():
    assert language.of("Oslo 2026", stated="no") == "no"
    assert language.of("Oslo 2026") is None
    both = "og i det er på at som for en til med av har den de ikke et han var fra"
    assert language.of(both, stated="da") == "da"
    assert language.of(both, stated="no") == "no"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("de_DE", "de-de"), (" EN ", "en"), ("nb-NO", "no"), ("zh-Hant-TW", "zh-hant-tw"), ("english", ""), ("", ""), ("<b>", "")],
)
def test_what_pages_state_becomes_bcp_47(stated, expected):
    assert language.tag(stated) == expected


@given(st.text(max_size=300))
def test_any_text_has_a_language_or_none(text):
    assert language.of(text) in {None, *language.candidates(text)}


@pytest.mark.parametrize("hostile", ["nga" * 300_000, "a " * 500_000, "\u0301" * 500_000, "uku" + "\U0001d7d8" * 500_000])
def test_a_hostile_text_takes_no_time(hostile):
    began = time.process_time()
    language.of(hostile)

    assert time.process_time() - began < 0.2
