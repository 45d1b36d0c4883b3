"""The port to the web: one bounded request to an allowed address."""

from collections.abc import Callable

from shared.net.answers import Fetched

# Takes the URL and the options of `shared.net.fetch.fetch`; raises `FetchError`.
Fetch = Callable[..., Fetched]
