import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fuzzed import TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders import packet
from spiders.item import Item
from spiders.packet import NotAPacket, Packet
from spiders.source import Source
from spiders.story import Dateline, SpiderError, Status, Story

URL = "https://wire.example.org/packets"
MOSCOW = timezone(timedelta(hours=3))
SAMPLES = Path(__file__).parents[3] / "shared/data/feeds"
NITF = """<nitf baselang="en-GB"><head><title>slug</title><docdata management-status="{status}"><doc-id id-string="w.1"/>
    <date.issue norm="20230727T074000+0300"/><date.release norm="{release}"/><du-key key="grain" version="4"/>
    <key-list><keyword key="grain"/></key-list></docdata></head><body><body.head>
    <hedline><hl1>Grain deal &amp; steel</hl1><hl2>Second thoughts</hl2></hedline>
    <byline>By <person>Ann Lee</person><byttl>Editor</byttl></byline>
    <distributor>TASS</distributor><dateline><location>MOSCOW</location></dateline><abstract><p>The ports open.</p></abstract></body.head>
    <body.content><block><p>MOSCOW, July 27. /TASS/. <person>Ivan</person>&nbsp;said &eacute;.</p>
    <media><media-caption>Not this</media-caption></media>
    <hl2>Ports</hl2><p>They a < b &lt;open&gt;.</p></block></body.content></body></nitf>"""


def nitf(status="usable", release="20230727T074000+0300"):
    return NITF.format(status=status, release=release).replace("a < b", "a &lt; b").encode()


def g2(items):
    head = 'xmlns="http://iptc.org/std/nar/2006-10-01/" standard="NewsML-G2"'
    return f"<newsMessage {head}><itemSet>{items}</itemSet></newsMessage>".encode()


def news_item(guid="urn:newsml:w:1", status="stat:usable", meta="", content="<p>One.</p>", headline="Grain deal"):
    return f"""<newsItem guid="{guid}" version="3" xml:lang="en"><itemMeta><itemClass qcode="ninat:text"/><provider literal="Yonhap"/>
      <versionCreated>2023-07-27T08:00:00+03:00</versionCreated><firstCreated>2023-07-27T07:40:00+03:00</firstCreated>
      <pubStatus qcode="{status}"/>{meta}</itemMeta><contentMeta><headline>{headline}</headline><by>By Kim Min</by>
      <dateline>SEOUL (Yonhap) --</dateline><description role="drol:summary">In short.</description><keyword>grain</keyword></contentMeta>
      <contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
      <body><header><h1>Not the body</h1></header>{content}</body></html></inlineXML></contentSet></newsItem>"""


def test_an_nitf_packet_is_one_story():
    assert packet.read(nitf(), url=URL) == Packet(
        entries=(
            Item(
                url="",
                guid="w.1",
                title="Grain deal & steel",
                summary="The ports open.",
                published_at=datetime(2023, 7, 27, 7, 40, tzinfo=MOSCOW),
                body="<p>MOSCOW, July 27. /TASS/. Ivan said é.</p><p>Ports</p><p>They a &lt; b &lt;open&gt;.</p>",
                version="4",
                dateline="MOSCOW",
                byline=("Ann Lee",),
                provider="TASS",
                language="en-gb",
                keywords=("grain",),
                slug="grain",
            ),
        )
    )


def test_a_newsml_packet_holds_several_stories():
    items = news_item() + news_item(guid="urn:newsml:w:2", headline="Second", content="<p>Two &amp; <b>a</b> half.</p><p>Three.</p>")
    first, second = packet.read(g2(items), url=URL).entries

    assert first == Item(
        url="",
        guid="urn:newsml:w:1",
        title="Grain deal",
        summary="In short.",
        published_at=datetime(2023, 7, 27, 7, 40, tzinfo=MOSCOW),
        body="<p>One.</p>",
        version="3",
        updated_at=datetime(2023, 7, 27, 8, tzinfo=MOSCOW),
        dateline="SEOUL (Yonhap) --",
        byline=("Kim Min",),
        provider="Yonhap",
        language="en",
        keywords=("grain",),
    )
    assert (second.guid, second.title, second.body) == ("urn:newsml:w:2", "Second", "<p>Two &amp; a half.</p><p>Three.</p>")


