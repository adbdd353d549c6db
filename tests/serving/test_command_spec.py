"""Commands that start a user's server: how they are split, and what is wrong with them."""

import pytest

from cors_harness.errors import UsageError
from cors_harness.serving.user.command import parse_command

COMMANDS = {
    "port in an argument": ("run -b 127.0.0.1:{port}", ("run", "-b", "127.0.0.1:81"), {}),
    "port twice": ("run {port}:{port}", ("run", "81:81"), {}),
    "port of the environment": ("run -b :$PORT", ("run", "-b", ":81"), {}),
    "port of the environment in braces": ("run -b:${PORT}", ("run", "-b:81"), {}),
    "quotes": (
        "run 'shop:create_app(\"a b\")' {port}",
        ("run", 'shop:create_app("a b")', "81"),
        {},
    ),
    "other braces": ("run {portal} {} {port}", ("run", "{portal}", "{}", "81"), {}),
    "environment": ("A=1 B='x y' run {port} C=3", ("run", "81", "C=3"), {"A": "1", "B": "x y"}),
    "port in the environment only": ("PORT={port} run", ("run",), {}),
    "port under another name": ("LISTEN=:{port} run", ("run",), {"LISTEN": ":81"}),
    "a shell of one's own": ("sh -c 'cd a && run {port}'", ("sh", "-c", "cd a && run 81"), {}),
}


@pytest.mark.parametrize(("text", "argv", "added"), COMMANDS.values(), ids=COMMANDS)
def test_command_is_split_and_told_its_port(
    text: str, argv: tuple[str, ...], added: dict[str, str]
) -> None:
    assert parse_command(text).on(81) == (
        argv,
        {"PORT": "81", "CORS_HARNESS_ENGINE": "all", **added},
    )


WRONG = {
    "no port": (
        "gunicorn shop:app",
        ["found no {port}", "-b 127.0.0.1:{port}", "PORT={port} gunicorn"],
    ),
    "another variable": ("run $PORTAL", ["found no {port}"]),
    "nothing": ("", ["found no program", "for example: gunicorn"]),
    "environment only": ("PORT={port}", ["found no program"]),
    "an open quote": ("run 'a {port}", ["cannot be read: no closing quotation"]),
    "two commands": ("make && run {port}", ["found '&&', which only a shell", "sh -c"]),
    "a pipe": ("run {port} | tee log", ["found '|'"]),
    "a redirection": ("run {port} > log", ["found '>'"]),
    "another folder": ("cd a ; run {port}", ["only a shell understands"]),
}


@pytest.mark.parametrize(("text", "phrases"), WRONG.values(), ids=WRONG)
def test_command_that_makes_no_sense_is_a_usage_error(text: str, phrases: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        parse_command(text)
    assert [phrase for phrase in phrases if phrase not in str(refused.value)] == []
