"""What every test module may use, and what is tidied up after every test."""

from __future__ import annotations

import pytest

from tests import desk


@pytest.fixture(autouse=True)
def _what_was_opened_is_closed():
    yield
    desk.close_all()
