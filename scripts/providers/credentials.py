"""Keys and certificates of the simulators, made once and kept in a folder."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

KEY_ID, TEAM_ID, TOPIC = "SIMULATED1", "ROOKERYDEV", "example.rookery.app"
PROJECT = "rookery-local"
_LIFE = timedelta(days=365)


@dataclass(frozen=True)
class Credentials:
    """Paths of certificate, key, APNs' key and Google's service account."""

    certificate: Path
    certificate_key: Path
    apns_key: Path
    service_account: Path

    def environment(self) -> dict[str, str]:
        """Return the domains' variables that name these files."""
        return {
            "PROVIDER_CA": str(self.certificate),
            "APNS_KEY_FILE": str(self.apns_key),
            "APNS_KEY_ID": KEY_ID,
            "APNS_TEAM_ID": TEAM_ID,
            "APNS_TOPIC": TOPIC,
            "FCM_SERVICE_ACCOUNT_FILE": str(self.service_account),
        }


def prepare(folder: Path) -> Credentials:
    """Return the credentials in a folder; make missing or old ones."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = Credentials(
        folder / "providers.pem",
        folder / "providers-key.pem",
        folder / "apns.p8",
        folder / "service-account.json",
    )
    if not _lasts(found.certificate):
        _certify(found)
    if not found.apns_key.is_file():
        _write(found.apns_key, _private(ec.generate_private_key(ec.SECP256R1())))
    if not found.service_account.is_file():
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": _private(rsa.generate_private_key(65537, 2048)).decode(),
            "client_email": f"local@{PROJECT}.example",
            "token_uri": "http://127.0.0.1:9/token",
        }
        _write(found.service_account, json.dumps(account).encode())
    return found


def _lasts(certificate: Path) -> bool:
    if not certificate.is_file():
        return False
    known = x509.load_pem_x509_certificate(certificate.read_bytes())
    return known.not_valid_after_utc > datetime.now(UTC) + timedelta(days=7)


def _certify(found: Credentials) -> None:
    """Make a certificate of its own for loopback addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Rookery provider simulators")])
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    start = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(found.certificate_key, _private(key))
    _write(found.certificate, made.public_bytes(serialization.Encoding.PEM))


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
