"""Makes the domain's package importable: ``chalicelib`` is found through the app's folder."""

from scripts.domain import load_app

load_app("notifications")
