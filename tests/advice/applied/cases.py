"""Every case: what the lines of the advice are proven by."""

from tests.advice.applied import asgi_cases, flask_cases, headers_cases, other_cases

CASES = (
    *asgi_cases.CASES,
    *flask_cases.CASES,
    *other_cases.DJANGO_CASES,
    *other_cases.NGINX_CASES,
    *headers_cases.CASES,
)
