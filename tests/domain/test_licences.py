"""The word that the licence page says about using a model for money."""

import pytest

from lmd_desktop.domain.licences import commercial_use


@pytest.mark.parametrize(
    ("licence", "use"),
    [
        ("Apache-2.0", "yes"),
        ("MIT", "yes"),
        ("cc-by-4.0", "yes"),
        ("CreativeML Open RAIL-M", "read"),
        ("llama3", "read"),
        ("", "read"),
        ("cc-by-nc-4.0", "no"),
        ("Stable Beluga non-commercial", "no"),
    ],
)
def test_what_is_not_plainly_free_must_be_read(licence: str, use: str) -> None:
    assert commercial_use(licence) == use
