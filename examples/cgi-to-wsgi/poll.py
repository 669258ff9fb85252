"""A poll, as a WSGI application. Its twin poll.cgi is the CGI program that it was: docs/cgi-to-wsgi.md."""

import html
import os
from urllib.parse import parse_qs

CHOICES = ("tea", "coffee", "maté")
TEXT = ("Content-Type", "text/plain; charset=utf-8")
HTML = ("Content-Type", "text/html; charset=utf-8")
# The working directory is the server's: what lies beside this file is found by this file's own place.
VOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "votes.txt")


def application(environ, start_response):
    try:
        if environ["PATH_INFO"] not in ("", "/"):
            raise Failure("404 Not Found", "No such page")
        if environ["REQUEST_METHOD"] == "POST":
            status, headers, lines = vote(environ)
        else:
            status, headers, lines = page(environ)
    except Failure as failure:
        status, headers, lines = failure.status, [TEXT], [str(failure)]
    start_response(status, headers)
    return ["".join(line + "\n" for line in lines).encode("utf-8")]


class Failure(Exception):
    """Ends the request, as sys.exit() ended the program: that would be a server's error now."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def read_votes():
    # A list of its own for each request: a global one would be longer with each.
    try:
        with open(VOTES, encoding="utf-8") as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def vote(environ):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    choice = parse_qs(body.decode("utf-8")).get("choice", [""])[0]
    if choice not in CHOICES:
        print("found no such choice:", choice, file=environ["wsgi.errors"])
        raise Failure("400 Bad Request", "No such choice")
    with open(VOTES, "a", encoding="utf-8") as file:
        file.write(choice + "\n")
    return "303 See Other", [("Location", environ["SCRIPT_NAME"] + "/"), TEXT], []


def page(environ):
    votes = read_votes()
    name = parse_qs(environ["QUERY_STRING"]).get("name", ["you"])[0]
    lines = [
        "<!DOCTYPE html>",
        f"<title>Poll</title><p>What may we bring {html.escape(name)}?",
        "<form method=post>",
    ]
    for choice in CHOICES:
        lines.append(f"<p><button name=choice value={choice}>{choice}: {votes.count(choice)}</button>")
    lines.append("</form>")
    return "200 OK", [HTML], lines
