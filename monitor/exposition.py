"""Exposition: figures as the text that Prometheus reads, format 0.0.4.

Its client library keeps counters in one process's memory; ours stand in Postgres and are asked for when somebody looks, and what
remains is this page.
https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_VALUE = _HELP | str.maketrans({'"': r"\""})


@dataclass(frozen=True, kw_only=True, slots=True)
class Gauge:
    """A figure that goes up and down, one sample for each set of labels."""

    name: str
    #: What it counts, one line.
    help: str
    #: Label values, in the order of ``labels`` → the figure.
    samples: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


def text(gauges: Iterable[Gauge]) -> str:
    """All figures as one page. A gauge without a sample has its two lines of comment still."""
    return "".join(map(_family, gauges))


def _family(gauge: Gauge) -> str:
    lines = [f"# HELP {gauge.name} {gauge.help.translate(_HELP)}", f"# TYPE {gauge.name} gauge"]
    lines += (f"{gauge.name}{_labels(gauge.labels, values)} {_number(figure)}" for values, figure in gauge.samples.items())
    return "\n".join(lines) + "\n"


def _labels(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    pairs = ",".join(f'{name}="{value.translate(_VALUE)}"' for name, value in zip(names, values, strict=True))
    return f"{{{pairs}}}" if pairs else ""


def _number(figure: float) -> str:
    return str(int(figure)) if float(figure).is_integer() else repr(float(figure))
