"""PageHeaders: response headers as page code reads them, by name in any case."""

from collections.abc import Iterator, Mapping, Sequence


class PageHeaders(Mapping[str, str]):
    """Names in lower case and values, repeated ones joined by the browser already."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)
