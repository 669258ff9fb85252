from flask import Flask, render_template_string

application = Flask(__name__)
TABLE = """<!doctype html><title>Table</title><table>{% for row in rows %}<tr><td>{{ row.id }}</td>
<td>{{ row.name }}</td><td>{{ row.price }}</td></tr>{% endfor %}</table>"""


@application.get("/")
def hello():
    return "Hello, World!\n"


@application.get("/table")
def table():
    rows = [{"id": i, "name": f"<name {i}>", "price": i * 1.5} for i in range(50)]
    return render_template_string(TABLE, rows=rows)