def test_the_revisions_of_a_newsml_1_story_share_its_name():
    body = """<NewsML><NewsItem><Identification><NewsIdentifier><RevisionId>2</RevisionId>
      <PublicIdentifier>urn:newsml:afp:20230727:x:2</PublicIdentifier></NewsIdentifier></Identification>
      <NewsManagement><FirstCreated>20230727T044000Z</FirstCreated><Status FormalName="Canceled"/></NewsManagement>
      <NewsComponent><NewsLines><HeadLine>Récolte</HeadLine><DateLine>Paris, 27 juil 2023 (AFP)</DateLine></NewsLines>
      <AdministrativeMetadata><Provider><Party FormalName="AFP"/></Provider></AdministrativeMetadata>
      <DescriptiveMetadata><Language FormalName="fr"/></DescriptiveMetadata>
      <ContentItem><DataContent><p>Une.</p><p>Deux.</p></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"""

    assert packet.read(body.encode(), url=URL).entries == (
        Item(
            url="",
            guid="urn:newsml:afp:20230727:x",
            title="Récolte",
            published_at=datetime(2023, 7, 27, 4, 40, tzinfo=UTC),
            body="<p>Une.</p><p>Deux.</p>",
            version="2",
            status=Status.WITHDRAWN,
            dateline="Paris, 27 juil 2023 (AFP)",
            provider="AFP",
            language="fr",
        ),
    )


NINJS_1 = {
    "uri": "urn:w:1",
    "headline": "Grain deal",
    "description_text": "In short.",
    "body_html": "<p>One.</p><p>Two.</p>",
    "body_text": "One. Two.",
    "byline": "By Ann Lee",
    "firstcreated": "2023-07-27T04:40:00+0000",
    "versioncreated": "2023-07-27T05:00:00+0000",
    "version": "2",
    "pubstatus": "usable",
    "language": "en",
    "source": "AP",
    "associations": {"featuremedia": {"uri": "urn:w:picture", "headline": "A picture"}},
}
NINJS_3 = {
    "uri": "urn:w:1",
    "headlines": [{"role": "short", "value": "Grain"}, {"role": "main", "value": "Grain deal"}],
    "descriptions": [{"role": "summary", "value": "In short."}],
    "bodies": [{"role": "text", "value": "One. Two."}, {"role": "html", "value": "<p>One.</p><p>Two.</p>"}],
    "by": "By Ann Lee",
    "firstCreated": "2023-07-27T04:40:00Z",
    "versionCreated": "2023-07-27T05:00:00Z",
    "version": "2",
    "pubStatus": "usable",
    "language": "en",
    "infoSources": [{"name": "AP"}],
}


@pytest.mark.parametrize("document", [NINJS_1, NINJS_3, [NINJS_1], {"total": 1, "item": [NINJS_3, 7, {}]}])
def test_ninjs_of_every_version_is_read(document):
    assert packet.read(json.dumps(document).encode(), url=URL).entries == (
        Item(
            url="",
            guid="urn:w:1",
            title="Grain deal",
            summary="In short.",
            published_at=datetime(2023, 7, 27, 4, 40, tzinfo=UTC),
            body="<p>One.</p><p>Two.</p>",
            version="2",
            updated_at=datetime(2023, 7, 27, 5, tzinfo=UTC),
            byline=("Ann Lee",),
            provider="AP",
            language="en",
        ),
    )


