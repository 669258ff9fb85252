"""The form, the cookie and the file upload as an API in JSON, with Falcon.

./run examples/falcon_app.py
curl http://127.0.0.1:8080/
curl --cookie-jar jar --data name=Ada http://127.0.0.1:8080/name
curl --cookie jar http://127.0.0.1:8080/
curl --form file=@README.md http://127.0.0.1:8080/upload
"""

import hashlib
from urllib.parse import quote, unquote

import falcon


class Index:
    def on_get(self, request, response):
        response.media = {"hello": unquote(request.cookies.get("name", "stranger"))}


class Name:
    def on_post(self, request, response):
        form = request.get_media()
        if "name" not in form:
            raise falcon.HTTPMissingParam("name")
        response.set_cookie("name", quote(form["name"]), secure=False, same_site="Lax")
        raise falcon.HTTPSeeOther(request.prefix + "/")


class Upload:
    def on_post(self, request, response):
        for part in request.get_media():
            if part.name == "file":
                # Read block by block: however long the file is.
                digest, size = hashlib.sha256(), 0
                while block := part.stream.read(65536):
                    digest.update(block)
                    size += len(block)
                response.media = {"name": part.filename, "size": size, "sha256": digest.hexdigest()}
                return
        raise falcon.HTTPMissingParam("file")


app = falcon.App()
app.add_route("/", Index())
app.add_route("/name", Name())
app.add_route("/upload", Upload())
