import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.footnote import read
from spiders.story import Status

CORRECTED = """
Correction: The story said twelve, it was ten.
CORRECTION (July 28, 2026): The age was wrong.
This story was corrected on July 27 to fix a name.
This July 27 story has been corrected to fix a name.
*This article was amended on 3 May 2024 to correct a date.
The headline of this story was corrected.
An earlier version of this article misstated the age.
(A previous version of this story misspelled the name.)
Editor's note: An earlier version of this report gave another date.
Berichtigung: Im zweiten Absatz muss es zehn heißen.
In einer früheren Version dieses Artikels stand eine andere Zahl.
Dieser Text wurde am Abend korrigiert.
Une version précédente de cet article donnait un autre âge.
Cette dépêche a été corrigée à 14h.
Una versión anterior de este artículo daba otra edad.
Esta nota ha sido corregida.
Uma versão anterior desta matéria dava outra idade.
Questo articolo è stato corretto.
Rettifica: erano dieci.
В предыдущей версии материала была другая цифра.
Материал исправлен в третьем абзаце.
Поправка: их было десять.
У попередній версії цього матеріалу була інша цифра.
이 기사는 숫자 오류가 있어 수정했습니다.
[정정] 열 명이 맞습니다.
この記事は一部を訂正しました。
訂正：第二段落は十人でした。
本文较早版本的数字有误。
更正：应为十人。
Bu haberin önceki sürümünde başka bir sayı vardı.
Düzeltme: On kişiydi.
نسخة سابقة من هذا المقال ذكرت رقما آخر
تصحيح: كانوا عشرة
In een eerdere versie van dit artikel stond tien.
"""
WITHDRAWN = """
The story "Ministers sign grain deal" has been withdrawn.
This story has been withdrawn.
Reuters has withdrawn its story on a grain deal because it was not signed.
The Associated Press is withdrawing its story about a grain deal.
Diese Meldung wurde zurückgezogen.
Cette dépêche a été annulée.
Esta noticia ha sido retirada.
Questa notizia è stata ritirata.
Esta matéria foi retirada.
Новость отозвана.
Матеріал відкликано.
이 기사는 취소됐습니다.
この記事は削除しました。
本文已撤回。
Bu haber geri çekilmiştir.
تم سحب هذا الخبر
"""
STORY = """
The ministry corrected an earlier version of the report.
An earlier version of the report was leaked to a newspaper.
The earlier version of the bill was rejected.
This article was amended in 1992 and again in 2004.
This report was withdrawn by the ministry.
The correction came late: shares fell.
Parliament has withdrawn the report on trade.
A firm has removed the feature from its stores.
The story was withdrawn, he said.
Der Bericht wurde korrigiert, sagte der Minister.
Este artículo fue anulado por el tribunal.
Этот текст был снят на пленку.
Сообщение удалено из канала.
신문은 이 기사를 삭제했다.
В версии следствия это иначе.
"""


def _lines(text):
    return text.strip().split("\n")


@pytest.mark.parametrize("paragraph", _lines(CORRECTED))
def test_a_note_says_that_its_story_was_corrected(paragraph):
    assert read(paragraph) is Status.CORRECTED


@pytest.mark.parametrize("paragraph", _lines(WITHDRAWN))
def test_a_note_says_that_its_story_was_withdrawn(paragraph):
    assert read(paragraph) is Status.WITHDRAWN


@pytest.mark.parametrize("paragraph", _lines(STORY))
def test_a_sentence_about_the_correction_of_others_is_no_note(paragraph):
    assert read(paragraph) is None


@given(st.text())
def test_any_text_can_be_read(text):
    assert read(text) in (None, Status.CORRECTED, Status.WITHDRAWN)


@pytest.mark.parametrize("piece", ["this story's ", "(", "editor's note ", "a ", "in der ersten version ", "이 기사", "本文", "correction"])
def test_a_hostile_paragraph_takes_no_long_time(piece):
    began = time.process_time()
    for length in (1200, 500_000):
        read((piece * length)[:length])

    assert time.process_time() - began < 0.1
