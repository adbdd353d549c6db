"""KnownSecrets: secrets that a name has told somewhere, to be hidden wherever they stand."""

import re
from collections.abc import Mapping

from cors_harness.terms.fingerprints import Fingerprints
from cors_harness.terms.step_value import in_url

# Of a secret that is looked for in other texts: `dark` of a cookie `theme=dark` is a word, too.
SHORTEST, SHORTEST_WORD = 8, 16
MOST = 200  # that are looked for in every line of a server: the latest ones


class KnownSecrets:
    """Hides values, and remembers them; for any thread, as what is remembered is never changed.

    Attributes:
        hidden: each value, with what stands for it.
        found: those that are looked for in other texts, as they may stand there.
    """

    def __init__(self, fingerprints: Fingerprints) -> None:
        """Nothing is known yet."""
        self._fingerprints = fingerprints
        self.hidden: Mapping[str, str] = {}
        self.found: Mapping[str, str] = {}

    def value(self, text: str) -> str:
        """What stands for a secret."""
        shown = self._fingerprints.of(text)
        if text != shown and text not in self.hidden:
            self.hidden = {**self.hidden, text: shown}
            if len(text) >= SHORTEST_WORD or (len(text) >= SHORTEST and re.search("[0-9]", text)):
                self.found = {**self.found, text: shown, in_url(text): shown}
        return shown

    def everywhere(self, text: str) -> str:
        """`text` without secrets that are known, as whole words."""
        for secret, shown in self.found.items():
            if secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", shown, text)
        return text

    def take(self, other: "KnownSecrets") -> None:
        """Looks for what another one has found, too; of very many for the latest."""
        new = {secret: shown for secret, shown in other.found.items() if secret not in self.found}
        if new:
            latest = [*self.found.items(), *new.items()][-MOST:]
            self.found = dict(latest)
