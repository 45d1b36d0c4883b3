"""Client address of a request, and the sources trusted for it.

Behind a CDN the gateway sees the CDN, and anybody can write a header. So the
CDN's header counts only beside the origin secret, which the CDN alone adds;
otherwise the address is the one that API Gateway saw. Functions know only the
secret's SHA-256, which is not confidential: the secret has 256 random bits. Where
one is configured, requests without it are refused.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping

from shared.base.config import settings

SECRET_HEADER = "x-rookery-origin-secret"
# ``198.51.100.10:46532`` (CloudFront: "Add CloudFront request headers"); IPv6 with or without [].
VIEWER_HEADER = "cloudfront-viewer-address"


def client_address(headers: Mapping[str, str], gateway_address: str) -> str:
    """Return the address that a request came from.

    Args:
        headers: lower-case names.
        gateway_address: the address that API Gateway saw (``requestContext.identity.sourceIp``).
    """
    if settings().local:
        # The local gateway drops the clients' header and writes its own.
        forwarded = headers.get("x-forwarded-for", "").split(",")[0].strip()
        return forwarded or gateway_address
    if from_edge(headers):
        viewer, _, port = headers.get(VIEWER_HEADER, "").rpartition(":")
        address = viewer.removeprefix("[").removesuffix("]")
        if port.isdigit() and _is_address(address):
            return address
    return gateway_address


def from_edge(headers: Mapping[str, str]) -> bool:
    """Return true if a request has the origin secret.

    During a rotation either of two counts.
    """
    made = hashlib.sha256(headers.get(SECRET_HEADER, "").encode("utf-8", "replace")).hexdigest()
    matches = [hmac.compare_digest(made, known) for known in settings().edge_secret_digests]
    return any(matches)


def passed_edge(headers: Mapping[str, str]) -> bool:
    """Return true if a request passed the CDN, or none is configured.

    Regional endpoints of API Gateway are reachable past the CDN and its WAF. On a user's
    own machine the local gateway is the edge.

    Args:
        headers: lower-case names.
    """
    known = settings()
    return known.local or not known.edge_secret_digests or from_edge(headers)


def network(address: str) -> str:
    """Return the network of one client: an IPv6 customer has a /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or ipaddress.ip_network((found, 64), strict=False).network_address)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
