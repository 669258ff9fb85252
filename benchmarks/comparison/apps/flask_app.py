import pathlib

from flask import Flask, render_template, render_template_string

application = Flask(__name__)
TABLE = pathlib.Path(__file__).with_name("templates").joinpath("table.html").read_text()


def rows():
    return [{"id": i, "name": f"<name {i}>", "price": i * 1.5} for i in range(50)]


@application.get("/")
def hello():
    return "Hello, World!\n"


@application.get("/table")
def table():
    return render_template("table.html", rows=rows())


@application.get("/string")
def string():
    """Jinja2 compiles the template in every request."""
    return render_template_string(TABLE, rows=rows())
