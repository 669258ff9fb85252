from flask import Flask, render_template

application = Flask(__name__)


def rows():
    return [{"id": i, "name": f"<name {i}>", "price": i * 1.5} for i in range(50)]


@application.get("/")
def hello():
    return "Hello, World!\n"


@application.get("/table")
def table():
    return render_template("table.html", rows=rows())
