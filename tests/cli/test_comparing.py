"""--fail-on: which classes fail."""

from pathlib import Path

import pytest

from cors_harness.cli.comparing import failing_classes
from cors_harness.errors import UsageError
from cors_harness.model.change import ChangeClass

GOOD: dict[str, tuple[str | None, set[str]]] = {
    "not given": (None, {"widened"}),
    "one": ("narrowed", {ChangeClass.NARROWED}),
    "several": ("widened,costlier", {ChangeClass.WIDENED, ChangeClass.COSTLIER}),
    "spaces and a comma too many": (" widened , cosmetic,", {"widened", "cosmetic"}),
    "with a hyphen": ("engine-changed", {ChangeClass.ENGINE_CHANGED}),
    "none": ("none", set()),
    "any": ("any", set(ChangeClass)),
}
BAD = {
    "misspelt": ("widend", "found 'widend'", "did you mean 'widened'?"),
    "other case": ("Widened", "found 'Widened'", "did you mean 'widened'?"),
    "one of two": ("widened,narow", "found 'narow'", "did you mean 'narrowed'?"),
    "nothing like it": ("zebra", "found 'zebra'", "expected some of widened, narrowed"),
    "nothing": ("", "found ''", "expected some of"),
    "any with another": ("any,widened", "found 'any'", "any stands alone"),
}


@pytest.mark.parametrize(("text", "classes"), GOOD.values(), ids=GOOD)
def test_classes(text: str | None, classes: set[str]) -> None:
    assert failing_classes(text) == classes


@pytest.mark.parametrize(("text", "found", "hint"), BAD.values(), ids=BAD)
def test_unknown_class_is_told_with_the_nearest(text: str, found: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        failing_classes(text)
    assert found in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("listed", "classes"),
    [
        pytest.param('["narrowed", "costlier"]', {"narrowed", "costlier"}, id="some"),
        pytest.param("[]", set(), id="nothing"),
        pytest.param('["none"]', set(), id="none"),
        pytest.param('["any"]', set(ChangeClass), id="any"),
    ],
)
def test_the_projects_classes_fail_unless_the_command_line_names_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str, classes: set[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.cors-harness]\nfail-on = {listed}\n")
    monkeypatch.chdir(tmp_path)
    assert failing_classes(None) == classes
    assert failing_classes("cheaper") == {"cheaper"}
