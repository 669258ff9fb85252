"""The smallest application. Its twin in Java is dev.wsgibridge.examples.Hello.

./run examples/hello.py
"""


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"Hello, World!\n"]
