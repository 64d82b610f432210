"""monitor.exports: what of a story may leave."""

import json

from monitor.exports import export, json_lines
from tests.monitor.exporting import BODY, NOON, RULE, a_story, an_export, found, written


def test_of_a_source_without_a_licence_headline_link_and_the_sentence_that_hit_leave() -> None:
    told = an_export(a_story(note="Repeats.", slug="2nd LD", other_headlines=("A dock strike",)))

    [row] = map(json.loads, written(json_lines(RULE, "desk@example.org", NOON), told).splitlines())

    assert row["snippet"] == "The strike began at noon, the union said."
    assert (row["id"], row["url"], row["headline"], row["revision"], row["rules"], row["slug"]) == (
        *(7, "https://wire.example.org/one", "Dockers strike", 2, ["strike"], "2nd LD"),
    )
    assert (row["lead"], row["paragraphs"], row["other_headlines"], row["note"]) == ("", [], [], "")
    assert row["spans"] == [["headline", 8, 14, "strike"]]


def test_of_a_licensed_source_the_text_leaves() -> None:
    [row] = map(json.loads, written(json_lines(RULE, "desk@example.org", NOON), an_export(licence="full")).splitlines())

    assert (row["lead"], row["paragraphs"]) == ("In short.", list(BODY))
    assert [span[0] for span in row["spans"]] == ["headline", "body"]


def test_the_sentence_is_no_longer_than_its_source_allows() -> None:
    assert an_export(snippet=20).snippet == "The strike began…"
    assert an_export(snippet=0).snippet == ""


def test_of_a_source_that_is_configured_no_more_only_headline_and_link_leave() -> None:
    told = export(found(a_story()), None, [])

    assert (told.title, told.source, told.snippet, told.html) == ("Dockers strike", "wire", "", "")
