"""An application that uses Java: the path names the function below that serves the request."""

import ast
import os
import sys

import java


def application(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)


def text(start_response, *values):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["\n".join(map(str, values)).encode()]


def imported(environ, start_response):
    from java.util import ArrayList

    numbers = ArrayList()
    numbers.add(1)
    numbers.add(2)
    bean = java.type("dev.wsgibridge.python.GraalPyTest$Bean")
    return text(start_response, f"{numbers.toString()} {bean.class_.getName() if hasattr(bean, 'class_') else bean}")


def objects(environ, start_response):
    bean = environ["test.bean"]
    return text(
        start_response,
        type(environ),
        f"{bean.next()} {bean.next()}",
        environ["test.number"],
        environ["test.map"].get("key"),
    )


def failure(environ, start_response):
    environ["test.bean"].fail()


def caught(environ, start_response):
    try:
        environ["test.bean"].fail()
    except java.io.IOException as error:
        return text(start_response, error, java.instanceof(error, java.io.IOException))


def exc_info(environ, start_response):
    start_response("200 OK", [])
    try:
        environ["test.bean"].fail()
    except BaseException:
        start_response("503 Service Unavailable", [], sys.exc_info())
    return [b"sorry"]


def exc_info_after_write(environ, start_response):
    start_response("200 OK", [])(b"sent")
    try:
        environ["test.bean"].fail()
    except BaseException:
        start_response("503 Service Unavailable", [], sys.exc_info())
    return [b"sorry"]


def process_exit(environ, start_response):
    os._exit(1)


def native_modules(environ, start_response):
    import sqlite3
    import xml.etree.ElementTree

    rows = sqlite3.connect(":memory:").execute("select 1 + 1").fetchall()
    return text(start_response, rows, xml.etree.ElementTree.fromstring("<root/>").tag)


def quoted_printable(environ, start_response):
    import binascii

    return text(start_response, binascii.a2b_qp("a=3Db"), binascii.b2a_qp(b"a=b"))


class Compiler:
    compile = compile


def compiled(environ, start_response):
    source = "def f(x: undefined): pass"
    first, second = (id(compile(source, "f", "exec")) for _ in range(2))
    names = {compile(source, name, "exec").co_filename for name in ("f", "g")}
    trees = ast.parse(source) is ast.parse(source)
    value = eval(Compiler().compile("1 + 1", "two", mode="eval"))
    return text(start_response, first == second, sorted(names), trees, value)


def compiled_with_futures(environ, start_response):
    scope = {"source": "def f(x: undefined): pass"}
    exec("from __future__ import annotations\ncode = compile(source, 'f', 'exec')", scope)
    exec(scope["code"])
    try:
        exec(compile(scope["source"], "f", "exec"))
    except NameError as error:
        return text(start_response, error)
