"""spiders.folder: packets that a wire drops, each read once, none that blocks another, none that leads elsewhere."""

import os
from pathlib import Path

import pytest
from keeper import polled

from spiders.crawl import Crawler
from spiders.folder import FolderFailed, put_away, taken
from spiders.order import FeedRead, FeedUnchanged, PacketRefused, PollFailed, Result
from spiders.source import Source

pytestmark = pytest.mark.asyncio(loop_scope="session")
PACKET = '{{"uri": "urn:{0}", "headline": "{0}", "body_text": "It began on Monday."}}'


def drop(folder: Path, name: str, content: str) -> Path:
    """A file that has lain there for a minute."""
    path = folder / name
    path.write_text(content)
    os.utime(path, (path.stat().st_mtime - 60,) * 2)
    return path


async def looked(crawler: Crawler, folder: Path) -> list[Result]:
    return await polled(crawler, Source(id="wire", folder=folder))


def lying(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text()[:20] for path in sorted(folder.rglob("*")) if path.is_file()}


def titles(results: list[Result]) -> list[str]:
    return [entry.title for result in results if isinstance(result, FeedRead) for entry in result.entries]


async def test_each_packet_is_read_once_and_put_away(crawler: Crawler, tmp_path: Path) -> None:
    drop(tmp_path, "a.json", PACKET.format("one"))
    drop(tmp_path, "b.json", PACKET.format("two"))

    first, again = await looked(crawler, tmp_path), await looked(crawler, tmp_path)

    assert titles(first) == ["one", "two"]
    assert [type(result) for result in again] == [FeedUnchanged]
    assert sorted(lying(tmp_path)) == ["read/a.json", "read/b.json"]


async def test_a_packet_that_cannot_be_read_holds_up_no_other_and_its_reason_lies_beside_it(crawler: Crawler, tmp_path: Path) -> None:
    drop(tmp_path, "a.json", "what is this")
    drop(tmp_path, "b.json", PACKET.format("two"))

    results = await looked(crawler, tmp_path)

    assert titles(results) == ["two"]
    refused = [Path(result.url.removeprefix("file://")).name for result in results if isinstance(result, PacketRefused)]
    assert (refused, type(results[-1])) == (["a.json"], PollFailed)
    assert sorted(lying(tmp_path)) == ["read/b.json", "refused/a.json", "refused/a.json.txt"]


async def test_a_file_that_is_still_written_a_hidden_one_and_a_link_are_left_alone(crawler: Crawler, tmp_path: Path) -> None:
    (tmp_path / "fresh.json").write_text(PACKET.format("half"))
    drop(tmp_path, ".upload", PACKET.format("hidden"))
    (tmp_path / "link.json").symlink_to("/etc/hostname")

    assert [type(result) for result in await looked(crawler, tmp_path)] == [FeedUnchanged]


async def test_a_packet_that_replaces_another_while_that_is_kept_is_read_too(tmp_path: Path) -> None:
    file = taken(drop(tmp_path, "latest.json", PACKET.format("first")))
    drop(tmp_path, "new", PACKET.format("second")).rename(tmp_path / "latest.json")

    put_away(file)

    assert "second" in taken(tmp_path / "latest.json").body.decode()


async def test_a_name_that_was_used_before_overwrites_nothing(crawler: Crawler, tmp_path: Path) -> None:
    for name in ("one", "two"):
        drop(tmp_path, "latest.json", PACKET.format(name))
        await looked(crawler, tmp_path)

    assert sorted(lying(tmp_path)) == ["read/latest.json", "read/latest.json.1"]


@pytest.mark.parametrize("name", ["read", "refused"])
async def test_nothing_is_moved_through_a_link(tmp_path: Path, name: str) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "drop" / name).symlink_to(tmp_path / "elsewhere")
    file = taken(drop(tmp_path / "drop", "a.json", PACKET.format("one")))

    with pytest.raises(FolderFailed, match="is a link"):
        put_away(file, refused="no packet" if name == "refused" else "")

    assert lying(tmp_path / "elsewhere") == {}


async def test_a_folder_that_is_not_there_is_a_failed_poll_that_says_so(crawler: Crawler, tmp_path: Path) -> None:
    (result,) = await looked(crawler, tmp_path / "none")

    assert isinstance(result, PollFailed)
    assert "is it there, and may wirewatch read it?" in result.error
