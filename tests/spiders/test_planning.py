import pytest

from spiders.extract import NotAStory, extract, from_entry
from spiders.feed import Entry
from spiders.planning import kind_of
from spiders.source import Source

PLANNING = {
    "a news schedule": """
Yonhap News Schedule for July 27
News schedule
BC-AP News Digest
AP News Digest 3 p.m.
Reuters world news schedule at 1200 GMT
Tagesvorschau: Donnerstag, 27. Juli
[오늘의 주요일정] 7월 27일
Анонс событий на 27 июля
""",
    "a daybook": """
Washington Daybook
The New York Daybook for Monday
DIARY-Top economic events to July 30
""",
    "a photo advisory": """
Photo advisory
AFP photo schedule
PHOTO ADVISORY: Ministers meet
""",
}
STORIES = """
Diary of a teenage girl
The agenda for peace
Agenda 2030: world falls short
News budget cuts hit broadcaster
Ministry slams news schedule
Minister sends news advisory
Picture alert system fails
AP advisory board resigns
Schedule of the games
""".strip().split("\n")


@pytest.mark.parametrize(("kind", "headline"), [(kind, line) for kind, lines in PLANNING.items() for line in lines.strip().split("\n")])
def test_what_wires_plan_is_no_story(kind, headline):
    assert kind_of(headline) == kind


@pytest.mark.parametrize("headline", STORIES)
def test_a_headline_about_plans_is_a_story(headline):
    assert kind_of(headline) == ""


def test_a_schedule_is_refused_as_a_page_and_as_an_entry():
    page = "<html><h1>Yonhap News Schedule for July 27</h1><article><p>1000 The ministers meet.</p><p>1200 They part.</p></article></html>"

    for read in (
        lambda: extract(page, url="https://wire.example.org/1"),
        lambda: from_entry(
            Entry(url="https://wire.example.org/1", guid="1", title="Washington Daybook"), source=Source(id="w", feed="https://e.org/")
        ),
    ):
        with pytest.raises(NotAStory, match=r"it is a (news schedule|daybook)"):
            read()
