"""`matrix:` repeats a scenario for every combination of its axes."""

from collections.abc import Callable

import pytest

from cors_harness.corpus.lookalikes import ATTACKS
from cors_harness.loading.scenarios import Loaded
from cors_harness.model.scenario import FetchContext

Read = Callable[[str], Loaded]

PATTERN = """\
- id: a
  title: "{title}"
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {matrix}
  response: {{}}
  request: {request}
  expect: {expect}
"""


def text(
    matrix: str, title: str = "t", request: str = "{}", expect: str = "{outcome: allowed}"
) -> str:
    return PATTERN.format(matrix=matrix, title=title, request=request, expect=expect)


def test_ids_have_a_part_for_every_axis_in_file_order(read: Read) -> None:
    matrix = "{method: [PUT, DELETE], credentials: {without: omit, with: include}}"
    request = '{method: "{method}", credentials: "{credentials}"}'
    scenarios, problems = read(text(matrix, "{method} now", request))
    assert problems == ()
    assert [
        (s.id, s.title, s.steps[0].call.method, s.steps[0].call.credentials) for s in scenarios
    ] == [
        ("a-put-without", "PUT now", "PUT", "omit"),
        ("a-put-with", "PUT now", "PUT", "include"),
        ("a-delete-without", "DELETE now", "DELETE", "omit"),
        ("a-delete-with", "DELETE now", "DELETE", "include"),
    ]


def test_values_become_small_letters_digits_and_hyphens_in_the_id(read: Read) -> None:
    scenarios, _ = read(text('{x: ["text/plain; a=B", " 200 "]}', "{x}"))
    assert [scenario.id for scenario in scenarios] == ["a-text-plain-a-b", "a-200"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param("null", None, id="plain null: absent"),
        pytest.param('"null"', "null", id="quoted null: the text"),
        pytest.param('"{page}"', "{page}", id="placeholders stay"),
    ],
)
def test_axis_alone_stands_for_the_value_as_written(
    read: Read, value: str, found: str | None
) -> None:
    expect = '{outcome: allowed, sent: {Origin: "{x}"}}'
    scenarios, problems = read(text(f"{{x: {{v: {value}}}}}", expect=expect))
    assert problems == ()
    assert scenarios[0].steps[0].expect.sent == (("Origin", found),)


def test_axis_may_stand_for_numbers_flags_lists_and_keys(read: Read) -> None:
    matrix = "{n: [204], f: ['true'], w: {r: [preflight, request]}, h: [X-B]}"
    expect = '{outcome: allowed, status: "{n}", preflight: "{f}", wire: "{w}"}'
    scenarios, problems = read(text(matrix, "t", '{headers: {"{h}": 1}}', expect))
    assert problems == ()
    step = scenarios[0].steps[0]
    assert (step.expect.status, step.expect.preflight) == (204, True)
    assert step.expect.wire == ("preflight", "request")
    assert step.call.headers == (("X-B", "1"),)


def test_braces_in_a_body_stay(read: Read) -> None:
    request = """{method: PUT, body: '{"n": {x}, "m": {other_name}, "o": {}}'}"""
    scenarios, problems = read(text("{x: [1]}", request=request))
    assert problems == ()
    assert scenarios[0].steps[0].call.body == '{"n": 1, "m": {other_name}, "o": {}}'


