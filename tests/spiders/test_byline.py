import time

import pytest

from spiders.byline import names, split
from spiders.jsonld import Article, article
from spiders.page import Page

URL = "https://coast.example.org/harbour"


def authors(body="", head="", *, article=None, top=()):
    return names(Page(f"<html><head>{head}</head><body>{body}</body></html>", url=URL), "", article, top=top)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("By Ann Baker and Bo Chan", ["Ann Baker", "Bo Chan"]),
        ("Von Jörg Öhlmann", ["Jörg Öhlmann"]),
        ("Ein Gastbeitrag von Walter von der Aue", ["Walter von der Aue"]),
        ("Eingestellt von der Anton", ["der Anton"]),
        ("Publié par Léa Petit", ["Léa Petit"]),
        ("Redaktion: Eva Klein", ["Eva Klein"]),
        ("By Ann Baker 8 January 2020, 3:51 pm", ["Ann Baker"]),
        ("Ann Baker on August 3, 2019", ["Ann Baker"]),
        ("Georg Baum, 21. Jan. 2015", ["Georg Baum"]),
        ("Ann Baker @annbaker", ["Ann Baker"]),
        ("박서연 기자", ["박서연"]),
        ("facebook.com/ann.baker", []),
        ("ann-baker", []),
        ("Von: det/dpa", ["det/dpa"]),
        ("Ann Baker/Bo Chan", ["Ann Baker", "Bo Chan"]),
        ("https://coast.example.org/ann", []),
        ("Redaktion", []),
    ],
)
def test_a_printed_byline_has_these_names(printed, expected):
    assert list(split(printed)) == expected


def test_the_first_witness_that_names_a_person_wins_and_the_outlet_is_a_last_resort():
    said = Article(authors=("Coast",), publisher="Coast")

    assert authors(article=said) == ("Coast",)
    assert authors(head='<meta name="author" content="Ann Baker">', article=said) == ("Ann Baker",)


def test_an_author_that_json_ld_only_refers_to_is_looked_up_in_its_graph():
    graph = """{"@graph": [
      {"@type": "NewsArticle", "headline": "A", "author": {"@id": "#ann"}, "publisher": {"@id": "#coast"}},
      {"@type": "Person", "@id": "#ann", "name": "Ann Baker"}, {"@type": "Organization", "@id": "#coast", "name": "Coast"}]}"""
    page = Page(f'<script type="application/ld+json">{graph}</script>', url=URL)

    assert article(page) == Article(headline="A", authors=("Ann Baker",), publisher="Coast")


def test_two_metas_that_spell_a_name_in_two_ways_make_one_author():
    head = '<meta property="article:author" content="Ann Baker"><meta name="author" content="A. Baker">'

    assert authors(head=head) == ("Ann Baker",)


def test_what_wordpress_says_to_twitter_is_a_byline_where_its_label_says_so():
    told = '<meta name="twitter:label1" content="{}"><meta name="twitter:data1" content="Ann Baker">'

    assert authors(head=told.format("Verfasst von")) == ("Ann Baker",)
    assert authors(head=told.format("Lesezeit")) == ()


def test_the_links_of_a_byline_are_its_names_and_not_the_trade_behind_them():
    body = '<div class="author-box"><a href="/ann">Ann Baker</a> <span>Chief reporter of the Coast</span></div>'

    assert authors(body) == ("Ann Baker",)


def test_an_authors_box_is_found_though_the_whole_body_has_a_class_of_comments():
    body = '<p class="byline">By Ann Baker</p><ul><li class="comment"><b class="author">Bo Chan</b></li></ul>'

    assert authors(f'<div id="x">{body}</div>') == ("Ann Baker",)
    page = Page(f'<html><body class="single comments-open">{body}</body></html>', url=URL)
    assert names(page, "", None) == ("Ann Baker",)


def test_an_author_is_found_by_what_an_element_is_to_the_story_where_no_class_says_so():
    assert authors('<p class="meta">By <a itemprop="author" href="/ann">Ann Baker</a></p>') == ("Ann Baker",)


def test_the_authors_of_cited_works_are_not_those_of_the_story():
    cited = "".join(f'<li itemprop="author">Cited Writer{chr(65 + n)}</li>' for n in range(26))

    assert authors(f"<ul>{cited}</ul>") == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Von Ann Baker", ("Ann Baker",)),
        ("25.10.2022 | 13:30 von Bo", ("Bo",)),
        ("by Ann Baker, Bo Chan", ("Ann Baker", "Bo Chan")),
        ("by Bo on August 3, 2019", ("Bo",)),
        ("Von Berlin aus regiert es sich leichter", ()),
        ("By Friday the harbour was empty", ()),
        ("By Friday", ()),
        ("Harbour reopens", ()),
    ],
)
def test_a_line_beside_the_headline_names_an_author_only_as_bylines_do(line, expected):
    assert authors(top=[line]) == expected


@pytest.mark.parametrize("hostile", ["By " + "A " * 200_000, "A" * 400_000, "Ann and " * 50_000, "(" * 200_000, "by von " * 50_000])
def test_a_hostile_byline_takes_no_time(hostile):
    began = time.process_time()
    list(split(hostile))
    authors(top=[hostile])

    assert time.process_time() - began < 0.5
