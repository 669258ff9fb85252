"""A form, a cookie and a file upload, with Bottle.

./run examples/bottle_app.py
"""

import hashlib

from bottle import Bottle, redirect, request, response, template

app = Bottle()

PAGE = """<!doctype html>
<title>Bottle</title>
<h1>Hello, {{name}}!</h1>
<form method="post" action="{{url('remember')}}">
  <label>Your name <input name="name" value="{{name}}"></label>
  <button>Remember me</button>
</form>
<form method="post" action="{{url('upload')}}" enctype="multipart/form-data">
  <input type="file" name="file" required>
  <button>Upload</button>
</form>
% if file:
<p>{{file['name']}}: {{file['size']}} bytes, SHA-256 <code>{{file['sha256']}}</code></p>
% end
"""


def page(file=None):
    # Bottle keeps Python's habit of bytes as latin-1; getunicode() undoes it.
    name = request.cookies.getunicode("name") or "stranger"
    return template(PAGE, name=name, file=file, url=app.get_url)


@app.get("/", name="index")
def index():
    return page()


@app.post("/name", name="remember")
def remember():
    # A cookie's value is ASCII on its way; Bottle leaves it as it is.
    name = request.forms.getunicode("name").encode("utf-8").decode("latin-1")
    response.set_cookie("name", name, httponly=True, samesite="lax")
    redirect(app.get_url("index"))


@app.post("/upload", name="upload")
def upload():
    file = request.files.file
    content = file.file.read()
    return page(
        {
            "name": file.raw_filename,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    )
