"""The [source.headers] table: a source's own headers, whose secrets stay out of the file and out of every message."""

from pathlib import Path

import pytest

from monitor import overview
from tests.monitor.configured import SECRET, a_source, faults, read, write


def with_headers(lines: str) -> str:
    return a_source() + f"[source.headers]\n{lines}\n"


def test_a_header_is_written_or_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    write(tmp_path, f"Bearer {SECRET}\n", "keys/ap")
    text = with_headers('Accept-Language = "ko"\nAuthorization = { file = "keys/ap" }\nx-key = { env = "AP_KEY" }')

    (source,) = read(tmp_path, text, AP_KEY=SECRET).sources

    assert source.headers == (("Accept-Language", "ko"), ("Authorization", f"Bearer {SECRET}"), ("x-key", SECRET))


def test_the_values_of_headers_show_nowhere(tmp_path: Path) -> None:
    settings = read(tmp_path, with_headers(f'X-Key = "{SECRET}"'))

    assert dict(overview.rows(settings))["source ap"] == "https://ap.example.org/rss every 5m, X-Key: ***"
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('"X Key" = "a"', '"X Key" is no name of a header; use letters, digits and hyphens, such as "X-Api-Key"'),
        ('"X-Key\\r\\nHost" = "a"', '"X-Key\\r\\nHost" is no name of a header; use letters, digits and hyphens, such as "X-Api-Key"'),
        ('Host = "a.example.org"', "Host belongs to the connection; leave it out"),
        ('content-length = "0"', "content-length belongs to the connection; leave it out"),
        ('Transfer-Encoding = "chunked"', "Transfer-Encoding belongs to the connection; leave it out"),
        ('Proxy-Authorization = "a"', "Proxy-Authorization belongs to the connection; leave it out"),
        ('If-None-Match = "a"', "If-None-Match is sent by itself, as the last answer says; leave it out"),
        ('User-Agent = "a"', "User-Agent is sent by itself; it carries contact of [fetch]"),
        ('X-Key = "a"\nx-key = "b"', "x-key is there twice, first as X-Key; keep one"),
        (f'X-Key = "{SECRET}\\r\\nHost: b"', "X-Key is no header; use one line of ASCII, without blanks at its ends"),
        (f'X-Key = "{SECRET} "', "X-Key is no header; use one line of ASCII, without blanks at its ends"),
        (f'X-Key = "ключ {SECRET}"', "X-Key is no header; use one line of ASCII, without blanks at its ends"),
        ("X-Key = 1", 'X-Key is no header; use text in quotes, { file = "path" } or { env = "NAME" }'),
        ('X-Key = { file = "a", env = "B" }', 'X-Key is no header; use text in quotes, { file = "path" } or { env = "NAME" }'),
        ('X-Key = { file = "none" }', 'X-Key names "none", which cannot be read: No such file or directory'),
        ('X-Key = { file = "lines" }', 'X-Key names "lines", which is no header; use one line of ASCII, without blanks at its ends'),
        ('X-Key = { env = "NONE" }', "X-Key names NONE of the environment, which is not set"),
        (
            'X-Key = { env = "LINES" }',
            "X-Key names LINES of the environment, which is no header; use one line of ASCII, without blanks at its ends",
        ),
    ],
)
def test_a_header_is_refused_without_repeating_its_value(tmp_path: Path, line: str, fault: str) -> None:
    write(tmp_path, f"{SECRET}\n{SECRET}\n", "lines")

    told = faults(tmp_path, with_headers(line), LINES=f"{SECRET}\n{SECRET}")

    assert told == [f'wirewatch.toml: source "ap" headers: {fault}']
    assert SECRET not in told[0]
