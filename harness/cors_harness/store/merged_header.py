"""merged_header(): the header of several journals of one plan; check_same_run(): whether they are.

What a merged journal claims must hold for all of its cells: it has one version of each browser and
of each part of a server.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.model.shard import WholePlan
from cors_harness.store.kept_secrets import keeps_secrets, secrets_to_json
from cors_harness.store.part_codec import part_from_json

Header = Mapping[str, Any]
NamedHeader = tuple[str, Header]  # under the name of its file
ALIKE = ("version", "label", "driver")  # of an engine; its program may lie elsewhere
OPTIONS = ("--shard", "--cors-shard")


SAME = "run all parts from one commit, with the same options and the same browsers"


def check_same_run(headers: Sequence[NamedHeader], hint: str = SAME) -> None:
    """Raises UsageError, with all that differs, unless these are of one plan and alike machines.

    `hint`: what helps.
    """
    first = headers[0]
    problems = [text for other in headers[1:] for text in _differences(first, other)]
    if problems:
        raise UsageError("\n".join((*dict.fromkeys(problems), f"  {hint}")))


def merged_header(headers: Sequence[Header]) -> dict[str, Any]:
    """One header for all, without `shards`; they are of one run."""
    first = dict(headers[0])
    first.pop("shards", None)
    return {
        **first,
        **secrets_to_json(kept=keeps_secrets(headers)),
        "argv": list(_without_shard(first["argv"])),
        "os": "; ".join(dict.fromkeys(header["os"] for header in headers)),
        "engines": list(_by_name(headers, "engines").values()),
        "servers": [_server(headers, name) for name in _by_name(headers, "servers")],
    }


def _without_shard(argv: Sequence[str]) -> Iterator[str]:
    before = ""
    for word in argv:
        if word not in OPTIONS and before not in OPTIONS and word.partition("=")[0] not in OPTIONS:
            yield word
        before = word


def _by_name(headers: Sequence[Header], key: str) -> dict[str, Any]:
    """What is called by its name in any of them, sorted; the first that there is of each."""
    found: dict[str, Any] = {}
    for header in headers:
        for each in header[key]:
            found.setdefault(each["name"], each)
    return dict(sorted(found.items()))


def _server(headers: Sequence[Header], name: str) -> dict[str, Any]:
    """A server with all that was found in it: an app may import more as it is asked more."""
    alike = [each for header in headers for each in header["servers"] if each["name"] == name]
    versions = {key: value for each in alike for key, value in each["versions"].items()}
    return {**alike[0], "versions": versions}


def _differences(first: NamedHeader, other: NamedHeader) -> Iterator[str]:
    name, header = other
    begin = f"{name} does not fit {first[0]}: "
    for text in _what_differs(first, other):
        yield begin + text
    for key, title in (("engines", ""), ("servers", "the server ")):
        known = _by_name([first[1]], key)
        for each in header[key]:
            before = known.get(each["name"])
            versions = _other_versions(before, each) if before else ""
            if versions:
                yield f"{begin}{title}{each['name']} is {versions}"


def _other_versions(before: Header, after: Header) -> str:
    """`156.0 there and 157.0 here`; empty: what both say is the same."""
    old, new = before.get("versions"), after.get("versions")
    if old is None or new is None:
        if all(before[key] == after[key] for key in ALIKE):
            return ""
        there, here = (f"{each['label']} ({each['driver']})" for each in (before, after))
        return f"{there} there and {here} here"
    other = next((key for key in old if old[key] != new.get(key, old[key])), None)
    return f"of {other} {old[other]} there and {new[other]} here" if other else ""


def _what_differs(first: NamedHeader, other: NamedHeader) -> Iterator[str]:
    """What of the plans does; in the words of whoever started the runs."""
    before, after = (part_from_json(dict(header)) for _, header in (first, other))
    if before is None or after is None:
        return
    if first[1]["harness"] != other[1]["harness"]:
        yield f"cors-harness {first[1]['harness']} there and {other[1]['harness']} here"
    elif before.whole != after.whole:
        yield _of_plans(before.whole, after.whole) or _of_options(first[1], other[1])
    counts = {size.shard.count for part in (before, after) for size in part.shards}
    if len(counts) > 1:
        smaller, larger = sorted(counts)[:2]
        yield f"one is a shard of {smaller}, one of {larger}"


def _of_plans(before: WholePlan, after: WholePlan) -> str:
    old, new = dict(before.files), dict(after.files)
    other = [name for name in old if name in new and old[name] != new[name]]
    lacking = [*(name for name in old if name not in new), *(n for n in new if n not in old)]
    texts = [f"{', '.join(names)} {word}" for names, word in ((other, "differs"),) if names]
    texts += [f"{', '.join(lacking)} is in one of them only"] if lacking else []
    return " and ".join(texts)


def _of_options(before: Header, after: Header) -> str:
    old, new = (" ".join(_without_shard(header["argv"])) for header in (before, after))
    return f"the options are others: found `{new}`; expected those of `{old}`"
