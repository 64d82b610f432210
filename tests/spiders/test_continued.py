import time

from spiders.continued import whole
from spiders.page import Page

FIRST, SECOND, THIRD = (f"Part {n} of a story that goes on for a while so that it is taken for one. " * 4 for n in "123")
FIRST, SECOND, THIRD = FIRST.strip(), SECOND.strip(), THIRD.strip()


def read(found, body):
    return whole(Page(f"<html><body>{body}</body></html>", url="https://coast.example.org/"), found)


def boxes(*texts, inside=""):
    parts = (f'<div class="body x{at}">{inside}<p>{text}</p></div>' for at, text in enumerate(texts))
    return "".join(f'<div class="grid">{part}</div><aside>Ad</aside>' for part in parts)


def test_a_body_in_boxes_between_advertisements_is_read_to_its_end():
    assert read((FIRST,), f"<article>{boxes(FIRST, SECOND, THIRD)}</article>") == (FIRST, SECOND, THIRD)


def test_what_was_found_above_the_boxes_stays_above():
    assert read(("Oslo.", FIRST), f"<article>{boxes(FIRST, SECOND, THIRD)}</article>") == ("Oslo.", FIRST, SECOND, THIRD)


def test_other_stories_in_boxes_of_their_own_are_none_of_its_parts():
    other = f'<article class="grid"><div class="body"><p>{SECOND}</p></div></article>'
    own = f'<article class="grid"><div class="body"><p>{FIRST}</p></div></article>'

    assert read((FIRST,), f"<div>{own}{other}</div>") == (FIRST,)
    assert read((FIRST,), f"<div>{boxes(FIRST)}{boxes(SECOND, inside='<h1>Another</h1>')}</div>") == (FIRST,)
    assert read((FIRST,), f"<main>{boxes(FIRST)}</main><footer>{boxes(SECOND)}</footer>") == (FIRST,)


def test_a_whole_body_stays_as_it_was_found():
    assert read((FIRST, SECOND), boxes(FIRST, SECOND)) == (FIRST, SECOND)
    assert read((), boxes(FIRST, SECOND)) == ()


def test_a_page_of_nested_boxes_takes_no_time():
    page = Page("<html><body>" + "<div class=a><p>x" * 5_000, url="https://coast.example.org/")
    began = time.process_time()
    whole(page, ("x",))

    assert time.process_time() - began < 2
