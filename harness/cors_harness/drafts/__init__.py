"""A first scenario file for an app, or one scenario, of what is known and what its user has said.

In go routes, OpenAPI documents, recorded calls, curl commands and the allowed origins; out comes
the text of a YAML file. `cli` calls it.
"""
