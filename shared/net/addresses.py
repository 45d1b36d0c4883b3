"""SSRF policy: network addresses that outgoing requests may reach."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# `is_global` of older Pythons calls some of these global (IANA special-purpose registries,
# RFC 6890 and its updates), so they are spelled out.
_NEVER_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/8", "64:ff9b:1::/48", "100::/8", "2001::/23", "2001:db8::/32", "2002::/16",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip
# Services of hosts that answer any local process with credentials or configuration:
# 169.254.0.0/16 holds most clouds' (AWS, GCP, Azure, Oracle, Tencent, ECS, EKS).
_METADATA = (
    "169.254.0.0/16",
    "168.63.129.16/32",  # Azure's WireServer, an address from a public range
    "100.100.100.200/32",  # Alibaba Cloud
    "192.0.0.192/32",  # Oracle Cloud, classic
    "fd00:ec2::/32",  # AWS: metadata, DNS, time, EKS
    "fd20:ce::254/128",  # Google Cloud
    "fd00:42::42/128",  # Scaleway
    "fe80::/10",
)
# No setting opens these.
_NEVER_ALLOWED = [
    ipaddress.ip_network(network)
    for network in (*_METADATA, "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "ff00::/8", "::/128")
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
# IPv4-translated, ::ffff:0:a.b.c.d (RFC 2765).
_TRANSLATED = 0xFFFF0000
_ISATAP = {0x00005EFE, 0x02005EFE}


def embedded_ipv4(address: Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses behind a translator's or tunnel's IPv6.

    Covers IPv4-mapped and -compatible forms (RFC 4291), IPv4-translated ones (RFC 2765),
    6to4 (RFC 3056), Teredo (RFC 4380, server and client), NAT64 (RFC 6052; for the local
    prefix of RFC 8215 every place where a network may embed the address) and ISATAP
    (RFC 5214).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return []
    number = int(address)
    low = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    found: list[ipaddress.IPv4Address] = []
    if address.ipv4_mapped or address in _NAT64 or (0xFFFF < number < 1 << 32):
        found.append(low)
    if address.sixtofour:
        found.append(address.sixtofour)
    if address.teredo:
        found += address.teredo
    if (number >> 32) & 0xFFFFFFFF in _ISATAP or number >> 32 == _TRANSLATED:
        found.append(low)
    if address in _LOCAL_NAT64:
        found += _locally_translated(address.packed)
    return found


def _locally_translated(packed: bytes) -> list[ipaddress.IPv4Address]:
    """Return candidates by RFC 6052, 2.2: prefixes of 48, 56, 64 and 96 bits.

    The byte 8 is always skipped.
    """
    places = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))
    return [ipaddress.IPv4Address(bytes(packed[at] for at in place)) for place in places]


def is_public(address: Address) -> bool:
    """Return true if an address is public, with each IPv4 inside it.

    For NAT64's well-known prefix only the IPv4 address inside counts: networks
    with IPv6 alone reach ordinary servers through it.
    """
    inner = embedded_ipv4(address)
    if inner and not all(is_public(one) for one in inner):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address in _NAT64:
        return True
    closed = (*_NEVER_PUBLIC, *_NEVER_ALLOWED)
    return address.is_global and not any(address in network for network in closed)


def is_allowed(address: Address, allow_private: bool) -> bool:
    """Return true if a request may go to the address.

    Args:
        allow_private: also allow loopback and private networks (local stack only);
            link-local, multicast and metadata addresses stay refused.
    """
    if not allow_private:
        return is_public(address)
    judged: list[Address] = [address, *embedded_ipv4(address)]
    return not any(one in network for one in judged for network in _NEVER_ALLOWED)
