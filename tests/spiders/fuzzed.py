"""Texts such as no wire prints: what the grammar looks for, in any order, with marks, brackets, dashes and figures between."""

from hypothesis import strategies as st

from spiders.markwords import ALL

_SIGNS = [
    *list("()[]（）【】<>/-–—_=:;,.!?*+#&|«»“”\"'’0123456789 \t\n\x00\ufeff"),
    *("///", "--", " - ", "-0-", "===", ": ", "\n\n"),
]
_WORDS = """
Photos Ministers Seoul SEOUL, WASHINGTON July 27 2023 (AP) (Reuters) /TASS/. dpa Yonhap Reuters ATTN Eds: Editors ATTENTION story
report item this This The was has been is withdrawn corrected removed its by KILL HOLD LIFTED RELEASED MANDATORY STORY EMBARGOED
UNTIL 0001 GMT Sperrfrist: Uhr Correction Correction: Berichtigung Korrektur Corrects ADDS UPDATES Neu a0123 BC-EU--Grain
headlined https://e.org/1 【ソウル聯合ニュース】 (서울=연합뉴스) 기자 = 日 月 年 電 记者 이 기사는 취소됐습니다. この記事は
訂正しました。 本文 已撤回 Материал отозван
"""
PIECES = st.sampled_from([*_SIGNS, *ALL, *_WORDS.split(), *(f"{word} " for word in _WORDS.split())])
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))
