import os


def application(environ, start_response):
    file = open(os.environ["FILES"] + environ["PATH_INFO"], "rb")
    start_response("200 OK", [
        ("Content-Type", "application/octet-stream"), ("Content-Length", str(os.fstat(file.fileno()).st_size))])
    return environ["wsgi.file_wrapper"](file)
