"""Scenarios that show at once whether a browser calls and records as any other, as text."""

from tests.run.batches import SPEC

ALLOWED_PUT = f"""\
- id: put
  title: A preflight, and a page that reads what the server says of it
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"], allow_methods: [PUT]}}
  servers: [flask-cors]
  request: {{method: PUT}}
  expect: {{outcome: allowed, status: 200, wire: [preflight, request]}}
"""
BLOCKED_IN_PLACES = f"""\
- id: blocked
  title: A server that allows somebody else, called by a {{place}}
  spec: {SPEC}
  page: "{{place}}"
  response: {{headers: {{Access-Control-Allow-Origin: "https://example.com"}}}}
  request: {{}}
  expect: {{outcome: blocked, reason: allow-origin-mismatch, wire: [request]}}
  matrix: {{place: [window, worker, sandboxed-frame]}}
"""
BETWEEN_REAL_ORIGINS = f"""\
- id: real
  title: Between real origins
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed, wire: [request]}}
"""
