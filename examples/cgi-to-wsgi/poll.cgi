#!/usr/bin/env python3
"""A poll, as a CGI program. Its twin poll.py is the same poll as a WSGI application: docs/cgi-to-wsgi.md."""

import html
import os
import sys
from urllib.parse import parse_qs

CHOICES = ("tea", "coffee", "maté")
votes = []


def read_votes():
    try:
        with open("votes.txt", encoding="utf-8") as file:
            votes.extend(file.read().split())
    except FileNotFoundError:
        pass


def vote():
    form = parse_qs(sys.stdin.read(int(os.environ.get("CONTENT_LENGTH") or 0)))
    choice = form.get("choice", [""])[0]
    if choice not in CHOICES:
        print("found no such choice:", choice, file=sys.stderr)
        fail("400 Bad Request", "No such choice")
    with open("votes.txt", "a", encoding="utf-8") as file:
        file.write(choice + "\n")
    print("Status: 303 See Other")
    print("Location: " + os.environ["SCRIPT_NAME"] + "/")
    print("Content-Type: text/plain; charset=utf-8")
    print()


def page():
    read_votes()
    name = parse_qs(os.environ["QUERY_STRING"]).get("name", ["you"])[0]
    print("Content-Type: text/html; charset=utf-8")
    print()
    print("<!DOCTYPE html>")
    print(f"<title>Poll</title><p>What may we bring {html.escape(name)}?")
    print("<form method=post>")
    for choice in CHOICES:
        print(f"<p><button name=choice value={choice}>{choice}: {votes.count(choice)}</button>")
    print("</form>")


def fail(status, message):
    print("Status: " + status)
    print("Content-Type: text/plain; charset=utf-8")
    print()
    print(message)
    sys.exit()


if os.environ.get("PATH_INFO", "") not in ("", "/"):
    fail("404 Not Found", "No such page")
if os.environ["REQUEST_METHOD"] == "POST":
    vote()
else:
    page()
