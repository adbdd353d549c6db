"""Both registries say the same of what can be wrong in either, all of it in one pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cors_harness.errors import UsageError
from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.reference.registry import load_registry

PROGRAM = '[program]\nnginx = {commands = ["nginx"], apt = ["nginx-light"]}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A kind of registry.

    Attributes:
        good: keys and values of a line without a mistake, in the order in which they are missed.
        wrong: the same with every kind of mistake, and what is said of it.
    """

    name: str
    load: Callable[[Path], object]
    head: str
    good: Mapping[str, str]
    wrong: Mapping[str, tuple[str, str]]

    def problems(self, folder: Path, text: str) -> list[str]:
        """What is said of `text`, without the file's name, which is before each of them."""
        file = folder / "registry.toml"
        file.write_text(self.head + text, encoding="utf-8")
        for name in ("flask_bare.py", "nginx.conf"):
            (folder / name).touch()
        with pytest.raises(UsageError) as caught:
            self.load(folder)
        lines = str(caught.value).splitlines()
        assert [line for line in lines if not line.startswith(f"{file}: ")] == []
        return [line.removeprefix(f"{file}: ") for line in lines]

    def line(self, changes: Mapping[str, str]) -> str:
        pairs = (f"{key} = {value}" for key, value in {**self.good, **changes}.items())
        return f"a = {{{', '.join(pairs)}}}"


WORDS = "allow_origins, allow_origin_regex, allow_methods, allow_headers, allow_credentials, "
WORDS += "expose_headers, max_age, several-origins"
REGISTRIES = (
    Registry(
        name="server registry",
        load=load_registry,
        head="",
        good={
            "app": '"flask_bare:f"',
            "interface": '"wsgi"',
            "versions": '["flask"]',
            "expresses": "[]",
        },
        wrong={
            "version": ("[]", "unknown key 'version'; did you mean 'versions'?"),
            "interface": (
                '"wsgy"',
                "interface: found 'wsgy'; expected one of wsgi, asgi, aiohttp, tornado, "
                "verbatim; did you mean 'wsgi'?",
            ),
            "versions": ("[1]", "versions: found [1]; expected a list of strings"),
            "expresses": (
                '["max"]',
                f"expresses: found 'max'; expected one of {WORDS}; did you mean 'max_age'?",
            ),
        },
    ),
    Registry(
        name="deployment registry",
        load=load_deployments,
        head=f"{PROGRAM}[deployment]\n",
        good={"program": '"nginx"', "interface": '"any"', "files": '["nginx.conf"]'},
        wrong={
            "mistakes": ("1", "unknown key 'mistakes'; did you mean 'mistake'?"),
            "interface": (
                '"wsgy"',
                "interface: found 'wsgy'; expected one of wsgi, asgi, any; did you mean 'wsgi'?",
            ),
            "configures": (
                '["max"]',
                f"configures: found 'max'; expected one of {WORDS}; did you mean 'max_age'?",
            ),
        },
    ),
)
both = pytest.mark.parametrize("registry", REGISTRIES, ids=lambda each: each.name)
LISTS = [
    *((REGISTRIES[0], key) for key in ("versions", "expresses")),
    *((REGISTRIES[1], key) for key in ("files", "configures")),
]


@both
def test_line_without_a_mistake_is_read(tmp_path: Path, registry: Registry) -> None:
    assert registry.problems(tmp_path, f"{registry.line({})}\nb = 1")[0].startswith("b: ")


@both
def test_text_that_is_no_toml(tmp_path: Path, registry: Registry) -> None:
    assert len(registry.problems(tmp_path, "a = {")) == 1


@both
def test_bytes_that_are_no_text(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "registry.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(UsageError, match=r"registry\.toml: .*can't decode"):
        registry.load(tmp_path)


@both
def test_line_that_is_no_table(tmp_path: Path, registry: Registry) -> None:
    (problem,) = registry.problems(tmp_path, "a = 1")
    assert problem.startswith("a: found 1; expected ")


@both
def test_all_keys_that_are_missing(tmp_path: Path, registry: Registry) -> None:
    first, *others = registry.good
    problems = registry.problems(tmp_path, f"a = {{{first} = {registry.good[first]}}}")
    assert problems == [f"a: {key} is missing" for key in others]


@pytest.mark.parametrize(
    ("registry", "key"),
    [
        pytest.param(each, key, id=f"{key} of the {each.name}")
        for each in REGISTRIES
        for key in each.wrong
    ],
)
def test_mistake_by_itself(tmp_path: Path, registry: Registry, key: str) -> None:
    value, sentence = registry.wrong[key]
    assert registry.problems(tmp_path, registry.line({key: value})) == [f"a: {sentence}"]


@both
def test_all_mistakes_in_one_pass(tmp_path: Path, registry: Registry) -> None:
    changes = {key: value for key, (value, _) in registry.wrong.items()}
    problems = registry.problems(tmp_path, registry.line(changes))
    assert sorted(problems) == sorted(f"a: {sentence}" for _, sentence in registry.wrong.values())


@pytest.mark.parametrize(("registry", "key"), LISTS)
@pytest.mark.parametrize(("value", "found"), [("[1]", "[1]"), ('"max_age"', "'max_age'")])
def test_no_list_of_strings(
    tmp_path: Path, registry: Registry, key: str, value: str, found: str
) -> None:
    problems = registry.problems(tmp_path, registry.line({key: value}))
    assert problems == [f"a: {key}: found {found}; expected a list of strings"]


@both
def test_missing_registry_names_the_file(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(UsageError) as caught:
        registry.load(tmp_path)
    file = tmp_path / "registry.toml"
    assert str(caught.value) == (
        f"{file}: cannot read the {registry.name}: No such file or directory"
    )
