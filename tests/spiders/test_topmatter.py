import time

from spiders.page import Page
from spiders.topmatter import TopMatter, around


def around_the(headline, body):
    return around(Page(f"<html><body>{body}</body></html>", url="https://coast.example.org/"), headline)


LONG = "The harbour reopened on Wednesday after two days of storm that had kept every ferry of the coast in port. " * 3


def test_the_lines_around_a_headline_are_told_nearest_first():
    body = f"""
      <p>Coast News</p><div>World</div><h1>Harbour <b>reopens</b></h1>
      <div>By <a href="/ann">Ann Baker</a> on <time>3 March 2026</time></div><p>Oslo<br>Shipping</p>
      <p>{LONG}</p><p>A deck was above.</p><p>{LONG}</p><p>By Bo Chan</p>"""

    assert around_the("Harbour reopens", body) == TopMatter(
        behind=("By Ann Baker on 3 March 2026", "Oslo", "Shipping", LONG.strip(), "A deck was above.", LONG.strip()),
        ahead=("World", "Coast News"),
    )


def test_the_deck_stands_between_the_headline_and_the_body():
    deck = "Ferries sail again from Thursday, says the harbour master."
    top = around_the("Harbour reopens", f"<header><h1>Harbour reopens</h1><p>By Ann Baker</p><p>{deck}</p></header><p>{LONG}</p>")

    assert top.deck(LONG) == deck
    assert top.deck("A paragraph that is not there") == ""
    assert top.deck("") == ""


def test_a_body_right_below_the_headline_has_no_deck():
    assert around_the("Harbour reopens", f"<h1>Harbour reopens</h1><p>By Ann Baker</p><p>{LONG}</p>").deck(LONG) == ""


def test_pictures_menus_and_comments_are_no_top_matter():
    body = """
      <nav>Home</nav><h1>Harbour reopens</h1><figure><figcaption>By Bo Chan, 2019</figcaption></figure>
      <script>var by = 'x'</script><div class="comment">by Cy</div><p>By Ann Baker</p>"""

    assert around_the("Harbour reopens", body) == TopMatter(behind=("By Ann Baker",))


def test_a_headline_that_is_not_on_the_page_has_no_top_matter():
    assert around_the("Another", "<h2>One</h2><h2>Two</h2><p>x</p>") == TopMatter()
    assert around_the("", "<h1>Harbour reopens</h1><p>x</p>") == TopMatter()


def test_a_page_of_nothing_but_headings_takes_no_time():
    page = Page("<html><body>" + "<div><h1>Harbour reopens</h1>x" * 20_000, url="https://coast.example.org/")
    began = time.process_time()
    around(page, "Harbour reopens")

    assert time.process_time() - began < 2
