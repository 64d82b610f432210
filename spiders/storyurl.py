"""The pattern that the addresses of one wire's stories match, generalised from a few of them."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

#: Shapes that one pattern may name, and the share of the addresses that it has to match.
MOST_SHAPES, LEAST_SHARE = 3, 0.9
#: Characters of a pattern.
LONGEST = 500
#: A step has letters, digits and what stands between them.
_RUNS = re.compile(r"[^\W\d_]+|\d+|[\W_]")
_WORDS = r"[^/?#]+"
#: Three words or more, or a number: no section's page is called so.
_SLUG = r"[^/?#-]+-[^/?#-]+-[^/?#]+"
_TELLING = re.compile(r"\d{4}|[^-]+-[^-]+-[^-]")


def pattern(urls: Sequence[str]) -> str:
    """The regular expression that these addresses of stories match and those of sections do not; "" where they have no such shape.

    Numbers and words that differ are generalised, the host and what all have in common are kept: give those of one list.
    """
    shapes: dict[tuple[str, int, tuple[str, ...]], list[str]] = {}
    for url in dict.fromkeys(urls):
        parts = urlsplit(url)
        shapes.setdefault((parts.netloc, parts.path.count("/"), _numbered(parts.query)), []).append(url)
    often = sorted(shapes.items(), key=lambda shape: -len(shape[1]))[:MOST_SHAPES]
    made = dict.fromkeys(_shape(host, names, of) for (host, _, names), of in often if len(of) * 10 >= len(urls))
    written = "|".join(filter(None, made))
    # What a configuration takes at most.
    return written if len(written) <= LONGEST and share(written, urls) >= LEAST_SHARE else ""


def share(pattern: str, urls: Sequence[str]) -> float:
    """The share of the addresses that a pattern matches, 0 to 1; "" matches none."""
    return sum(bool(pattern and re.search(pattern, url)) for url in urls) / max(1, len(urls))


def _shape(host: str, names: tuple[str, ...], urls: Sequence[str]) -> str:
    paths = [urlsplit(url).path.split("/")[1:] for url in urls]
    steps = [_step(values) for values in zip(*paths, strict=True)]
    telling = names or all(map(_tells, paths))
    query = rf"\?(?:.*&)?{re.escape(names[0])}=\w*\d" if names else "(?:[?#]|$)"
    return rf"^https?://{re.escape(host)}/{'/'.join(steps)}{query}" if telling else ""


def _tells(path: Sequence[str]) -> bool:
    """Whether a path says which story it is: by its last step, or by a date on the way there."""
    last = next(filter(None, reversed(path)), "")
    return bool(_TELLING.search(last)) or any(re.fullmatch(r"\d{4,}", step) for step in path)


def _numbered(query: str) -> tuple[str, ...]:
    """The parameters of a query that hold a number: of the others, which story it is no pattern can tell."""
    return tuple(sorted(name for name, value in parse_qsl(query) if re.fullmatch(r"\w*\d{3,}", value)))


def _step(values: Sequence[str]) -> str:
    """One step of the paths: as it is where all say the same, else what they have in common."""
    if len(set(values)) == 1 and not _TELLING.search(values[0]):
        return re.escape(values[0])
    runs = [_RUNS.findall(value) for value in values]
    if len({len(run) for run in runs}) == 1 and len(runs[0]) <= 6 and all(_like(column) for column in zip(*runs, strict=True)):
        return "".join(_run(column) for column in zip(*runs, strict=True))
    ending = _ending(values)
    bare = [value.removesuffix(ending) for value in values]
    if all(re.search(r"-\d{4,}$", value) for value in bare):
        return rf"{_WORDS}-\d+{re.escape(ending)}"
    return (_SLUG if all(re.fullmatch(_SLUG, value) for value in bare) else _WORDS) + re.escape(ending)


def _like(column: Sequence[str]) -> bool:
    return len(set(column)) == 1 or all(run.isdigit() for run in column)


def _run(column: Sequence[str]) -> str:
    if all(run.isdigit() for run in column):
        lengths = {len(run) for run in column}
        # A year, a month or a whole date keeps its length; a running number will grow.
        return rf"\d{{{lengths.pop()}}}" if lengths in ({2}, {4}, {8}) and len(column) > 1 else r"\d+"
    return re.escape(column[0])


def _ending(values: Sequence[str]) -> str:
    endings = {found[0] if (found := re.search(r"\.[a-z]{2,5}$", value)) else "" for value in values}
    return endings.pop() if len(endings) == 1 else ""
