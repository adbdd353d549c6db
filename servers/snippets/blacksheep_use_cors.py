"""`use_cors` as BlackSheep's documentation has it: everything allowed, but not on every response.

What has no route has no policy, so that a page cannot read a 404.
"""

from blacksheep import Application, Request, Router, json

app = Application(router=Router())

app.use_cors(
    allow_methods="*",
    allow_origins="*",
    allow_headers="* Authorization",
    max_age=300,
)


@app.router.get("/api/data")
async def data(request: Request):
    return json({"method": request.method})
