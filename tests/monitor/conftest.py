"""Desks of whole processes that the tests of the conducting half share."""

from collections.abc import Iterator

import pytest

from tests.processes import Desk, a_desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    with a_desk(database_url) as desk:
        yield desk


@pytest.fixture
def long_desk(database_url: str) -> Iterator[Desk]:
    """Many stories, slowly: something is in flight at any moment."""
    with a_desk(database_url, copies=6, slow=0.05) as desk:
        desk.configure(readers=("ann@example.org", "bo@example.org", "cy@example.org"))
        yield desk
