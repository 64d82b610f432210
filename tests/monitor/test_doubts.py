"""monitor.doubts: what is written rightly and cannot work is said before it is tried."""

from pathlib import Path

from monitor.config import load
from monitor.doubts import doubts
from monitor.faults import shown

CONFIG = """
include = ["wires/*.toml"]
[fetch]
contact = "desk@example.org"
allow = ["192.168.7.0/24"]
[[source]]
id = "drop"
folder = "packets"
[[source]]
id = "intranet"
feed = "http://10.1.2.3/rss.xml"
[[source]]
id = "allowed"
feed = "http://192.168.7.9/rss.xml"
[[source]]
id = "public"
feed = "https://news.example.org/rss.xml"
"""


def doubted(folder: Path, config: str = CONFIG) -> list[str]:
    (folder / "wirewatch.toml").write_text(config)
    (folder / "wires").mkdir(exist_ok=True)
    (folder / "wires" / "here.toml").write_text('[[source]]\nid = "here"\nsitemap = "http://localhost:8000/map.xml"\n')
    return [str(each) for each in doubts(load(folder / "wirewatch.toml", environ={}, data_dir=folder))]


def test_a_missing_folder_and_addresses_that_may_not_be_fetched_are_named_with_what_to_write(tmp_path: Path) -> None:
    assert doubted(tmp_path) == [
        f'wirewatch.toml: source "drop": folder is {shown(f"{tmp_path}/packets")}, which is not there; make it, or mount its disk',
        'wirewatch.toml: source "intranet": feed is "http://10.1.2.3/rss.xml", which is not public; '
        'write allow = ["10.1.2.3/32"] under [fetch] if it is yours',
        'wires/here.toml: source "here": sitemap is "http://localhost:8000/map.xml", which is not public; '
        'write allow = ["127.0.0.1/32"] under [fetch] if it is yours',
    ]


def test_what_can_work_is_not_doubted(tmp_path: Path) -> None:
    (tmp_path / "packets").mkdir()

    assert doubted(tmp_path, CONFIG.replace("192.168.7.0/24", '0.0.0.0/0", "127.0.0.0/8')) == []
