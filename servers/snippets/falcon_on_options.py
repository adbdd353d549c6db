"""`on_options` by hand beside `cors_enable=True`: the middleware takes the headers away again.

It allows what `Allow` names, and where a responder of one's own sets none, nothing.
"""

import falcon


class Data:
    def on_get(self, req, resp):
        resp.media = {"method": req.method}

    def on_put(self, req, resp):
        resp.media = {"method": req.method}

    def on_options(self, req, resp):
        resp.status = falcon.HTTP_204
        resp.set_header("Access-Control-Allow-Origin", "*")
        resp.set_header("Access-Control-Allow-Methods", "GET, PUT")
        resp.set_header("Access-Control-Allow-Headers", "Content-Type")


app = falcon.App(cors_enable=True)
app.add_route("/api/data", Data())
