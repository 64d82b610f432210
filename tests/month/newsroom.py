"""The newsroom: all that the wires publish in a month, made from a seed, and what each story is about. Pure."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from spiders import dateline, grammar
from spiders.story import Status, Story
from tests.month.wording import EN, LANGUAGES, LEARNED, MONTHS, TONGUES, TOPICS, Tongue

START, END = datetime(2026, 10, 10, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
#: When the rule learns its new word; no story uses that word until a day later, nor any of the day before.
LEARNED_AT = datetime(2026, 10, 22, 10, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A source as the desk configures it."""

    id: str
    name: str
    language: str
    zone: str
    #: "" for one that only carries what agencies write.
    agency: str = ""
    #: Stories on a weekday.
    pace: int = 4

    def address(self, name: str) -> str:
        return f"https://{self.id}.example.org/{name}"


AGENCIES = (
    Outlet(id="northwire", name="Northwire", language="en", zone="Europe/London", agency="Northwire", pace=11),
    Outlet(id="lakes", name="Lakes Press", language="en", zone="America/New_York", agency="Lakes Press", pace=9),
    Outlet(id="elbdienst", name="Elbdienst", language="de", zone="Europe/Berlin", agency="Elbdienst", pace=9),
    Outlet(id="hangang", name="한강통신", language="ko", zone="Asia/Seoul", agency="한강통신", pace=9),
    Outlet(id="volna", name="Волна", language="ru", zone="Europe/Moscow", agency="ВОЛНА", pace=7),
)
PAPERS = tuple(
    Outlet(id=id, name=name, language=language, zone=zone, pace=2)
    for id, name, language, zone in (
        ("tidings", "Tidings", "en", "Europe/London"),
        ("beacon", "The Beacon", "en", "Europe/London"),
        ("ledger", "Ledger", "en", "America/New_York"),
        ("courier", "Courier", "en", "America/New_York"),
        ("globe-lane", "Globe Lane", "en", "Europe/London"),
        ("pierhead", "Pierhead", "en", "Europe/London"),
        ("southpost", "South Post", "en", "Asia/Singapore"),
        ("umschau", "Umschau", "de", "Europe/Berlin"),
        ("tagblatt", "Tagblatt", "de", "Europe/Berlin"),
        ("deichpost", "Deichpost", "de", "Europe/Berlin"),
        ("alpenbote", "Alpenbote", "de", "Europe/Zurich"),
        ("marktblatt", "Marktblatt", "de", "Europe/Berlin"),
        ("saechsin", "Die Sächsin", "de", "Europe/Berlin"),
        ("haeoreum", "해오름일보", "ko", "Asia/Seoul"),
        ("naru", "나루신문", "ko", "Asia/Seoul"),
        ("saebyeok", "새벽경제", "ko", "Asia/Seoul"),
        ("gaon", "가온뉴스", "ko", "Asia/Seoul"),
        ("prichal", "Причал", "ru", "Europe/Moscow"),
        ("polden", "Полдень", "ru", "Europe/Moscow"),
        ("vestovoy", "Вестовой", "ru", "Europe/Moscow"),
    )
)
OUTLETS = (*AGENCIES, *PAPERS)
#: It does not answer on these days; another lists nothing new from a day on.
DEAD, DEAD_FROM, DEAD_UNTIL = "umschau", datetime(2026, 10, 14, 5, tzinfo=UTC), datetime(2026, 10, 19, 5, tzinfo=UTC)
SILENT, SILENT_FROM = "beacon", datetime(2026, 10, 26, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a source shows from a moment on: a new story, or one of its addresses with other words."""

    at: datetime
    outlet: Outlet
    name: str
    #: As the page prints them, marks and all.
    headline: str
    story: Story

    @property
    def url(self) -> str:
        return self.outlet.address(self.name)


@dataclass(kw_only=True)
class Piece:
    """One piece of news in all its versions and copies: who follows a topic of it is to be told once."""

    topics: frozenset[str]
    #: It uses the word that a rule learns in mid-month, and no other of that rule.
    learned: bool = False
    shown: list[Shown] = field(default_factory=list)
    corrected_at: datetime | None = None
    killed_at: datetime | None = None
    #: A sentence that nothing but the withdrawn text says.
    secret: str = ""
    late: bool = False

    @property
    def first(self) -> Shown:
        return self.shown[0]

    @property
    def headline(self) -> str:
        """Without its marks."""
        return self.first.story.headline


class Newsroom:
    """Writes the month; the same seed always gives the same."""

    def __init__(self, seed: int) -> None:
        self._some = random.Random(seed)
        self._headlines: set[str] = set()
        self._number = 0
        self.pieces: list[Piece] = []

    def write(self) -> list[Piece]:
        """All pieces of the month, in no order."""
        day = START - DAY
        while day < END:
            for outlet in OUTLETS:
                for _ in range(self._count(outlet, day)):
                    self._report(outlet, self._moment(day))
            self._correct(day)
            day += DAY
        self._kill()
        self._check()
        return self.pieces

    def _count(self, outlet: Outlet, day: datetime) -> int:
        share = 0.35 if day.weekday() > 4 else 1
        return sum(self._some.random() < share for _ in range(outlet.pace))

    def _moment(self, day: datetime) -> datetime:
        """By the daily rhythm of wires: little at night, most around ten and fifteen."""
        hour = self._some.choice((0, 2, 4, 5, 6, 6, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16, 17, 18, 20, 22))
        return day + hour * HOUR + self._some.randrange(60) * MINUTE

    def _report(self, outlet: Outlet, at: datetime) -> None:
        if at < START - DAY / 4 or (outlet.id == SILENT and at > SILENT_FROM):
            return
        topics = self._topics()
        piece = Piece(topics=frozenset(topics), learned=self._learns(outlet, at, topics))
        words = [self._word(topic, outlet.language, piece.learned) for topic in topics]
        story, piece.secret = self._story(outlet, at, words)
        piece.late = bool(topics) and self._some.random() < 0.03
        appears = at + self._some.randrange(10, 30) * HOUR if piece.late else at
        self._show(piece, outlet, appears, story)
        self.pieces.append(piece)
        if outlet.agency and topics and not piece.late:
            self._go_on(piece, outlet, at, story, words)

    def _go_on(self, piece: Piece, outlet: Outlet, at: datetime, story: Story, words: list[str]) -> None:
        """Let a story of an agency grow, or let others copy it."""
        chance = self._some.random()
        if chance < 0.12:
            self._develop(piece, outlet, at, story, words)
        elif chance < 0.5:
            mates = [each for each in PAPERS if each.language == outlet.language and not (each.id == SILENT and at > SILENT_FROM - DAY)]
            for paper in self._some.sample(mates, self._some.randint(1, 3)):
                self._copy(piece, paper, at + self._some.randrange(8, 100) * MINUTE, story)

    def _develop(self, piece: Piece, outlet: Outlet, at: datetime, story: Story, words: list[str]) -> None:
        """First a flash that says what it is about and no more, then leads at addresses of their own."""
        marks = {"ko": ("[속보] {}", "{}(종합)", "{}(종합2보)")}.get(outlet.language, ("(URGENT) {}", "(LEAD) {}", "(2nd LD) {}"))
        piece.shown.clear()
        first, *rest = story.paragraphs
        flash = replace(story, paragraphs=(first, *(each for each in rest if any(word in each for word in words))))
        longer = replace(story, paragraphs=(*story.paragraphs, self._sentence(TONGUES[outlet.language])))
        for mark, version, minutes in zip(marks, (flash, story, longer), (0, 40, 150), strict=True):
            when = at + minutes * MINUTE
            self._show(piece, outlet, when, replace(version, headline=mark.format(story.headline), published_at=when))

    def _copy(self, piece: Piece, paper: Outlet, at: datetime, story: Story) -> None:
        headline = self._headline(TONGUES[paper.language], self._word(min(piece.topics), paper.language, piece.learned), counts=False)
        kept = story.paragraphs[: self._some.randint(len(story.paragraphs) - 2, len(story.paragraphs))]
        self._show(piece, paper, at, replace(story, headline=headline, paragraphs=kept, published_at=at))

    def _correct(self, day: datetime) -> None:
        """One story of the day before, told by now to most, is corrected in the afternoon."""
        at = day + 15 * HOUR + self._some.randrange(90) * MINUTE
        told = [each for each in self._plain(START, at - 20 * HOUR) if at - each.first.at < 3 * DAY and each.first.outlet.language != "ru"]
        if told:
            piece = self._some.choice(told)
            first = piece.first
            mark = {"de": "BERICHTIGUNG: {}", "ko": "[정정] {}"}.get(first.outlet.language, "CORRECTED: {}")
            paragraphs = (*first.story.paragraphs[:1], self._put_right(first.story.paragraphs[1]), *first.story.paragraphs[2:])
            story = replace(first.story, headline=mark.format(first.story.headline), paragraphs=paragraphs)
            self._show(piece, first.outlet, at, story, name=first.name)
            piece.corrected_at = at

    def _put_right(self, text: str) -> str:
        """Other figures; where there is none a sentence more."""
        found = re.sub(r"\d+", lambda _: str(self._some.randint(10_001, 99_999)), text)
        return found if found != text else f"{text} {self._sentence(EN)}"

    def _kill(self) -> None:
        """Every third day a story is taken back, by turns on its own page and by an advisory; soon after it came, or a day later."""
        for number in range(9):
            soon = number % 3 == 2
            at = START + DAY * (2 + 3 * number) + 16 * HOUR + 20 * MINUTE
            some = self._plain(at - 2 * DAY, at - HOUR / 2)
            piece = self._some.choice([each for each in some if (at - each.first.at < 4 * HOUR) is soon] or some)
            self.kill(piece, at, by_advisory=number % 2 == 0)

    def kill(self, piece: Piece, at: datetime, *, by_advisory: bool) -> None:
        """Let an agency take a story back."""
        first = piece.first
        gone = f'The story "{piece.headline}" has been withdrawn. No replacement story will follow.'
        story = replace(first.story, headline=f"WITHDRAWN: {piece.headline}", paragraphs=(gone,), lead="", dateline=None)
        self._show(piece, first.outlet, at, story, name="" if by_advisory else first.name)
        piece.killed_at = at

    def _plain(self, since: datetime, until: datetime) -> list[Piece]:
        """The pieces of agencies with one version and no copy, shown in a stretch of time."""
        return [
            each
            for each in self.pieces
            if each.topics and len(each.shown) == 1 and each.first.outlet.agency and not each.late and since < each.first.at < until
        ]

    def _topics(self) -> list[str]:
        count = self._some.choices((0, 1, 2), (50, 42, 8))[0]
        return self._some.sample(list(TOPICS), count)

    def _learns(self, outlet: Outlet, at: datetime, topics: list[str]) -> bool:
        return LEARNED[0] in topics and outlet.language == "en" and at > LEARNED_AT + HOUR and self._some.random() < 0.5

    def _word(self, topic: str, language: str, learned: bool) -> str:
        return LEARNED[1] if learned and topic == LEARNED[0] else TOPICS[topic][1 + LANGUAGES.index(language)]

    def _story(self, outlet: Outlet, at: datetime, words: list[str]) -> tuple[Story, str]:
        tongue = TONGUES[outlet.language]
        in_passing = len(words) > 0 and self._some.random() < 0.35
        headline = self._headline(tongue, self._some.choice(tongue.calm) if in_passing or not words else words[0])
        headline += self._filled(tongue, tongue.said) if outlet.agency else ""
        sentences = [self._sentence(tongue) for _ in range(self._some.randint(6, 11))]
        for word in words:
            place = self._some.randrange(3, len(sentences)) if in_passing else self._some.randrange(2)
            sentences[place] = f"{sentences[place][:-1]} ({word})."
        secret = self._sentence(tongue)
        sentences.insert(2, secret)
        paragraphs = [" ".join(sentences[at : at + 2]) for at in range(0, len(sentences), 2)]
        if outlet.agency:
            paragraphs[0] = self._filled(tongue, tongue.dateline, agency=outlet.agency, at=at, language=outlet.language) + paragraphs[0]
        found = dateline.parse(paragraphs[0], language=outlet.language) if outlet.agency else None
        url = outlet.address("unnamed")
        told = Story(headline=headline, canonical_url=url, paragraphs=tuple(paragraphs), language=outlet.language, published_at=at)
        return replace(told, agency=outlet.agency or None, dateline=found), secret

    def _show(self, piece: Piece, outlet: Outlet, at: datetime, story: Story, *, name: str = "") -> None:
        self._number += 1
        name = name or f"{at:%Y/%m/%d}/{self._number}"
        shown = grammar.read(replace(story, canonical_url=outlet.address(name)))
        piece.shown.append(Shown(at=at, outlet=outlet, name=name, headline=story.headline, story=shown))

    def _headline(self, tongue: Tongue, topic: str, *, counts: bool = True) -> str:
        # Copies whose headlines name other figures are news of their own.
        templates = [each for each in tongue.headlines if counts or not re.match(r".*{number}|Three", each)]
        while True:
            made = self._filled(tongue, self._some.choice(templates), topic=topic)
            if made not in self._headlines:
                self._headlines.add(made)
                return made

    def _sentence(self, tongue: Tongue) -> str:
        return self._filled(tongue, self._some.choice(tongue.sentences))

    def _filled(
        self, tongue: Tongue, template: str, *, topic: str = "", agency: str = "", at: datetime = START, language: str = "en"
    ) -> str:
        pick = self._some.choice
        place, when = pick(tongue.places), pick(tongue.whens)
        return template.format(
            topic=topic,
            agency=agency,
            place=place,
            Place=place,
            PLACE=place.upper(),
            place2=pick([each for each in tongue.places if each != place]),
            person=pick(tongue.people),
            family=pick(tongue.families),
            post=pick(tongue.posts),
            office=pick(tongue.offices),
            verb=pick(tongue.verbs),
            thing=pick(tongue.things),
            when=when,
            When=when[:1].upper() + when[1:],
            number=self._some.randint(11, 9999),
            day=at.day,
            month=MONTHS[language].get(at.month, ""),
        )

    def _check(self) -> None:
        """No story says a word of a topic that is not its own, and no headline stands twice."""
        words = {word.casefold(): topic for topic, given in TOPICS.items() for word in given[1:]} | {LEARNED[1]: LEARNED[0]}
        for piece in self.pieces:
            for shown in piece.shown:
                text = f"{shown.headline} {shown.story.text}".casefold()
                found = {topic for word, topic in words.items() if word in text}
                assert shown.story.status is Status.WITHDRAWN or found <= piece.topics, (found, piece.topics, text)
            assert piece.killed_at or not piece.topics or piece.first.story.headline


def by_time(pieces: Iterable[Piece]) -> Iterator[Shown]:
    """All that is shown, oldest first."""
    return iter(sorted((shown for piece in pieces for shown in piece.shown), key=lambda shown: (shown.at, shown.outlet.id, shown.name)))
