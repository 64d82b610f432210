"""Superset: which stories of an index can match a rule at all, as Postgres is asked for them, and the words that the index holds.

A story that a rule is true of has the rule's words, whatever else the rule says of them. So Postgres finds the stories that have the
words, by tsvector and tsquery, and the rule itself then says which of those it is true of:

    word, "two words", stem*, 朝鲜      'word'    'two' & 'words'    'stem':*    '朝' & '鲜'
    AND, NEAR, ONEAR                    &
    OR, MIN/n                           one of its parts, |
    NOT, NOT NEAR                       not asked for
    {Exact Case}, headline:word         the words, in any case and field
    dateline:word and the like          every story: the index holds headlines, lead and body
"""

from collections.abc import Callable, Iterable
from itertools import accumulate

from alerts import reading
from alerts.canon import words
from alerts.pattern import patterns
from alerts.reading import TEXT_FIELDS
from alerts.tree import And, AtLeast, Named, Near, Node, Or, Term, Within
from spiders.story import Story

#: Characters of a word that count; of a longer one Postgres keeps nothing.
LONGEST = 64
#: Characters of a story's words, each once. A tsvector ends at 1 MB, and a character is up to four bytes.
INDEXED = 200_000
#: What the index holds of a story that has more words than fit; no word of canonical text is this.
MORE = "…"
#: Words of one phrase that are asked for, the longest: the others would only cost time.
OF_A_PHRASE = 4
#: Characters of a tsquery, which ends at 1 MB too.
LONGEST_QUERY = 100_000


def indexed(story: Story) -> str:
    """The words of a story for the index, each once, with a blank between; MORE is the last of them when they are not all there."""
    found = list(dict.fromkeys(word[:LONGEST] for word in words(reading.text(story)).split()))
    lengths = list(accumulate(map(len, found)))
    if lengths and lengths[-1] > INDEXED:
        found = [*(word for word, length in zip(found, lengths, strict=True) if length <= INDEXED), MORE]
    return " ".join(found)


def superset(root: Node, named: Callable[[str], Node]) -> str | None:
    """A tsquery that is true of every indexed story which the tree is true of, and of few others; None: that would be all stories.

    ``named`` gives the tree of an ``@name``.
    """
    asked = _Asking(named).asked(root)
    return f"({asked}) | '{MORE}'" if asked else None


class _Asking:
    """What is asked for each part of a tree; None where every story may have it."""

    def __init__(self, named: Callable[[str], Node]) -> None:
        self._named = named
        self._known: dict[tuple[str, bool], str | None] = {}

    def asked(self, node: Node, in_text: bool = True) -> str | None:
        match node:
            case Term():
                return _one_of(map(_spelling, (pattern.literal for pattern in patterns(node)))) if in_text else None
            case Named(name):
                return self._of_name(name, in_text)
            case Or(parts):
                return _one_of(self.asked(part, in_text) for part in parts)
            case And(parts):
                return _all_of(self.asked(part, in_text) for part in parts)
            case Near(left, right):
                return _all_of(self.asked(side, in_text) for side in ((left,) if node.apart else (left, right)))
            case Within(field, part):
                return self.asked(part, field in TEXT_FIELDS)
            case AtLeast(_, part):
                return self.asked(part, in_text)
            case _:  # true of stories without a word of it
                return None

    def _of_name(self, name: str, in_text: bool) -> str | None:
        if (name, in_text) not in self._known:
            self._known[name, in_text] = self.asked(self._named(name), in_text)
        return self._known[name, in_text]


def _spelling(literal: str) -> str | None:
    """The words of a literal; the last of one that may go on is the beginning of a word."""
    found = [f"'{word[:LONGEST]}'" for word in literal.split()]
    if found and not literal.endswith(" "):
        found[-1] += ":*"
    return _all_of(sorted(found, key=len)[-OF_A_PHRASE:])


def _one_of(parts: Iterable[str | None]) -> str | None:
    asked = dict.fromkeys(parts)
    return None if None in asked else _joined(" | ", filter(None, asked))


def _all_of(parts: Iterable[str | None]) -> str | None:
    """Of too many parts the first: fewer of them find more stories."""
    asked = list(dict.fromkeys(filter(None, parts)))
    lengths = accumulate(len(part) + len("() & ") for part in asked)
    return _joined(" & ", (part for part, length in zip(asked, lengths, strict=True) if length <= LONGEST_QUERY))


def _joined(operator: str, parts: Iterable[str]) -> str | None:
    parts = list(parts)
    whole = operator.join(f"({part})" if " " in part else part for part in parts) if len(parts) > 1 else "".join(parts)
    return whole if 0 < len(whole) <= LONGEST_QUERY else None