@pytest.mark.parametrize(
    ("body", "status", "until"),
    [
        (nitf(), Status.USABLE, None),
        (nitf("canceled"), Status.WITHDRAWN, None),
        (nitf("withheld"), Status.HELD, None),
        (nitf("embargoed", "20230728T074000+0300"), Status.USABLE, datetime(2023, 7, 28, 7, 40, tzinfo=MOSCOW)),
        (nitf("embargoed", ""), Status.HELD, None),
        (nitf(release="20230728T074000+0300"), Status.USABLE, datetime(2023, 7, 28, 7, 40, tzinfo=MOSCOW)),
        (nitf(release="YYYYMMDD000000-HHMM"), Status.USABLE, None),
        (g2(news_item(meta="<embargoed/>")), Status.HELD, None),
        (json.dumps(NINJS_1 | {"embargoed": "noon on Friday"}).encode(), Status.HELD, None),
        (g2(news_item(status="stat:canceled")), Status.WITHDRAWN, None),
        (g2(news_item(status="http://cv.iptc.org/newscodes/pubstatusg2/withheld")), Status.HELD, None),
        (g2(news_item(meta='<signal qcode="sig:correction"/>')), Status.CORRECTED, None),
        (g2(news_item(meta='<signal uri="http://cv.iptc.org/newscodes/signal/correction"/>')), Status.CORRECTED, None),
        (g2(news_item(meta='<signal qcode="sig:update"/>')), Status.USABLE, None),
        (g2(news_item(meta="<embargoed>2023-07-28T00:00:00Z</embargoed>")), Status.USABLE, datetime(2023, 7, 28, tzinfo=UTC)),
        (json.dumps(NINJS_1 | {"pubstatus": "canceled"}).encode(), Status.WITHDRAWN, None),
        (json.dumps(NINJS_1 | {"embargoed": "2023-07-28T00:00:00Z"}).encode(), Status.USABLE, datetime(2023, 7, 28, tzinfo=UTC)),
    ],
)
def test_what_the_wire_allows_is_kept_and_an_embargo_has_its_end(body, status, until):
    item = packet.read(body, url=URL).entries[0]

    assert (item.status, item.embargoed_until) == (status, until)


def test_a_packet_is_whole_stories_with_the_defaults_of_the_source():
    source = Source(id="w", feed=URL, language="ru", agency="Interfax")

    assert packet.stories(nitf(), url="https://elsewhere.example.org/42.xml", source=source) == (
        Story(
            headline="Grain deal & steel",
            canonical_url="https://wire.example.org/packets#w.1",
            lead="The ports open.",
            paragraphs=("MOSCOW, July 27. /TASS/. Ivan said é.", "Ports", "They a < b <open>."),
            byline=("Ann Lee",),
            agency="TASS",
            dateline=Dateline(raw="MOSCOW, July 27. /TASS/.", places=("MOSCOW",), month=7, day=27, agency="TASS"),
            language="en-gb",
            published_at=datetime(2023, 7, 27, 7, 40, tzinfo=MOSCOW),
            keywords=("grain",),
            slug="grain",
            version=4,
        ),
    )


def test_a_dateline_beside_the_body_counts_where_the_body_has_none():
    assert packet.stories(g2(news_item()), url=URL, source=Source(id="w", feed=URL))[0].dateline == Dateline(
        raw="SEOUL (Yonhap) --", places=("SEOUL",), agency="Yonhap"
    )


def test_a_date_without_a_zone_is_taken_in_the_zone_of_the_source():
    seoul = ZoneInfo("Asia/Seoul")
    body = json.dumps(NINJS_1 | {"firstcreated": "2023-07-27T13:40:00"}).encode()

    assert packet.read(body, url=URL, timezone=seoul).entries[0].published_at == datetime(2023, 7, 27, 13, 40, tzinfo=seoul)


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [
        (b"", "an empty answer (XML that cannot be read (no element found (line 0)))"),
        (b"\x01eca100 3 s 586 ccccb   dpa 099\r\n\nGermany/\r\n", "an IPTC 7901 message (no XML)"),
        (b"\x16\x16\x01W2870\x1fasian\nf l\x13\x11 BC-Grain\n", "an ANPA 1312 message (no XML)"),
        (b"<RBNews><headline>x</headline></RBNews>", "XML whose root is <RBNews>"),
        (b"<rss><channel/></rss>", "a feed"),
        (b"<html><title>Blocked</title></html>", "an HTML page titled 'Blocked'"),
        (b'{"data": {"item": {"headline": "x"}}}', "JSON without an item that has a `uri`"),
        (b'{"uri": "urn:1"}', "1 items, none with a headline or a text"),
        (b"{", "JSON that cannot be read (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
        (b" " * (packet.MOST_BYTES + 1), "more than 16 MiB"),
    ],
)
def test_what_is_no_packet_is_refused_by_what_it_looks_like(body, looks_like):
    with pytest.raises(NotAPacket) as caught:
        packet.read(body, url=URL)

    assert str(caught.value) == f"{URL}: expected NewsML-G2, NewsML 1, NITF or ninjs, got {looks_like}"


