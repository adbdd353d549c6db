"""`cors_enable=True`, as Falcon's documentation has it: every page may read, without cookies."""

import falcon


class Data:
    def on_get(self, req, resp):
        resp.media = {"method": req.method}

    def on_put(self, req, resp):
        resp.media = {"method": req.method}


app = falcon.App(cors_enable=True)
app.add_route("/api/data", Data())