# id -> (matrix, title, message behind `x.yaml:`)
WRONG: dict[str, tuple[str, str, str]] = {
    "axis never used": (
        "{method: [A, B]}",
        "t",
        "4:12: matrix: found the axis method, not used; expected {method} in the scenario\n"
        "  write {method} where the values shall stand, or take the axis away",
    ),
    "axis with a placeholder's name": (
        "{page: [A, B]}",
        "{page}",
        "4:12: matrix: found 'page'; expected another name\n  {page} has a meaning of its own",
    ),
    "axis with capitals": (
        "{Method: [A, B]}",
        "{Method}",
        "4:12: matrix: found 'Method'; expected an axis named by small letters, digits and _",
    ),
    "value without letters": (
        '{m: ["*"]}',
        "{m}",
        "4:16: m: found '*'; expected a value with letters or digits\n"
        '  give it a name for the id, such as {star: "*"} instead of ["*"]',
    ),
    "values that differ in case only": (
        "{m: [put, PUT]}",
        "{m}",
        "4:15: m: found 'put' for several values; expected values that differ in the id\n"
        "  give them names of their own: {NAME: value}",
    ),
    "name with capitals": (
        "{m: {PUT: put}}",
        "{m}",
        "4:16: m: found 'PUT'; expected a name for the id: small letters, digits and hyphens",
    ),
    "list of axes": (
        "[a]",
        "t",
        "4:11: matrix: found a list; expected a mapping from axis to values\n"
        "  write {method: [PUT, DELETE]}",
    ),
    "one value": (
        "{m: a}",
        "{m}",
        "4:15: m: found 'a'; expected values: a list, or a mapping from name to value\n"
        "  write [PUT, DELETE] or {put: PUT}",
    ),
    "no values": (
        "{m: []}",
        "{m}",
        "4:15: m: found an empty one; expected values: a list, or a mapping from name to value\n"
        "  write [PUT, DELETE] or {put: PUT}",
    ),
    "list inside text": (
        "{m: {a: [A]}}",
        "x{m}",
        "2:10: matrix: found 'x{m}'; expected {m} alone\n"
        "  {m} is a list, which can only stand alone",
    ),
    "misspelt use": (
        "{method: [A]}",
        "{method} {metod}",
        "2:10: title: found the placeholder '{metod}'; expected {page}, {server}, {other}, "
        "{third}, {cell}, {token}, {unique} or {method}\n  did you mean '{method}'?",
    ),
    "lookalikes of no origin": (
        "{m: {lookalikes_of: app.example.com}}",
        "{m}",
        "4:31: lookalikes_of: found 'app.example.com'; expected an origin such as "
        "https://app.example.com\n"
        "  expected http:// or https:// and a host, such as https://app.example.com",
    ),
    "spellings of an origin with a slash": (
        "{m: {spellings_of: [https://a.example, https://b.example/]}}",
        "{m}",
        "4:50: spellings_of: found 'https://b.example/'; expected an origin such as "
        "https://app.example.com\n"
        "  an origin has nothing behind host and port, so without '/'",
    ),
    "lookalikes of nothing": (
        "{m: {lookalikes_of: []}}",
        "{m}",
        "4:31: lookalikes_of: found an empty list; expected at least one value\n"
        "  leave the key away",
    ),
    "corpus that is misspelt": (
        "{m: {lookalike_of: https://a.example}}",
        "{m}",
        "4:16: m: found the unknown key 'lookalike_of'; expected only lookalikes_of, "
        "spellings_of, without\n  did you mean 'lookalikes_of'?",
    ),
    "corpus with a hyphen": (
        "{m: {spellings-of: https://a.example}}",
        "{m}",
        "4:16: m: found the unknown key 'spellings-of'; expected only lookalikes_of, "
        "spellings_of, without\n  did you mean 'spellings_of'?",
    ),
    "corpus with values beside it": (
        "{m: {lookalikes_of: https://a.example, own: https://b.example}}",
        "{m}",
        "4:50: m: found the unknown key 'own'; expected only lookalikes_of, spellings_of, without",
    ),
    "two corpora": (
        "{m: {lookalikes_of: https://a.example, spellings_of: https://a.example}}",
        "{m}",
        "4:15: m: found both; expected one of lookalikes_of or spellings_of\n"
        "  write {lookalikes_of: https://app.example.com}",
    ),
    "corpus without a page that it has not": (
        "{m: {spellings_of: https://a.example, without: upper}}",
        "{m}",
        "4:58: without: found 'upper'; expected upper-case, trailing-slash or default-port\n"
        "  did you mean 'upper-case'?",
    ),
    "corpus without all of its pages": (
        "{m: {spellings_of: 'http://[::1]:3000', without: [trailing-slash]}}",
        "{m}",
        "4:60: without: found every page of the corpus; expected some page that is left",
    ),
    "attack alone": (
        "{m: {lookalikes_of: https://a.example}}",
        "{m_attack}",
        "4:12: matrix: found the axis m, not used; expected {m} in the scenario\n"
        "  write {m} where the values shall stand, or take the axis away",
    ),
    "axis with the name of an attack": (
        "{m: {lookalikes_of: https://a.example}, m_attack: [a]}",
        "{m} {m_attack}",
        "4:51: matrix: found 'm_attack'; expected another name\n"
        "  {m_attack} is the line on an origin's attack",
    ),
    "attack of an ordinary axis": (
        "{m: [a]}",
        "{m} {m_attack}",
        "2:10: title: found the placeholder '{m_attack}'; expected {page}, {server}, {other}, "
        "{third}, {cell}, {token}, {unique} or {m}",
    ),
    "too many combinations": (
        f"{{m: {list(range(30))}, n: {list(range(30))}}}",
        "{m}{n}",
        "1:3: matrix: found 900 combinations; expected at most 500\n"
        "  write fewer values, or several scenarios or files",
    ),
    "too much text": (
        f"{{m: [{'y' * 10_000}]}}",
        "{m}" * 1000,
        "1:3: matrix: found more text than a file may expand to; "
        "expected at most 5000000 characters\n  write fewer values, or several scenarios or files",
    ),
}


