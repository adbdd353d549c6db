"""Lines for nginx: CORS said by nginx alone, or by nginx where the app could not."""

from cors_harness.advice.python_lines import Lines, headers_of
from cors_harness.model.policy import CorsPolicy

MORE_ROOM = ("client_max_body_size 20m;",)
BESIDE_SERVER = "# beside server { }, a line for each origin that may:"
ALLOW_ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
OPTIONS_ANSWERED = ("if ($request_method = OPTIONS) {", "    return 204;", "}")


def all_of_it(policy: CorsPolicy) -> Lines:
    """CORS said by nginx alone, on errors too; what the app says is taken away."""
    headers = headers_of(policy)
    return (
        BESIDE_SERVER,
        "map $http_origin $cors_origin {",
        *(f'    "{origin}" $http_origin;' for origin in policy.allow_origins),
        "}",
        "",
        "# in the location that passes requests on:",
        *(f"proxy_hide_header {name};" for name in (ALLOW_ORIGIN, *headers)),
        f"add_header {ALLOW_ORIGIN} $cors_origin always;",
        *(f'add_header {name} "{value}" always;' for name, value in headers.items()),
        "add_header Vary Origin always;",
        *OPTIONS_ANSWERED,
    )


def where_the_app_could_not(policy: CorsPolicy) -> Lines:
    """Whose page may read answers of nginx's own; what the app says stays as it is."""
    said = "$upstream_http_access_control_allow_origin"
    credentials = policy.allow_credentials
    return (
        "# beside server { }, a line for each origin that may; it fits where the app said nothing:",
        f'map "{said}$http_origin" $error_origin {{',
        *(f'    "{origin}" $http_origin;' for origin in policy.allow_origins),
        "}",
        *(('map $error_origin $error_credentials { "~." true; }',) if credentials else ()),
        "",
        "# in server { }, and in every location that has an add_header of its own:",
        f"add_header {ALLOW_ORIGIN} $error_origin always;",
        *((f"add_header {CREDENTIALS} $error_credentials always;",) if credentials else ()),
        "add_header Vary Origin always;",
    )
