"""monitor.exposition: the text that Prometheus reads."""

import re

from hypothesis import given
from hypothesis import strategies as st

from monitor.exposition import Gauge, text

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"\})? -?[0-9.e+-]+')


def test_a_page_is_its_gauges_with_help_and_type() -> None:
    plain = Gauge(name="up_seconds", help="How long.", samples={(): 1.5})
    labelled = Gauge(name="mails", help="By state.", labels=("kind", "state"), samples={("note", "sent"): 3, ("digest", "sent"): 0})

    assert text([plain, labelled, Gauge(name="none", help="Nothing.", samples={})]) == (
        "# HELP up_seconds How long.\n# TYPE up_seconds gauge\nup_seconds 1.5\n"
        '# HELP mails By state.\n# TYPE mails gauge\nmails{kind="note",state="sent"} 3\nmails{kind="digest",state="sent"} 0\n'
        "# HELP none Nothing.\n# TYPE none gauge\n"
    )


def test_what_would_end_a_label_or_a_line_is_escaped() -> None:
    strange = Gauge(name="x", help="a\\b\nc", labels=("source",), samples={('"\\\n',): 1})

    assert text([strange]) == '# HELP x a\\\\b\\nc\n# TYPE x gauge\nx{source="\\"\\\\\\n"} 1\n'


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_label_holds_a_sample_is_one_line_that_can_be_read(value: str, figure: float) -> None:
    page = text([Gauge(name="x", help="", labels=("l",), samples={(value,): figure})])

    *_, sample, end = page.split("\n")
    assert (bool(LINE.fullmatch(sample)), end, float(sample.rpartition(" ")[2])) == (True, "", figure)
