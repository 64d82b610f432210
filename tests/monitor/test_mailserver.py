"""The [mail] table and its password."""

from pathlib import Path

import pytest

from tests.monitor.configured import SECRET, faults, read, write

MAIL = '[mail]\nfrom = "desk@example.org"\nsmtp = "smtp+starttls://user@mail.example.org"\n'


def test_the_mail_password_comes_from_the_environment_a_file_or_the_table(tmp_path: Path) -> None:
    write(tmp_path, f"{SECRET}\r\n", "password")

    assert read(tmp_path, MAIL + f'password = "{SECRET}"\n').mail.password == SECRET
    assert read(tmp_path, MAIL + 'password_file = "password"\n').mail.password == SECRET
    assert read(tmp_path, MAIL, WIREWATCH_MAIL_PASSWORD=SECRET).mail.password == SECRET
    assert read(tmp_path, MAIL, WIREWATCH_MAIL_PASSWORD_FILE=str(tmp_path / "password")).mail.password == SECRET
    assert read(tmp_path, MAIL + 'password = "old"\n', WIREWATCH_MAIL_PASSWORD=SECRET).mail.password == SECRET


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (MAIL + 'password = "a"\npassword_file = "password"\n', "password and password_file are both set; keep one"),
        (MAIL + 'password_file = "nowhere"\n', 'password_file names "nowhere", which cannot be read: No such file or directory'),
        (MAIL + 'password_file = "empty"\n', 'password_file names "empty", which is empty'),
        (MAIL + 'password_file = "lines"\n', 'password_file names "lines", which is no password; use one line of text'),
        (MAIL + "password = 12345678\n", "password is no password; use text in quotes"),
        (
            MAIL.replace("user@", "") + f'password = "{SECRET}"\n',
            'smtp names no user for the password; write "smtp+starttls://user@host:587"',
        ),
        (
            MAIL.replace('from = "desk@example.org"\n', "") + f'password = "{SECRET}"\n',
            'from is missing; write from = "wirewatch <desk@example.org>"',
        ),
        (MAIL + f'password = "{SECRET}"\nca_file = "password"\n', 'ca_file names "password", where no certificate can be read: '),
    ],
)
def test_a_mail_server_without_what_it_needs_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    write(tmp_path, SECRET, "password")
    write(tmp_path, "\n", "empty")
    write(tmp_path, f"{SECRET}\n{SECRET}\n", "lines")

    (told,) = faults(tmp_path, text)

    assert told.startswith(f"wirewatch.toml: [mail]: {fault}")
    assert SECRET not in told
    assert "12345678" not in told


@pytest.mark.parametrize(
    "url", ["smtp+starttls://user:{}@mail.example.org", "user:{}@mail.example.org", "smtp://u:p/{}@mail.example.org", "smtp://[{}"]
)
def test_a_mail_server_that_cannot_be_read_is_refused_without_repeating_its_password(tmp_path: Path, url: str) -> None:
    (told,) = faults(tmp_path, MAIL.replace("smtp+starttls://user@mail.example.org", url.format(SECRET)))

    assert told.startswith("wirewatch.toml: [mail]: smtp cannot be used; ")
    assert SECRET not in told
