"""Finding: what ``wirewatch doctor`` says of one thing that it tried."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was tried, and what to do where it is not well."""

    #: "python", "postgres: rights", "source tass-en".
    tried: str
    #: What was found, one line.
    says: str
    #: What to do about it; "" where it is well.
    do: str = ""

    @property
    def well(self) -> bool:
        return not self.do
