"""A small wire on loopback as a site of its own: home page, robots.txt, feed, sitemap and stories, in Korean or in Russian."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape

from tests.monitor.served import Served, served

KOREAN = (
    "서울 시청 앞 광장에서 토요일 오전 겨울 장터가 열려 상인 백여 명이 농산물과 공예품을 선보였다고 시가 밝혔다.",
    "장터를 찾은 시민들은 두 시간 넘게 줄을 서서 기다렸으며, 주최 측은 예상보다 많은 사람이 몰렸다고 설명했다.",
    "시는 다음 달에도 같은 자리에서 장터를 열 계획이며, 참가를 원하는 상인은 구청에 신청하면 된다고 덧붙였다.",
    "교통 당국은 행사 기간 동안 주변 도로가 막힐 수 있다며 대중교통을 이용해 달라고 여러 차례 당부했다.",
)
RUSSIAN = (
    "Портовые власти сообщили в субботу, что навигация по реке открыта раньше обычного из-за тёплой погоды в регионе.",
    "По словам начальника порта, первые баржи с зерном выйдут уже на следующей неделе, если уровень воды не упадёт.",
    "Судовладельцы просили открыть движение ещё в начале месяца, однако спасатели настаивали на проверке фарватера.",
    "Местные жители рассказали, что такого раннего ледохода на реке не было последние двадцать лет или даже больше.",
)


@dataclass(frozen=True, kw_only=True)
class Template:
    """How a wire prints its stories."""

    language: str
    text: tuple[str, ...]
    #: Path of a story, by its number.
    path: str
    page: str


KOREAN_WIRE = Template(
    language="ko",
    text=KOREAN,
    path="/view/AKR20261122{:06}",
    page="""<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>{headline} | 한강통신</title>
<meta property="og:site_name" content="한강통신"><meta property="og:title" content="{headline}">
<meta property="article:published_time" content="2026-11-22T09:{number:02}:00+09:00"></head><body>
<header><nav><ul><li><a href="/politics">정치</a></li><li><a href="/economy">경제</a></li></ul></nav></header>
<main><div class="story-wrap Wrap_wrap__9kQ2z"><h1 class="tit-news">{headline}</h1>
<div class="info"><span class="byline">김하나 기자</span><span class="txt-time">송고시간 2026-11-22 09:{number:02}</span></div>
<article class="story-news article">{body}<div class="share-box"><p>이 기사를 공유하세요</p></div></article></div>
<aside class="ranking"><h2>많이 본 기사</h2><ul><li>{other}</li></ul></aside></main>
<footer><p>저작권자 한강통신 무단 전재 금지</p></footer></body></html>""",
)
RUSSIAN_WIRE = Template(
    language="ru",
    text=RUSSIAN,
    path="/obshchestvo/{:07}",
    page="""<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>{headline} - Волна</title>
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "{headline}",
"datePublished": "2026-11-22T09:{number:02}:00+03:00", "author": {{"@type": "Person", "name": "Анна Лебедева"}}}}</script></head><body>
<div id="menu"><a href="/obshchestvo">Общество</a> <a href="/about">О нас</a></div>
<div class="news-header css-1x9kqz"><h1 class="news-header__title">{headline}</h1></div>
<div class="text-block Paragraph_paragraph__3fK2x">{body}</div>
<div class="footer"><p>Все права защищены и принадлежат редакции.</p></div></body></html>""",
)


def story(template: Template, number: int) -> str:
    """The page of one story; each has its words in another order."""
    text = [template.text[(number + at) % len(template.text)] for at in range(len(template.text))]
    return template.page.format(
        headline=headline(template, number),
        number=number,
        body="".join(f"<p>{escape(line)}</p>" for line in text),
        other=template.text[0][:20],
    )


def headline(template: Template, number: int) -> str:
    """Of the story with this number."""
    return f"{template.text[number % len(template.text)][:28].strip()} {number}"


@contextmanager
def newswire(template: Template, *, stories: int = 6, feed: str = "/rss/news.xml", sitemap: str = "/news-sitemap.xml") -> Iterator[Served]:
    """The wire at work: ``feed`` is linked from its home page, ``sitemap`` named by its robots.txt; "" leaves one out."""
    with served() as site:
        links = [site.put(template.path.format(number), story(template, number)) for number in range(1, stories + 1)]
        linked = "".join(f"<li><a href='{link}'>{headline(template, number)}</a></li>" for number, link in enumerate(links, 1))
        alternate = f"<link rel='alternate' type='application/rss+xml' href='{feed}'>" if feed else ""
        site.put("/", f"<html><head><title>Wire</title>{alternate}</head><body><a href='/about'>about</a><ul>{linked}</ul></body></html>")
        site.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url}{sitemap}\n" if sitemap else "User-agent: *\n", "text/plain")
        items = "".join(
            f"<item><title>{headline(template, number)}</title><link>{link}</link></item>" for number, link in enumerate(links, 1)
        )
        if feed:
            site.put(feed, f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>", "application/rss+xml")
        if sitemap:
            urls = "".join(f"<url><loc>{link}</loc></url>" for link in links)
            site.put(sitemap, f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>", "application/xml")
        yield site
