"""Mistakes that a scenario file may have, each with its whole message."""

GOOD = """\
- id: good
  title: t
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["{page}"]}
  request: {method: PUT, headers: {X-A: b}}
  expect: {outcome: allowed}
"""
POLICY = 'policy: {allow_origins: ["{page}"]}'
REQUEST = "request: {method: PUT, headers: {X-A: b}}"
EXPECT = "expect: {outcome: allowed}"
FETCH = "https://fetch.spec.whatwg.org/#"
WIRE_HINT = (
    "  a failed fetch alone proves nothing: state wire: [preflight] (refused by the preflight), "
    "[request] or [preflight, request] (the response was refused), or [] (nothing was sent) "
    f"{FETCH}cors-check"
)
PLACEHOLDERS = "{page}, {server}, {other}, {third}, {cell}, {token} or {unique}"
STATUS_RULE = "https://www.rfc-editor.org/rfc/rfc9110#name-status-codes"
FIELD_RULE = "https://www.rfc-editor.org/rfc/rfc9110#name-field-values"


def edited(before: str, after: str) -> str:
    """GOOD with one mistake put in."""
    assert GOOD.count(before) == 1, before
    return GOOD.replace(before, after)


# id -> (text of GOOD, what stands there instead, the whole message)
ONE_MISTAKE: dict[str, tuple[str, str, str]] = {
    # keys
    "unknown key": (
        "expect:",
        "expct:",
        "6:3: scenario: found the unknown key 'expct'; expected only id, title, spec, note, page, "
        "origins, server_host, expired_certificates, policy, response, servers, isolated, request, "
        "expect, except, steps, matrix\n"
        "  did you mean 'expect'?",
    ),
    "key twice": (
        "  title: t\n",
        "  title: t\n  title: u\n",
        "3:3: title: found the key twice; expected it once\n  the first one is in line 2, column 3",
    ),
    "no id": (
        "- id: good\n  title",
        "- title",
        "1:3: scenario: found no id; expected the key id\n"
        "  Name of the scenario; once in all files.",
    ),
    "policy and response": (
        "  request",
        "  response: {status: 200}\n  request",
        "1:3: scenario: found policy and response; expected one of them\n"
        "  policy is for the reference servers, response for verbatim: take one away",
    ),
    "steps and request": (
        "  request",
        "  steps: [{request: {}, expect: {outcome: allowed}}]\n  request",
        "1:3: scenario: found steps and request; expected one of them\n"
        "  put request, expect into an entry of steps",
    ),
    "neither request nor steps": (
        f"  {REQUEST}\n  {EXPECT}\n",
        "",
        "1:3: scenario: found neither request nor steps; expected one of them\n"
        "  request: what the page fetches; steps: several calls",
    ),
    "request without expect": (
        f"  {EXPECT}\n",
        "",
        "1:3: scenario: found no expect; expected the key expect\n  What must come out.",
    ),
    "no steps": (
        f"{REQUEST}\n  {EXPECT}",
        "steps: []",
        "5:10: steps: found an empty list; expected a list with at least 1",
    ),
    "step without expect": (
        f"{REQUEST}\n  {EXPECT}",
        "steps: [{request: {}}]",
        "5:11: steps: found no expect; expected the key expect\n  What must come out.",
    ),
    # single values
    "id with capitals": (
        "good",
        "Good_One",
        "1:7: id: found 'Good_One'; expected small letters a-z, digits and hyphens only",
    ),
    "nothing where text belongs": (
        "title: t",
        "title:",
        '2:9: title: found nothing; expected text\n  for empty text write ""',
    ),
    "spec by http": (
        "https",
        "http",
        "3:9: spec: found 'http://fetch.spec.whatwg.org/#cors-check'; expected an https URL\n"
        f"  link the clause that decides, such as {FETCH}cors-check",
    ),
    "unknown word": (
        "method: PUT",
        "credentials: included",
        "5:26: credentials: found 'included'; expected omit, same-origin or include\n"
        f"  did you mean 'include'? {FETCH}concept-request-credentials-mode",
    ),
    "yes for true": (
        '["{page}"]}',
        '["{page}"], allow_credentials: yes}',
        "4:58: allow_credentials: found 'yes'; expected true or false\n  'yes' is not taken",
    ),
    "True for true": (
        '["{page}"]}',
        '["{page}"], allow_credentials: True}',
        "4:58: allow_credentials: found 'True'; expected true or false\n  did you mean 'true'?",
    ),
    "fraction": (
        '["{page}"]}',
        '["{page}"], max_age: 1.5}',
        "4:48: max_age: found '1.5'; expected a whole number from -1 to 10000000000 (seconds)\n"
        "  write decimal digits without leading zeros",
    ),
    "octal": (
        '["{page}"]}',
        '["{page}"], max_age: 010}',
        "4:48: max_age: found '010'; expected a whole number from -1 to 10000000000 (seconds)\n"
        "  write decimal digits without leading zeros",
    ),
    "text where a list belongs": (
        "allowed}",
        "allowed, wire: request}",
        "6:36: wire: found 'request'; expected a list\n  write [request]",
    ),
    "foreign page host": (
        "  policy",
        "  page: example.org\n  policy",
        "4:9: page: found 'example.org'; expected 127.0.0.1, localhost or NAME.localhost, "
        "an origin such as https://app.example.com, or a place: "
        "window, worker, sandboxed-frame",
    ),
    "foreign server host": (
        "  policy",
        "  server_host: example.org\n  policy",
        "4:16: server_host: found 'example.org'; expected 127.0.0.1, localhost or NAME.localhost",
    ),
    "misspelt page place": (
        "  policy",
        "  page: workr\n  policy",
        "4:9: page: found 'workr'; expected 127.0.0.1, localhost or NAME.localhost, "
        "an origin such as https://app.example.com, or a place: "
        "window, worker, sandboxed-frame\n  did you mean 'worker'?",
    ),
    "URL for path": (
        "method: PUT",
        "path: http://x/",
        "5:19: path: found 'http://x/'; expected a path that starts with /\n"
        "  the origin is stated by at:, the path starts with /",
    ),
    "body with GET": (
        "method: PUT",
        "body: x",
        "5:19: body: found a body for GET; expected no body for it\n"
        "  fetch() refuses it before anything is sent: state another method "
        f"{FETCH}dom-request",
    ),
    # placeholders
    "unknown placeholder": (
        "  request: {",
        '  request: {path: "/x?{tokn}", ',
        f"5:19: path: found the placeholder '{{tokn}}'; expected {PLACEHOLDERS}\n"
        "  did you mean '{token}'?",
    ),
    "unknown placeholder in the policy": (
        "{page}",
        "{pages}",
        "4:28: allow_origins: found the placeholder '{pages}'; expected {page}\n"
        "  did you mean '{page}'?",
    ),
    **{
        f"{name} in the policy": (
            "{page}",
            f"{{{name}}}",
            f"4:28: allow_origins: found the placeholder '{{{name}}}'; expected {{page}}\n"
            "  {page} is all that is known when the server is given its allow_origins",
        )
        for name in ("server", "other", "third", "cell", "token")
    },
    "server in the policy's regular expression": (
        'allow_origins: ["{page}"]',
        "allow_origin_regex: '{server}|x{2}'",
        "4:32: allow_origin_regex: found the placeholder '{server}'; expected {page}\n"
        "  {page} is all that is known when the server is given its allow_origin_regex",
    ),
    "placeholder without quotes": (
        '"{page}"',
        "{page}",
        '4:28: allow_origins: found a mapping; expected text\n  quote it: "{page}"',
    ),
    # headers
    "request header name": (
        "X-A",
        '"X A"',
        "5:36: X A: found 'X A'; expected a header name "
        "(letters, digits and some of !#$%&'*+-.^_`|~)",
    ),
    "line break in a request header": (
        "X-A: b",
        'X-A: [b, "c\\n"]',
        "5:45: X-A: found 'c\\n'; expected a value without CR, LF or NUL\n"
        "  write each header on its own",
    ),
    "header list without pairs": (
        "{X-A: b}",
        "[X-A]",
        "5:36: headers: found 'X-A'; expected a pair [name, value]\n  write [X-Name, \"value\"]",
    ),
    "headers as text": (
        "{X-A: b}",
        "X-A",
        "5:35: headers: found 'X-A'; expected headers: a mapping, or a list of [name, value]\n"
        "  for none write {}",
    ),
    # expectations
    "no outcome": (
        "outcome: allowed",
        "status: 200",
        "6:11: expect: found no outcome; expected the key outcome\n"
        "  What the page gets, agreed by the wire; {} leaves all open",
    ),
    "blocked without the wire": (
        "allowed",
        "blocked",
        "6:21: outcome: found 'blocked'; expected wire, preflight or exchanges beside it\n"
        + WIRE_HINT,
    ),
    "preflight and wire disagree": (
        "allowed",
        "allowed, preflight: true, wire: [request]",
        "6:53: wire: found preflight: true beside wire: [request]; expected that both say the same",
    ),
    "reason for what is allowed": (
        "allowed",
        "allowed, reason: network",
        "6:38: reason: found a reason beside outcome: allowed; "
        "expected it with blocked or failed only",
    ),
    "null for a body": (
        "allowed",
        "allowed, body: null",
        "6:36: body: found null (null without quotes); expected text\n"
        "  quote it if the text is meant; leave the key away if nothing is asserted",
    ),
    "several values expected of a header": (
        "allowed",
        "allowed, sent: {Origin: [a]}",
        "6:45: Origin: found a list; expected a value, or null for absent\n  join several by ', '",
    ),
    "a name of no header in a list": (
        "allowed",
        "allowed, readable: ['ETag: 1']",
        "6:41: readable: found 'ETag: 1'; expected a header name\n"
        f"  {FETCH}cors-safelisted-response-header-name",
    ),
    "header expected twice in a list": (
        "allowed",
        "allowed, sent: [Origin, {origin: a}]",
        "6:46: sent: found 'origin'; expected every header once\n  case makes no difference",
    ),
    "headers expected as text": (
        "allowed",
        "allowed, sent: Origin",
        "6:36: sent: found 'Origin'; expected a mapping from header name to value or null\n"
        '  write {X-Name: "value"}, or [X-Name] for any value',
    ),
    "no outcome in the list": (
        "allowed",
        "[]",
        "6:21: outcome: found an empty list; expected at least one value\n  leave the key away",
    ),
    "unknown key of an exchange": (
        "allowed",
        "allowed, exchanges: [{kind: request, headers: {}}]",
        "6:58: exchanges: found the unknown key 'headers'; expected only kind, method, at, path, "
        "status, request_headers, response_headers, request_body_bytes, body_bytes\n"
        "  did you mean 'request_headers'?",
    ),
    "an exchange as a word": (
        "allowed",
        "allowed, exchanges: [request]",
        "6:42: exchanges: found 'request'; expected a mapping with keys such as "
        "kind, method, at or path",
    ),
    "header expected twice": (
        "allowed",
        "allowed, sent: {Origin: a, origin: b}",
        "6:48: sent: found 'origin'; expected every header once\n  case makes no difference",
    ),
    # except
    "except as a mapping": (
        EXPECT,
        f"{EXPECT}\n  except: {{server: x, outcome: opaque}}",
        "7:11: except: found a mapping; expected a list\n"
        "  put '- ' before its first key and indent the others like it",
    ),
    "except for nobody": (
        EXPECT,
        f"{EXPECT}\n  except: [{{outcome: opaque}}]",
        "7:12: except: found neither server nor engine; expected at least one of them\n"
        "  name what the entry is for",
    ),
    "except without a change": (
        EXPECT,
        f"{EXPECT}\n  except: [{{server: x}}]",
        "7:12: except: found nothing that it changes; expected one of outcome, preflight, wire, "
        "exchanges, status, status_text, response_type, redirected, url, body, readable, sent, "
        "preflight_sent, reason\n"
        "  state what comes out there, such as outcome: blocked",
    ),
    "except blocks without the wire": (
        EXPECT,
        f"{EXPECT}\n  except: [{{server: x, outcome: blocked}}]",
        "7:12: except: found outcome: blocked without wire, preflight or exchanges; "
        "expected one of them here or in expect\n" + WIRE_HINT,
    ),
    "unknown engine": (
        EXPECT,
        f"{EXPECT}\n  except: [{{engine: webkitt, outcome: opaque}}]",
        "7:21: engine: found 'webkitt'; expected chromium, firefox or webkit\n"
        "  did you mean 'webkit'?",
    ),
    "known without a source": (
        EXPECT,
        f"{EXPECT}\n  except: [{{engine: webkit, outcome: opaque, known: x}}]",
        "7:53: known: found 'x'; expected an https URL, or \"measured: \" and what was measured\n"
        '  link the bug, or write "measured: Chromium 156, …" in quotes',
    ),
    "except for a server that does not run": (
        EXPECT,
        f"{EXPECT}\n  servers: [a]\n  except: [{{server: x, outcome: opaque}}]",
        "8:11: except: found 'x', not in servers; expected servers that run\n"
        "  add it to servers, or take the entry away",
    ),
    "verbatim with a policy": (
        EXPECT,
        f"{EXPECT}\n  servers: [verbatim]",
        "7:12: servers: found 'verbatim'; expected reference servers only\n"
        "  response is answered by verbatim, policy by all other servers",
    ),
    # answers
    "reference server with answers": (
        POLICY,
        "servers: [flask-cors]\n  response: {}",
        "4:12: servers: found 'flask-cors'; expected verbatim only\n"
        "  response is answered by verbatim, policy by all other servers",
    ),
    "status of two digits": (
        POLICY,
        "response: {status: 99}",
        f"4:22: status: found '99'; expected a whole number from 200 to 999\n  {STATUS_RULE}",
    ),
    "no answers": (
        POLICY,
        "response: []",
        "4:13: response: found an empty list; expected at least one value\n  leave the key away",
    ),
    "query in an answer's path": (
        POLICY,
        "response: {path: /x?y}",
        "4:20: path: found '/x?y'; expected a path without query",
    ),
    "redirect that loses the cell": (
        POLICY,
        'response: {status: 302, headers: {Location: "{other}/landing"}}',
        "4:36: Location: found '{other}/landing'; expected {cell} in its query\n"
        "  write '{other}/landing?{cell}', "
        "so that the request after the redirect belongs to this cell",
    ),
    "redirect with query and fragment that loses the cell": (
        POLICY,
        'response: {status: 302, headers: {Location: "/x?a=b#c"}}',
        "4:36: Location: found '/x?a=b#c'; expected {cell} in its query\n"
        "  write '/x?a=b&{cell}#c', so that the request after the redirect belongs to this cell",
    ),
    "misspelt header of the request": (
        POLICY,
        'response: {headers: {X: "{request.headers.X-A}"}}',
        "4:27: X: found the placeholder '{request.headers.X-A}'; expected {origin} or "
        "{request.header.NAME}\n  NAME is any header of the request",
    ),
    "header of the request without a name, in a body": (
        POLICY,
        'response: {body: "a {request.header.} b"}',
        "4:20: body: found the placeholder '{request.header.}'; expected {origin} or "
        "{request.header.NAME}\n  NAME is any header of the request",
    ),
    "value of a cell in a header of the server": (
        POLICY,
        'response: {headers: {X: "{unique}"}}',
        "4:27: X: found the placeholder '{unique}'; expected {page}, {server}, {other}, {third}, "
        "{cell}, {token} or {origin}\n"
        "  {page}, {server}, {other}, {third}, {cell}, {token} or {origin} is all that is known "
        "when the server is given its X https://www.rfc-editor.org/rfc/rfc9110#name-field-values",
    ),
    "value of a cell in a body of the server": (
        POLICY,
        'response: {body: "bob-{unique}"}',
        "4:20: body: found the placeholder '{unique}'; expected none of a request\n"
        "  the page sends it; the server answers the same to every cell, but for {token}",
    ),
    "origin of the request as the status": (
        POLICY,
        'response: {status: "{origin}"}',
        "4:22: status: found '{origin}'; expected a number or {request.header.NAME}\n"
        f"  {STATUS_RULE}",
    ),
    "misspelt header of the request as the status": (
        POLICY,
        'response: {status: "{request.X-Status}"}',
        "4:22: status: found the placeholder '{request.X-Status}'; expected {origin} or "
        "{request.header.NAME}\n  NAME is any header of the request",
    ),
    "origin of the request outside of answers": (
        "{X-A: b}",
        '{X-A: "{origin}"}',
        f"5:41: X-A: found the placeholder '{{origin}}'; expected {PLACEHOLDERS}",
    ),
    "redirect to the request's origin that loses the cell": (
        POLICY,
        'response: {status: 302, headers: {Location: "{origin}/landing"}}',
        "4:36: Location: found '{origin}/landing'; expected {cell} in its query\n"
        "  write '{origin}/landing?{cell}', "
        "so that the request after the redirect belongs to this cell",
    ),
    "CR LF in an answer's header": (
        POLICY,
        'response: {headers: {X: "a\\r\\nb"}}',
        "4:27: X: found 'a\\r\\nb'; expected a value without CR, LF\n"
        f"  write each header on its own {FIELD_RULE}",
    ),
    "character that is no byte": (
        POLICY,
        'response: {headers: {X: "€"}}',
        "4:27: X: found '€'; expected a value of bytes (characters up to U+00FF)\n"
        f'  write single bytes as "\\xNN" in double quotes {FIELD_RULE}',
    ),
    "colon in an answer's header name": (
        POLICY,
        'response: {headers: {"X:": a}}',
        "4:24: X:: found 'X:'; expected a header name without colon, line break or characters "
        'above U+00FF\n  write single bytes as "\\xNN" in double quotes',
    ),
}
