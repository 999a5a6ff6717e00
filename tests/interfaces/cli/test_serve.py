"""How the server is set up, without starting it."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chengmo.interfaces.cli.serve import Tls, server_config


@pytest.fixture
def tls(tmp_path):
    """A certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "city.example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Tls(str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem"))


def test_tls_is_new_and_keeps_past_traffic_secret_when_the_key_is_lost(tls):
    config = server_config(None, tls)
    config.load()
    assert config.ssl.minimum_version >= ssl.TLSVersion.TLSv1_2
    older = [one for one in config.ssl.get_ciphers() if one["protocol"] != "TLSv1.3"]
    assert older
    assert all(one["kea"] == "kx-ecdhe" and one["aead"] for one in older)


def test_without_a_certificate_it_is_plain_http():
    config = server_config(None, Tls())
    config.load()
    assert config.ssl is None
