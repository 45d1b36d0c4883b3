"""A private certificate authority, constrained to X's host names.

Its key never leaves the state directory (mode 0600), and its certificate carries
critical name constraints (RFC 5280, 4.2.1.10): whoever trusts it trusts it for
these names and nothing else.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = dt.timedelta(days=365)
LEAF_LIFE = dt.timedelta(days=30)
# A clock that is a little behind must not make a certificate of the future.
SKEW = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Certificates:
    """Paths of the authority to trust and of the server's chain and key (PEM)."""

    authority: Path
    chain: Path
    key: Path


def prepare(folder: Path, names: Sequence[str]) -> Certificates:
    """Return the authority, renewed in time, and a new server certificate.

    Args:
        folder: made with mode 0700 when it is not there.
        names: the DNS names that the authority may speak for, and the server's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    found = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    authority_key = folder / "ca-key.pem"
    if not _lasts(found.authority, authority_key, names):
        key = ec.generate_private_key(ec.SECP256R1())
        _write(authority_key, _private(key))
        _write(found.authority, _authority(key, names).public_bytes(serialization.Encoding.PEM))
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate(found.authority.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _leaf(key, signer, issuer, names)
    _write(found.key, _private(key))
    _write(found.chain, leaf.public_bytes(serialization.Encoding.PEM))
    return found


def _lasts(certificate: Path, key: Path, names: Sequence[str]) -> bool:
    if not certificate.is_file() or not key.is_file():
        return False
    known = x509.load_pem_x509_certificate(certificate.read_bytes())
    limits = known.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = {name.value for name in limits.permitted_subtrees or ()}
    left = known.not_valid_after_utc - dt.datetime.now(dt.UTC)
    return left > LEAF_LIFE and permitted == set(names)


def _authority(key: ec.EllipticCurvePrivateKey, names: Sequence[str]) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rookery local TLS front")])
    everywhere = [ipaddress.ip_network(net) for net in ("0.0.0.0/0", "::/0")]
    return (
        _builder(name, name, key.public_key(), AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.NameConstraints(
                permitted_subtrees=[x509.DNSName(one) for one in names],
                # Without a word about addresses every address would be allowed.
                excluded_subtrees=[x509.IPAddress(net) for net in everywhere],
            ),
            critical=True,
        )
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    names: Sequence[str],
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    return (
        _builder(subject, issuer.subject, key.public_key(), LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: dt.timedelta
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + life)
    )


def _usage(*, key_cert_sign: bool = False, digital_signature: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    aside.replace(path)
