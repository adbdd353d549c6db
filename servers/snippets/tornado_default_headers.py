"""The answer for Tornado that most people find: a handler that all others inherit from.

It allows a header that nobody sends today, and not Content-Type; a 404 is no handler of theirs.
"""

import tornado.web


class BaseHandler(tornado.web.RequestHandler):
    def set_default_headers(self):
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Access-Control-Allow-Headers", "x-requested-with")
        self.set_header("Access-Control-Allow-Methods", "POST, GET, OPTIONS")

    def options(self):
        self.set_status(204)
        self.finish()


class DataHandler(BaseHandler):
    def get(self):
        self.write({"method": self.request.method})

    def post(self):
        self.write({"method": self.request.method})


app = tornado.web.Application([(r"/api/data", DataHandler)])
