"""A form, a cookie and a file upload, with Pyramid.

./run examples/pyramid_app.py
"""

import hashlib
from html import escape
from urllib.parse import quote, unquote

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.response import Response

PAGE = """<!doctype html>
<title>Pyramid</title>
<h1>Hello, {name}!</h1>
<form method="post" action="{remember}">
  <label>Your name <input name="name" value="{name}"></label>
  <button>Remember me</button>
</form>
<form method="post" action="{upload}" enctype="multipart/form-data">
  <input type="file" name="file" required>
  <button>Upload</button>
</form>
"""

FILE = "<p>{name}: {size} bytes, SHA-256 <code>{sha256}</code></p>\n"


def index(request, more=""):
    page = PAGE.format(
        name=escape(unquote(request.cookies.get("name", "stranger"))),
        remember=request.route_path("remember"),
        upload=request.route_path("upload"),
    )
    return Response(page + more)


def remember(request):
    answer = HTTPSeeOther(request.route_path("index"))
    answer.set_cookie("name", quote(request.POST["name"]), httponly=True, samesite="Lax")
    return answer


def upload(request):
    file = request.POST["file"]
    content = file.file.read()
    return index(
        request,
        FILE.format(name=escape(file.filename), size=len(content), sha256=hashlib.sha256(content).hexdigest()),
    )


def missing(error, request):
    return HTTPBadRequest(f"There is no field {error}.")


def create_app():
    with Configurator() as config:
        for name, pattern, method, view in (
            ("index", "/", "GET", index),
            ("remember", "/name", "POST", remember),
            ("upload", "/upload", "POST", upload),
        ):
            config.add_route(name, pattern, request_method=method)
            config.add_view(view, route_name=name)
        config.add_exception_view(missing, context=KeyError)
        return config.make_wsgi_app()


app = create_app()
