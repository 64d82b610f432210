"""The bundled wires: one TOML file each, as a ``[[source]]`` table would say it, and the packs that name them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
PACKS = "packs.toml"


@cache
def names() -> tuple[str, ...]:
    """The wires there are, sorted."""
    return tuple(sorted(path.stem for path in HERE.glob("*.toml") if path.name != PACKS))


@cache
def packs() -> Mapping[str, tuple[str, ...]]:
    """The wires of each pack, in its order."""
    return {name: tuple(wires) for name, wires in tomllib.loads((HERE / PACKS).read_text(encoding="utf-8")).items()}


@cache
def table(name: str) -> Mapping[str, object]:
    """What a wire's file says; ``reader`` is its name where functions of its own stand beside it. Raise KeyError for no wire."""
    if name not in names():
        raise KeyError(name)
    said = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return said | ({"reader": name} if (HERE / f"{name}.py").exists() else {})
