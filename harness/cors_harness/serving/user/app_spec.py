"""AppSpec: names an app of the user's, as in `shop.main:app` or `shop:create_app("prod")`."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.text.problems import suggestion

SHAPE = "module:app, such as shop.main:app, or module:factory(), such as shop:create_app()"
UNDER_MAIN = "a module that starts a server does so under if __name__ == '__main__':"
BY_COMMAND = "--command 'python shop.py --port {port}' runs a server that only starts by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a factory is called with: literals only."""

    positional: tuple[Any, ...]
    by_name: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSpec:
    """The name of an app, taken apart.

    Attributes:
        text: as the user wrote it.
        module: dotted, for the import.
        path: attribute names that lead from the module to the app or its factory.
        arguments: None: the attribute is the app; else it is a factory and is called.
    """

    text: str
    module: str
    path: tuple[str, ...]
    arguments: Arguments | None

    @property
    def named(self) -> str:
        """The attribute as one writes it, without the call."""
        return ".".join(self.path)


def parse_app_spec(text: str) -> AppSpec:
    """The app that `text` names; imports nothing.

    Raises:
        UsageError: it has another shape, or an argument of the factory is no literal.
    """
    module, colon, rest = text.strip().partition(":")
    _check_module(text, module, colon + rest)
    if not rest:
        raise malformed(text, f"expected {SHAPE}", f"{module}:app")
    expression = _parsed(text, rest)
    call = expression if isinstance(expression, ast.Call) else None
    path = _path(call.func if call else expression)
    if not path:
        raise malformed(text, f"found {rest!r} behind the colon; expected a name or name(…)")
    arguments = _arguments(text, call) if call else None
    return AppSpec(text=text, module=module, path=path, arguments=arguments)


def malformed(text: str, problem: str, correction: str = "") -> UsageError:
    """The error for an app spec that names nothing that can be served."""
    hint = suggestion(correction, "\n  ")
    return UsageError(f"app {text!r}: {problem}{hint}")


def _check_module(text: str, module: str, rest: str) -> None:
    if all(name.isidentifier() for name in module.split(".")) and not module.endswith(".py"):
        return
    dotted = module.removesuffix(".py").removeprefix("./").strip("/").replace("/", ".")
    is_path = all(name.isidentifier() for name in dotted.split("."))
    correction = f"{dotted}{rest or ':app'}" if is_path else ""
    raise malformed(text, f"found the module {module!r}; expected {SHAPE}", correction)


def _parsed(text: str, rest: str) -> ast.expr:
    try:
        return ast.parse(rest.strip(), mode="eval").body
    except (SyntaxError, ValueError) as exc:  # ValueError: a null byte
        raise malformed(text, f"cannot read {rest!r}; expected {SHAPE}") from exc


def _path(expression: ast.expr) -> tuple[str, ...]:
    match expression:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=name):
            before = _path(value)
            return (*before, name) if before else ()
        case _:
            return ()


def _arguments(text: str, call: ast.Call) -> Arguments:
    return Arguments(
        positional=tuple(_literal(text, argument) for argument in call.args),
        by_name={
            _keyword(text, argument): _literal(text, argument.value) for argument in call.keywords
        },
    )


def _keyword(text: str, keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise _no_literal(text, f"**{ast.unparse(keyword.value)}")
    return keyword.arg


def _literal(text: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError) as exc:  # TypeError: {[]: 1}
        raise _no_literal(text, ast.unparse(node)) from exc


def _no_literal(text: str, argument: str) -> UsageError:
    return malformed(
        text,
        f"found the argument {argument}; expected literals, such as 'prod', 8080 or True"
        "\n  what needs more than literals goes into a module of yours that makes the app",
    )
