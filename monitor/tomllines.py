"""Tomllines: tables that are written for somebody, as TOML. Pure."""

import json
from collections.abc import Mapping


def lines(content: Mapping[str, object]) -> str:
    """Keys with their values, a line each, as TOML."""
    return "".join(f"{key} = {_written(value)}\n" for key, value in content.items())


def _written(value: object) -> str:
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"  # a pattern: literal, so that its backslashes stay as they are
    # A JSON string is a TOML basic string, but for DEL.
    return json.dumps(value.replace("\x7f", ""), ensure_ascii=False) if isinstance(value, str) else str(value)
