"""Catalogue: the strings of a mail in one language, with its plural forms."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale

from alerts.recipient import AlertError

#: The languages a mail can be in.
LANGUAGES = ("en", "de", "ko")


class UnknownLanguage(AlertError):
    """A language no strings are shipped for."""

    def __init__(self, language: str) -> None:
        super().__init__(f"language {language!r} is not one a mail can be in; use {', '.join(LANGUAGES)}")
        self.language = language


class Catalogue:
    """Call it with a key and values to get the string: ``t("stories", count=3)`` → "3 stories"."""

    def __init__(self, language: str, strings: dict[str, Any]) -> None:
        self._strings = strings
        self._plural = Locale.parse(language).plural_form

    def __call__(self, key: str, *, count: int = 0, **values: object) -> str:
        """Raise KeyError for a key that the catalogue lacks, or a value that the call lacks."""
        form = self._strings[key]
        if isinstance(form, dict):
            form = form[self._plural(count)]
        return str(form.format(count=count, **values))


@cache
def catalogue(language: str) -> Catalogue:
    """Open the catalogue of one language. Raise UnknownLanguage."""
    if language not in LANGUAGES:
        raise UnknownLanguage(language)
    return Catalogue(language, tomllib.loads(files("alerts").joinpath("templates", f"{language}.toml").read_text("utf-8")))
