"""Everyone's own files, with Flask: accounts, a login, uploads and downloads; a database, SQLite.

./run examples/flask_files.py

The database and the files are kept in examples/instance, elsewhere with FLASK_DATA=DIR in the environment.
"""

import secrets
import sqlite3
from functools import wraps
from pathlib import Path

from flask import (
    Flask,
    abort,
    flash,
    g,
    redirect,
    render_template_string,
    request,
    send_from_directory,
    session,
    url_for,
)
from werkzeug.security import check_password_hash, generate_password_hash

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file (
  id INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL REFERENCES user,
  name TEXT NOT NULL,
  size INTEGER NOT NULL
);
"""

PAGE = """<!doctype html>
<title>Files</title>
<h1>Files</h1>
{% for message in get_flashed_messages() %}<p role="alert">{{ message }}</p>{% endfor %}
{% if g.user %}
<form method="post" action="{{ url_for('logout') }}">
  <p>You are {{ g.user.name }}. <button>Log out</button></p>
</form>
<ul>
{% for file in files %}
  <li><a href="{{ url_for('download', id=file.id) }}">{{ file.name }}</a>, {{ file.size }} bytes</li>
{% else %}
  <li>No files yet.</li>
{% endfor %}
</ul>
<form method="post" action="{{ url_for('upload') }}" enctype="multipart/form-data">
  <input type="file" name="file" required>
  <button>Upload</button>
</form>
{% else %}
<form method="post" action="{{ url_for('login') }}">
  <p><label>Name <input name="name" autocomplete="username" required></label></p>
  <p><label>Password <input type="password" name="password" minlength="8" required></label></p>
  <button>Log in</button>
  <button formaction="{{ url_for('register') }}">Register</button>
</form>
{% endif %}
"""

app = Flask(__name__)
app.config.from_mapping(
    DATA=Path(app.instance_path),
    MAX_CONTENT_LENGTH=16 * 1024 * 1024,
    # No form of another site gets this cookie: its requests are nobody's.
    SESSION_COOKIE_SAMESITE="Lax",
)
app.config.from_prefixed_env()
DATA = Path(app.config["DATA"])


def connect():
    connection = sqlite3.connect(DATA / "files.sqlite")
    connection.row_factory = sqlite3.Row
    return connection


def set_up():
    """Makes what isn't there yet; several workers may do so at the same time."""
    (DATA / "files").mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = connect()
    with connection:
        connection.executescript(SCHEMA)
        # Signs the session's cookie: one key for all workers, that outlives them.
        connection.execute(
            "INSERT OR IGNORE INTO setting VALUES ('secret key', ?)", [secrets.token_hex(32)]
        )
    (key,) = connection.execute("SELECT value FROM setting WHERE name = 'secret key'").fetchone()
    connection.close()
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or key


set_up()


@app.before_request
def open_database():
    g.database = connect()
    g.user = g.database.execute("SELECT * FROM user WHERE id = ?", [session.get("user")]).fetchone()


@app.teardown_request
def close_database(error):
    database = g.pop("database", None)
    if database is not None:
        database.close()


def for_users(view):
    @wraps(view)
    def guarded(**arguments):
        return view(**arguments) if g.user else redirect(url_for("index"))

    return guarded


@app.get("/")
def index():
    files = g.database.execute("SELECT * FROM file WHERE owner = ? ORDER BY name", [session.get("user")])
    return render_template_string(PAGE, files=files.fetchall())


@app.post("/register")
def register():
    name, password = request.form["name"], request.form["password"]
    if not name or len(password) < 8:
        flash("A name is needed, and a password of 8 characters or more.")
        return redirect(url_for("index"))
    try:
        with g.database:
            user = g.database.execute(
                "INSERT INTO user (name, password) VALUES (?, ?)", [name, generate_password_hash(password)]
            ).lastrowid
    except sqlite3.IntegrityError:
        flash("That name is taken.")
    else:
        session.clear()
        session["user"] = user
    return redirect(url_for("index"))


@app.post("/login")
def login():
    user = g.database.execute("SELECT * FROM user WHERE name = ?", [request.form["name"]]).fetchone()
    session.clear()
    if user and check_password_hash(user["password"], request.form["password"]):
        session["user"] = user["id"]
    else:
        flash("Wrong name or password.")
    return redirect(url_for("index"))


@app.post("/logout")
def logout():
    session.clear()
    return redirect(url_for("index"))


@app.post("/files")
@for_users
def upload():
    file = request.files["file"]
    if not file.filename:
        abort(400, "No file was chosen.")
    with g.database:
        id = g.database.execute(
            "INSERT INTO file (owner, name, size) VALUES (?, ?, 0)", [g.user["id"], file.filename]
        ).lastrowid
        kept = DATA / "files" / str(id)
        file.save(kept)
        g.database.execute("UPDATE file SET size = ? WHERE id = ?", [kept.stat().st_size, id])
    return redirect(url_for("index"))


@app.get("/files/<int:id>")
@for_users
def download(id):
    file = g.database.execute("SELECT * FROM file WHERE id = ? AND owner = ?", [id, g.user["id"]]).fetchone()
    if not file:
        abort(404)
    return send_from_directory(DATA / "files", str(id), as_attachment=True, download_name=file["name"])