def test_real_packets_give_their_headline_and_the_kinds_out_of_scope_are_refused():
    if not SAMPLES.exists():
        pytest.skip("no ../shared/data/feeds beside this checkout")
    rows = [json.loads(line) for line in (SAMPLES / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    read, refused = {}, set()
    for row in rows:
        if row["kind"] in ("newsml-g2", "nitf", "ninjs", "iptc7901", "anpa", "ritzau-xml", "ap-media-api"):
            try:
                found = packet.read((SAMPLES / row["file"]).read_bytes(), url=URL).entries
            except NotAPacket:
                refused.add(row["kind"] if row["kind"] not in ("newsml-g2", "ninjs") else row["file"])
                continue
            headline = row["read"]["headline"]
            read[row["file"]] = not headline or any(headline.split()[0] in item.title for item in found)

    assert read
    assert [name for name, is_read in read.items() if not is_read] == []
    assert {name for name in refused if "should_fail" not in name} == {
        "iptc7901",
        "anpa",
        "ritzau-xml",
        "ap-media-api",
        # A part of an item, shown by a specification, and metadata of a video: neither has a headline or a text.
        "newsml-g2__examples__LISTING_28_Illustrating_Located_Subject_and_Dateline.xml",
        "newsml-g2__examples__ap_metadata_example.xml",
    }


def a_source():
    return Source(id="w", feed=URL)


SLUGGED = g2(
    news_item(meta="<edNote>CORRECTS day in 2nd para</edNote>", headline="(LEAD) Grain deal").replace(
        "<by>", "<slugline>Grain</slugline><by>"
    )
)
KILLED = json.dumps(NINJS_1 | {"slugline": "grain-deal", "ednote": "Kill: nothing was signed", "pubstatus": "canceled"}).encode()
EMBARGOED = json.dumps(
    NINJS_3 | {"embargoed": "2023-07-28T00:00:00Z", "headlines": [{"value": "UPDATE 7-Grain deal"}], "version": "x"}
).encode()
KILLS_ANOTHER = nitf().replace(b"<docdata", b'<docdata management-doc-idref="w.0" management-idref-status="canceled"')
CORRECTS_ANOTHER = nitf().replace(b"<date.issue", b'<correction info="The day was wrong" id-string="w.0"/><date.issue')
ON_HOLD = nitf().replace(b"<date.issue", b'<ed-msg info="HOLD HOLD HOLD"/><date.issue')


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (SLUGGED, {"slug": "Grain LEAD", "version": 3, "status": Status.CORRECTED, "note": "CORRECTS day in 2nd para"}),
        (KILLED, {"slug": "grain-deal", "version": 2, "status": Status.WITHDRAWN, "note": "Kill: nothing was signed"}),
        (EMBARGOED, {"slug": "UPDATE 7", "version": 7, "embargoed_until": datetime(2023, 7, 28, tzinfo=UTC)}),
        (KILLS_ANOTHER, {"slug": "grain", "version": 4, "status": Status.WITHDRAWN, "about": "w.0"}),
        (
            CORRECTS_ANOTHER,
            {"slug": "grain", "version": 4, "status": Status.CORRECTED, "about": "w.0", "note": "The day was wrong"},
        ),
        (ON_HOLD, {"slug": "grain", "version": 4, "status": Status.HELD, "note": "HOLD HOLD HOLD"}),
    ],
)
def test_what_a_packet_says_beside_its_story_is_read_as_what_is_printed(body, told):
    (story,) = packet.stories(body, url=URL, source=a_source())

    nothing = {"slug": "", "version": None, "status": Status.USABLE, "note": "", "embargoed_until": None, "about": ""}
    assert {name: getattr(story, name) for name in nothing} == nothing | told
    assert story.headline.startswith("Grain deal")


def test_a_schedule_among_the_items_of_a_packet_is_left_out():
    items = news_item(headline="Yonhap News Schedule for July 27") + news_item(guid="urn:newsml:w:2", headline="Second")

    assert [item.title for item in packet.read(g2(items), url=URL).entries] == ["Second"]


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.lists(TEXTS, max_size=5), st.sampled_from(Status))
def test_whatever_a_packet_says_only_its_own_error_is_raised(title, slug, dateline, lines, status):
    item = Item(url="", guid="g", title=title, slug=slug, dateline=dateline, note=title, body="\n\n".join(lines), status=status)

    with contextlib.suppress(SpiderError):
        assert isinstance(packet.story(item, source=Source(id="w", feed=URL)), Story)
