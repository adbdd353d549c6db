"""Certificates that a TLS client takes for the host they are for, and for no other."""

import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cors_harness.errors import UsageError
from cors_harness.serving.authority import Authority, Issued


@pytest.fixture
def authority() -> Iterator[Authority]:
    authority = Authority()
    yield authority
    authority.close()


def shake_hands(issued: Issued, ca: Path, host: str) -> None:
    """A TLS handshake between a server with `issued` and a client that trusts `ca` only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            context.wrap_socket(there, server_side=True).close()
        except (ssl.SSLError, ConnectionError):
            there.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        trust = ssl.create_default_context(cafile=ca)
        trust.wrap_socket(here, server_hostname=host).close()
    finally:
        here.close()
        server.join()


HOSTS = {
    "name": ("app.example.com", "app.example.com"),
    "one label": ("localhost", "localhost"),
    "IPv4": ("127.0.0.1", "127.0.0.1"),
    "IPv6": ("[::1]", "::1"),
    "IDN": ("xn--caf-dma.example", "xn--caf-dma.example"),
}


@pytest.mark.parametrize(("host", "asked"), HOSTS.values(), ids=HOSTS.keys())
def test_certificate_is_good_for_its_host(authority: Authority, host: str, asked: str) -> None:
    shake_hands(authority.issue(host), authority.ca_pem, asked)


def test_certificate_is_bad_for_another_host(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(authority.issue("a.example"), authority.ca_pem, "b.example")


def test_expired_certificate_is_refused(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
        shake_hands(authority.issue("a.example", expired=True), authority.ca_pem, "a.example")


def test_each_run_has_an_authority_of_its_own(authority: Authority) -> None:
    other = Authority()
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority.issue("a.example"), other.ca_pem, "a.example")
    other.close()


def test_certificates_are_kept(authority: Authority) -> None:
    good, expired = authority.issue("a.example"), authority.issue("a.example", expired=True)
    assert authority.issue("a.example") is good
    assert authority.issue("a.example", expired=True) is expired
    assert len({good, expired, authority.issue("b.example")}) == 3


def test_files_are_for_their_owner_only_and_end_with_the_authority() -> None:
    authority = Authority()
    issued = authority.issue("a.example")
    folder = authority.ca_pem.parent
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert issued.key.parent == folder
    authority.close()
    authority.close()
    assert not folder.exists()


@pytest.mark.parametrize("host", ["a_b.example", "xn--a.example", "ab--cd.example"])
def test_host_of_which_no_certificate_can_tell_is_told(authority: Authority, host: str) -> None:
    with pytest.raises(UsageError, match=f"no certificate can be made for the host '{host}'"):
        authority.issue(host)
