"""The TLS front's authority can speak for X's names and for nothing else."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from scripts.gateway import tls_authority
from scripts.gateway.tls_front import NAMES

X_DOMAINS = ("twitter.com", "x.com")


def handshake(authority: Path, chain: Path, key: Path, name: str) -> None:
    """Let a client that trusts the authority meet a server, in memory."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    server.load_cert_chain(chain, key)
    client.load_verify_locations(authority)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


def test_clients_that_trust_it_believe_the_front(tmp_path: Path) -> None:
    made = tls_authority.prepare(tmp_path, NAMES)
    for name in NAMES:
        handshake(made.authority, made.chain, made.key, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(made.authority, made.chain, made.key, "x.com.example")


@pytest.mark.parametrize("name", ["bank.example", "nottwitter.com", "127.0.0.1"])
def test_a_stolen_key_is_good_for_nothing_else(tmp_path: Path, name: str) -> None:
    made = tls_authority.prepare(tmp_path, NAMES)
    signer = load_pem_private_key((tmp_path / "ca-key.pem").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate(made.authority.read_bytes())
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    server = load_pem_private_key(made.key.read_bytes(), None)
    assert isinstance(server, ec.EllipticCurvePrivateKey)
    forged = tls_authority._leaf(server, signer, issuer, [name])
    assert forged.signature_hash_algorithm is not None
    assert forged.signature_hash_algorithm.name == hashes.SHA256.name
    chain = tmp_path / "forged.pem"
    chain.write_bytes(forged.public_bytes(Encoding.PEM))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(made.authority, chain, made.key, name)


def test_the_front_serves_the_hosts_of_the_authorize_pages() -> None:
    hosts = {
        f"{service}{domain}"
        for service in ("", "api.", "publish.", "upload.")
        for domain in X_DOMAINS
    }
    assert set(NAMES) == hosts


def test_the_authority_lasts_and_its_key_is_private(tmp_path: Path) -> None:
    first = tls_authority.prepare(tmp_path / "tls", NAMES).authority.read_bytes()
    again = tls_authority.prepare(tmp_path / "tls", NAMES)
    assert again.authority.read_bytes() == first
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()} == {0o600}
    other = tls_authority.prepare(tmp_path / "tls", NAMES[:2])
    assert other.authority.read_bytes() != first
