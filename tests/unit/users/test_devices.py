"""Device names made of a User-Agent."""

import pytest

from scripts.base.domain import load_app

load_app("users")

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (f"{WINDOWS}Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (f"{WINDOWS}Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari on iOS",
        ),
        ("python-requests/2.32.5", "python-requests"),
        ("x" * 500, "x" * 40),
        ("<script>", None),
        ("", None),
    ],
)
def test_a_device_is_a_word_or_two(user_agent: str, device: str | None) -> None:
    from chalicelib.users.core import devices

    assert devices.describe(user_agent) == device
