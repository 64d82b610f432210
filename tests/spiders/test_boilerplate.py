import time

import pytest

from spiders.boilerplate import without

STORY = (
    "The harbour reopened on Wednesday after two days of storm.",
    "“We sail again,” the harbour master said.",
    "Read the small print, she added, and related matters: the fees.",
)


@pytest.mark.parametrize(
    "line",
    [
        "Read also: Ferries stay in port",
        "READ MORE: Ferries stay in port",
        "Lesen Sie auch",
        "Auch interessant:",
        "Читайте также: Паромы остались в порту",
        "Czytaj więcej",
        "관련 기사",
        "Photo: Ann Baker/Coast",
        "Image: Coast / Harbour Office",
        "© Coast",
        "(Reporting by Ann Baker; editing by Bo Chan)",
        "Reporting by Ann Baker; Editing by Bo Chan",
        "Follow us on Facebook and Telegram",
        "Sign up for our newsletter",
        "Advertisement",
        "(END)",
        "-0-",
        "___",
        "Enditem",
        "(끝)",
    ],
)
def test_what_is_no_paragraph_is_left_out(line):
    assert without((*STORY, line)) == STORY
    assert without((STORY[0], line, *STORY[1:])) == STORY


@pytest.mark.parametrize(
    "sentence",
    [
        "Related industries were hit too, and so were the ports of the north.",
        "Photo shops closed in the whole town.",
        "Follow the money, the saying goes.",
        "Reporting on the storm was hard: " + "the lines were down. " * 20,
        "Ends of ropes lay about.",
    ],
)
def test_a_sentence_that_begins_like_boilerplate_stays(sentence):
    assert without((*STORY, sentence)) == (*STORY, sentence.strip() if len(sentence) < 300 else sentence)


@pytest.mark.parametrize("mark", [" (END)", "（完）", " -0-", " (끝)", " Enditem", " ###"])
def test_the_mark_that_ends_a_story_is_no_part_of_its_last_sentence(mark):
    assert without((*STORY[:2], STORY[2] + mark)) == STORY


def test_links_to_other_stories_go_with_what_leads_to_them():
    assert without((STORY[0], "Don't miss", "- Ferries stay in port", "- Cranes fall", STORY[1], "- A list of its own")) == (
        *STORY[:2],
        "- A list of its own",
    )


def test_the_headline_above_the_story_goes_with_its_kicker_and_all_above_it():
    headlines = ("Harbour reopens after the storm", "The harbour is open again")

    assert without(("Shipping", headlines[1], *STORY), headlines) == STORY
    assert without(("Coast News Harbour reopens after the storm", *STORY), headlines) == STORY
    assert without((STORY[0], headlines[1], *STORY[1:]), headlines) == (STORY[0], headlines[1], *STORY[1:])


@pytest.mark.parametrize(
    "hostile",
    [
        "(" * 100_000,
        "read " * 60,
        "reporting by " * 22,
        "-" * 299,
        "-" * 100_000,
        "(END " * 50_000,
        "x -0-" * 50_000,
        "\n" * 100_000 + "x",
        " #" * 100_000,
        " " * 299 + "x",
        "© " * 149,
        "_" * 100_000 + "x",
    ],
)
def test_a_hostile_paragraph_takes_no_time(hostile):
    began = time.process_time()
    without([hostile] * 200, [hostile])

    assert time.process_time() - began < 1