@pytest.mark.parametrize(("matrix", "title", "message"), WRONG.values(), ids=WRONG)
def test_wrong_matrix_gives_one_message(read: Read, matrix: str, title: str, message: str) -> None:
    scenarios, problems = read(text(matrix, title))
    assert [str(problem) for problem in problems] == [f"x.yaml:{message}"]
    assert scenarios == ()


def test_mistake_beside_the_matrix_is_reported_once(read: Read) -> None:
    _, problems = read(text("{m: [A, B, C]}", "{m}", "{mode: corse}"))
    assert [problem.key for problem in problems] == ["mode"]


CORPUS = """\
- id: a
  title: "{from} stays outside"
  note: "{from_attack}"
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {from: {lookalikes_of: https://app.example.com}}
  page: "{from}"
  response: {}
  request: {}
  expect: {outcome: blocked, wire: [request]}
"""


def test_lookalikes_are_pages_with_a_line_on_the_attack(read: Read) -> None:
    scenarios, problems = read(CORPUS)
    assert problems == ()
    by_id = {scenario.id: scenario for scenario in scenarios}
    suffix, null = by_id["a-suffix"], by_id["a-null"]
    assert str(suffix.page.origin) == "https://app.example.com.attacker.example"
    assert suffix.title == "https://app.example.com.attacker.example stays outside"
    assert suffix.note == ATTACKS["suffix"]
    assert (null.page.origin, null.page.place) == (None, FetchContext.SANDBOXED_FRAME)


def test_lookalikes_of_several_origins_leave_all_of_them_out(read: Read) -> None:
    both = "[https://app.example.com, https://example.com]"
    scenarios, problems = read(CORPUS.replace("of: https://app.example.com", f"of: {both}"))
    assert problems == ()
    assert "https://example.com" not in {str(each.page.origin) for each in scenarios}


def test_some_pages_of_a_corpus_may_be_left_out(read: Read) -> None:
    text = CORPUS.replace("example.com}", "example.com, without: [parent-domain, foreign]}")
    scenarios, problems = read(text)
    assert problems == ()
    ids = {scenario.id for scenario in scenarios}
    assert "a-suffix" in ids
    assert not {"a-parent-domain", "a-foreign"} & ids


def test_spellings_are_pages_of_the_origin_typed_otherwise(read: Read) -> None:
    text = CORPUS.replace("lookalikes_of", "spellings_of").replace("{from} stays outside", "t")
    scenarios, problems = read(text)
    assert problems == ()
    assert {each.id: (str(each.page.origin), each.page.typed) for each in scenarios} == {
        "a-upper-case": ("https://app.example.com", "https://APP.EXAMPLE.COM"),
        "a-trailing-slash": ("https://app.example.com", "https://app.example.com/"),
        "a-default-port": ("https://app.example.com", "https://app.example.com:443"),
    }
