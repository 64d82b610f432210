"""The settings as people see them."""

from pathlib import Path

from monitor import overview
from tests.monitor.configured import SECRET, a_recipient, a_source, read

MAIL = '[mail]\nfrom = "desk@example.org"\nsmtp = "smtp+starttls://user@mail.example.org"\n'


def test_secrets_show_nowhere(tmp_path: Path) -> None:
    url = f"postgresql://ww:{SECRET}@db.example.org/ww?sslpassword={SECRET}"
    text = f'[operator]\nheartbeat_url = "https://monitor.example.org/ping/{SECRET}"\n'
    text += a_source(feed=f'"https://ap.example.org/rss?key={SECRET}"') + MAIL + f'password = "{SECRET}"\n[database]\nurl = "{url}"\n'

    settings = read(tmp_path, text)
    rows = dict(overview.rows(settings))

    assert (settings.database_url, settings.mail.password) == (url, SECRET)
    assert set(rows["database"].split()) == {"user=ww", "password=***", "host=db.example.org", "dbname=ww", "sslpassword=***"}
    assert rows["source ap"] == "https://ap.example.org/rss?… every 5m"
    assert rows["mail password"] == "***"
    assert rows["heartbeat"] == "https://monitor.example.org/***"
    assert SECRET not in repr(rows) + repr(settings.mail) + repr(settings).replace(settings.sources[0].feed, "")


def test_a_recipient_is_shown_with_what_they_are_told_at_once(tmp_path: Path) -> None:
    told = a_recipient(timezone='"Asia/Seoul"', instant='["dprk"]', quiet='"22:00-06:30"', corrections='"instant"')

    rows = dict(overview.rows(read(tmp_path, told)))

    assert rows["recipient a@example.org"] == "dprk (en, Asia/Seoul); at once dprk; corrections at once; quiet 22:00-06:30"
