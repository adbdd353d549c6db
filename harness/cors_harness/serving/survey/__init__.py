"""What is in a user's app: its routes, its OpenAPI document, and its views, made to raise.

In goes a loaded app, or what names one; out come AppRoutes, or the same app with failing views.
`cli` asks for routes; the rest runs in the child process that has loaded the app. Of a server that
runs, its document is looked for over HTTP.
"""
