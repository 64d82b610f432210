"""A small vocabulary to write a wirewatch.toml with, and to read it."""

from pathlib import Path

import pytest

from monitor.config import ConfigError, Settings, load

EXAMPLE = Path(__file__).parents[2] / "deploy" / "wirewatch.toml"
CONTACT = '[fetch]\ncontact = "desk@example.org"\n'
SECRET = "s3cret-of-the-desk"


def write(folder: Path, text: str | bytes, name: str = "wirewatch.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(folder: Path, text: str | bytes, **environ: str) -> Settings:
    return load(write(folder, text), environ=environ, data_dir=folder / "data")


def faults(folder: Path, text: str | bytes, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(folder, text, **environ)
    assert str(refused.value) == "\n".join(map(str, refused.value.faults))
    return [str(fault) for fault in refused.value.faults]


def a_source(**more: str) -> str:
    lines = {"id": '"ap"', "feed": '"https://ap.example.org/rss"'} | more
    return CONTACT + "[[source]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def a_recipient(**more: str) -> str:
    lines = {"email": '"a@example.org"', "rules": '["dprk"]'} | more
    return "[[recipient]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)
