"""What `--advertise` takes for a host, and what it makes of it."""

import pytest

from cors_harness.settings.advertise import AdvertiseError, advertised_host

HOSTS = {
    "192.168.1.20": "192.168.1.20",
    " DevBox.LAN ": "devbox.lan",
    "fd00::2": "[fd00::2]",
    "[FD00:0::2]": "[fd00::2]",
    "127.0.0.2": "127.0.0.2",
    "127.0.0.1": "",
    "localhost": "",
    "app.localhost": "",
}
REFUSED = {
    "a port": ("devbox:8000", "without a port"),
    "a URL": ("http://devbox", "neither scheme nor path"),
    "where servers listen": ("0.0.0.0", "where servers listen"),  # noqa: S104
    "where servers listen, IPv6": ("::", "where servers listen"),
    "a zone": ("fe80::1%eth0", "zone"),
    "half an address": ("192.168.1", "such as 192.168.1.20"),
    "several": ("a, b", "such as 192.168.1.20"),
    "nothing": ("", "such as 192.168.1.20"),
    "a name of another script": ("büro.example", "such as 192.168.1.20"),
}


@pytest.mark.parametrize(("text", "host"), HOSTS.items(), ids=HOSTS)
def test_host_is_as_urls_have_it_and_loopback_is_not_advertised(text: str, host: str) -> None:
    assert advertised_host(text) == host


@pytest.mark.parametrize(("text", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_no_browser_could_call_is_refused(text: str, hint: str) -> None:
    with pytest.raises(AdvertiseError) as refused:
        advertised_host(text)
    assert hint in str(refused.value)
    assert repr(text) in refused.value.found


def test_credentials_are_refused_and_not_shown() -> None:
    with pytest.raises(AdvertiseError) as refused:
        advertised_host("me:secret@devbox")
    assert "secret" not in str(refused.value)
