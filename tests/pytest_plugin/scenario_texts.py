"""Scenarios for the inner projects; each is a list item, so that they can be put together."""

PUT_JSON_ALLOWED = """\
- id: put-json-allowed
  title: PUT with JSON is allowed after a preflight
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  servers: [flask-cors, fastapi-cors-middleware]
  policy: {allow_origins: ["{page}"], allow_methods: [GET, PUT], allow_headers: [Content-Type]}
  request: {method: PUT, headers: {Content-Type: application/json}, body: '{"n": 1}'}
  expect: {outcome: allowed, wire: [preflight, request]}
"""

ANSWERED = """\
- id: answered
  title: An answer that allows the page
  spec: https://fetch.spec.whatwg.org/#cors-check
  response: {headers: {Access-Control-Allow-Origin: "{page}"}}
  request: {}
  expect: {outcome: allowed, wire: [request]}
"""

# flask-options puts CORS headers on its answer to the preflight alone.
WRONG = """\
- id: wrongly-allowed
  title: PUT is said to be allowed, and is not
  spec: https://fetch.spec.whatwg.org/#cors-check
  servers: [flask-options]
  policy: {allow_origins: ["{page}"], allow_methods: [PUT]}
  request: {method: PUT}
  expect: {outcome: allowed, preflight: true}
"""

# flask-after-request can allow only one origin.
SEVERAL_ORIGINS = """\
- id: several-origins
  title: One of several allowed origins
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["{page}", "http://other.example"]}
  request: {}
  expect: {outcome: allowed, wire: [request]}
"""

HANGS = """\
- id: never-answered
  title: A server that never answers
  spec: https://fetch.spec.whatwg.org/#concept-network-error
  response: {fault: hang}
  request: {timeout_ms: 300000}
  expect: {outcome: timeout, wire: [request]}
"""

# Everything in it is wrong, and it is still read as a scenario file.
BROKEN = """\
- id: Not An Id
  title: A file with mistakes
  spec: https://fetch.spec.whatwg.org/#cors-check
  response: {}
  request: {metod: GET}
  expect: {outcome: alowed}
"""
SYNTAX_ERROR = ANSWERED + '- id: "never closed\n'

MOLECULE = """\
---
dependency: {name: galaxy}
driver: {name: docker}
platforms:
  - name: instance
provisioner:
  name: ansible
"""
PLAYBOOK = """\
- name: Converge
  hosts: all
  tasks:
    - name: Include role
      ansible.builtin.include_role: {name: app}
"""
TAVERN = """\
test_name: Log in
stages:
  - name: send the form
    request: {url: "http://127.0.0.1/login", method: POST}
    response: {status_code: 200}
"""
KUBERNETES = """\
apiVersion: v1
kind: Pod
spec:
  containers: []
"""
COMPOSE = """\
services:
  web: {image: nginx}
"""
