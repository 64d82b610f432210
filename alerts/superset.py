"""Superset: which stories of an index can match a rule at all, as Postgres is asked for them, and the words that the index holds.

A story that a rule is true of has the rule's words, whatever else the rule says of them. So Postgres finds the stories that have the
words, by tsvector and tsquery, and the rule itself then says which of those it is true of:

    word, "two words", stem*, 朝鲜      'word'    'two' & 'words'    'stem':*    '朝' & '鲜'
    AND, NEAR, ONEAR                    &
    OR, MIN/n                           one of its parts, |
    NOT, NOT NEAR, words:, around:      not asked for
    since:1948-09-09                    the words beside which years are counted
    {Exact Case}, headline:word         the words, in any case and field
    slug:word, note:word                the words
    dateline:word and the like          every story: the index holds headlines, lead, body, slug and note
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from alerts.canon import ANY_LETTERS, FIELD, ONE_LETTER, PARAGRAPH, SENTENCE, is_hangul
from alerts.ordinal import MARKS
from alerts.pattern import patterns
from alerts.reading import PRINTED, TEXT_FIELDS
from alerts.tree import And, AtLeast, Named, Near, Node, Or, Since, Term, Within

#: The fields whose words the index holds.
HELD = TEXT_FIELDS.union(PRINTED)
#: Characters of a word that count; of a longer one Postgres keeps nothing.
LONGEST = 64
#: Characters of a story's words, each once. A tsvector ends at 1 MB, and a character is up to four bytes.
INDEXED = 200_000
#: What the index holds of a story that has more words than fit; no word of canonical text is this.
MORE = "…"
#: Words of one phrase that are asked for, the longest: the others would only cost time.
OF_A_PHRASE = 4
#: Alternatives that one tsquery may have: of many, Postgres looks at each story that has a word of any.
FEW = 8
#: Alternatives of a whole rule.
MOST = 5_000
#: Characters of one tsquery.
LONGEST_QUERY = 5_000
_WILDCARD = re.compile(f"[{ANY_LETTERS}{ONE_LETTER}]")


def indexed(words: Iterable[str]) -> str:
    """The ``words`` of a canonical text for the index, each once, without marks; MORE is the last when they are not all there."""
    once = dict.fromkeys(words)
    for mark in (SENTENCE, PARAGRAPH, FIELD):
        once.pop(mark, None)
    # Hardly any story has a word to be cut, or too many; all are looked at.
    found = list(once)
    if max(map(len, found), default=0) > LONGEST:
        found = list(dict.fromkeys(word[:LONGEST] for word in found))
    if len(found) * LONGEST > INDEXED and sum(map(len, found)) > INDEXED:
        found = [*(word for word, length in zip(found, accumulate(map(len, found)), strict=True) if length <= INDEXED), MORE]
    return " ".join(found)


def superset(root: Node, named: Callable[[str], Node]) -> tuple[str, ...]:
    """Tsqueries of which at least one is true of every indexed story that the tree is true of, and few of other stories.

    Empty: every story may be one. ``named`` gives the tree of an ``@name``.
    """
    asked = _Asking(named).asked(root)
    return () if asked is None else _short((*asked, f"'{MORE}'"))


#: One of them is true; None where every story may be meant.
Alternatives = tuple[str, ...] | None


class _Asking:
    """What is asked for each part of a tree."""

    def __init__(self, named: Callable[[str], Node]) -> None:
        self._named = named
        self._known: dict[tuple[str, bool], Alternatives] = {}

    def asked(self, node: Node, in_text: bool = True) -> Alternatives:
        match node:
            case Term():
                return _one_of(_spelling(pattern.text) for pattern in patterns(node)) if in_text else None
            case Named(name):
                return self._of_name(name, in_text)
            case Or(parts):
                return _one_of(self.asked(part, in_text) for part in parts)
            case And(parts):
                return _all_of(self.asked(part, in_text) for part in parts)
            case Near(left, right):
                return _all_of(self.asked(side, in_text) for side in ((left,) if node.apart else (left, right)))
            case Within(field, part):
                return self.asked(part, field in HELD)
            case AtLeast(_, part):
                return self.asked(part, in_text)
            case Since():
                return _one_of(self.asked(mark, in_text) for mark in MARKS)
            case _:  # true of stories without a word of it
                return None

    def _of_name(self, name: str, in_text: bool) -> Alternatives:
        if (name, in_text) not in self._known:
            self._known[name, in_text] = self.asked(self._named(name), in_text)
        return self._known[name, in_text]


def _spelling(text: str) -> Alternatives:
    """The words of a term; of one that a wildcard or a Korean particle may follow, its beginning."""
    *first, last = text.split()
    found = [*(_lexeme(word) for word in first), _lexeme(last, goes_on=is_hangul(last[-1]))]
    longest = sorted(filter(None, dict.fromkeys(found)), key=len)[-OF_A_PHRASE:]
    return (" & ".join(longest),) if longest else None


def _lexeme(word: str, *, goes_on: bool = False) -> str | None:
    beginning = _WILDCARD.split(word, maxsplit=1)[0]
    more = ":*" if goes_on or beginning != word else ""
    return f"'{beginning[:LONGEST]}'{more}" if beginning else None


def _one_of(parts: Iterable[Alternatives]) -> Alternatives:
    asked: dict[str, None] = {}
    for part in parts:
        if part is None:
            return None
        asked |= dict.fromkeys(part)
    return tuple(asked) if len(asked) <= MOST else None


def _all_of(parts: Iterable[Alternatives]) -> Alternatives:
    """Of parts with many alternatives each only the one with fewest: what is left out finds more stories."""
    asked = sorted(dict.fromkeys(_short(part) for part in parts if part is not None), key=len)
    short = _joined(" & ", [part[0] for part in asked if len(part) == 1])
    long = next((part for part in asked if len(part) > 1), None)
    if not short or len(short) > LONGEST_QUERY:
        return long or next(iter(asked), None)
    return tuple(_joined(" & ", [short, one]) for one in long) if long else (short,)


def _short(asked: tuple[str, ...]) -> tuple[str, ...]:
    """A few alternatives as one tsquery."""
    whole = _joined(" | ", asked)
    return (whole,) if len(asked) <= FEW and len(whole) <= LONGEST_QUERY else asked


def _joined(operator: str, parts: Sequence[str]) -> str:
    return operator.join(f"({part})" if " " in part else part for part in parts) if len(parts) > 1 else "".join(parts)
