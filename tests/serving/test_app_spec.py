"""What names an app of the user's: its shapes, and the mistakes in them."""

import pytest

from cors_harness.errors import UsageError
from cors_harness.serving.user.app_spec import Arguments, parse_app_spec


@pytest.mark.parametrize(
    ("text", "module", "path", "arguments"),
    [
        ("shop:app", "shop", ("app",), None),
        ("shop.main:site.wsgi", "shop.main", ("site", "wsgi"), None),
        ("shop:create_app()", "shop", ("create_app",), Arguments(positional=(), by_name={})),
        (
            'shop:Shop.make("a:b", [1, -2.5], debug=True)',
            "shop",
            ("Shop", "make"),
            Arguments(positional=("a:b", [1, -2.5]), by_name={"debug": True}),
        ),
    ],
)
def test_spec_is_parsed(
    text: str, module: str, path: tuple[str, ...], arguments: Arguments | None
) -> None:
    spec = parse_app_spec(text)
    assert (spec.module, spec.path, spec.arguments) == (module, path, arguments)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        pytest.param("shop", ["expected module:app", "did you mean 'shop:app'?"], id="no colon"),
        pytest.param("", ["found the module ''"], id="empty"),
        pytest.param("shop/main.py", ["did you mean 'shop.main:app'?"], id="a file"),
        pytest.param("./shop.py:create_app()", ["did you mean 'shop:create_app()'?"], id="./"),
        pytest.param("my-shop:app", ["found the module 'my-shop'"], id="no module name"),
        pytest.param("shop:", ["did you mean 'shop:app'?"], id="nothing behind the colon"),
        pytest.param("shop:app[0]", ["found 'app[0]' behind the colon"], id="a subscript"),
        pytest.param("shop:make()()", ["found 'make()()' behind the colon"], id="two calls"),
        pytest.param("shop:app if", ["cannot read 'app if'"], id="no expression"),
        pytest.param("shop:make(DEBUG)", ["found the argument DEBUG"], id="a name"),
        pytest.param("shop:make(x=open('f'))", ["found the argument open('f')"], id="a call"),
        pytest.param("shop:make(*[1])", ["found the argument *[1]"], id="unpacked"),
        pytest.param("shop:make(**{})", ["found the argument **{}", "literals"], id="**"),
    ],
)
def test_malformed_spec_says_what_was_expected(text: str, phrases: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_app_spec(text)
    message = str(caught.value)
    assert message.startswith(f"app {text!r}: ")
    assert [phrase for phrase in phrases if phrase not in message] == []
