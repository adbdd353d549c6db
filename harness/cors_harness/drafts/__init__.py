"""A first scenario file for an app, made of its routes and of what its user has said.

In go routes, OpenAPI documents, recorded calls and the allowed origins; out comes the text of a
YAML file. `cli` calls it.
"""
