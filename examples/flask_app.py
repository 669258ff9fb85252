"""A form, a cookie and a file upload, with Flask.

./run examples/flask_app.py
"""

import hashlib

from flask import Flask, redirect, render_template_string, request, url_for

app = Flask(__name__)

PAGE = """<!doctype html>
<title>Flask</title>
<h1>Hello, {{ name }}!</h1>
<form method="post" action="{{ url_for('remember') }}">
  <label>Your name <input name="name" value="{{ name }}"></label>
  <button>Remember me</button>
</form>
<form method="post" action="{{ url_for('upload') }}" enctype="multipart/form-data">
  <input type="file" name="file" required>
  <button>Upload</button>
</form>
{% if file %}
<p>{{ file.name }}: {{ file.size }} bytes, SHA-256 <code>{{ file.sha256 }}</code></p>
{% endif %}
"""


def page(file=None):
    name = request.cookies.get("name", "stranger")
    return render_template_string(PAGE, name=name, file=file)


@app.get("/")
def index():
    return page()


@app.post("/name")
def remember():
    answer = redirect(url_for("index"))
    answer.set_cookie("name", request.form["name"], httponly=True, samesite="Lax")
    return answer


@app.post("/upload")
def upload():
    file = request.files["file"]
    content = file.read()
    return page(
        {"name": file.filename, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    )
