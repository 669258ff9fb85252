"""What ./run starts once on GraalPy, to keep the classes that Python applications commonly need.

GraalPy's own classes are loaded as Python uses what they stand for: so this imports what frameworks import and does a
little of everything. A framework that is at hand is imported too.
"""

import collections
import contextlib
import contextvars
import dataclasses
import datetime
import decimal
import email.message
import email.utils
import enum
import functools
import hashlib
import hmac
import html
import http.cookies
import importlib
import importlib.metadata
import inspect
import io
import itertools
import json
import logging
import mimetypes
import pathlib
import random
import re
import secrets
import string
import tempfile
import textwrap
import threading
import typing
import urllib.parse
import uuid
import warnings
import zlib

for name in ("asyncio", "sqlite3", "zoneinfo", "flask", "django.urls", "bottle"):
    with contextlib.suppress(Exception):
        importlib.import_module(name)


class Kind(enum.Enum):
    ONE = 1
    TWO = 2


@dataclasses.dataclass(order=True)
class Item:
    name: str
    price: decimal.Decimal
    tags: typing.List[str] = dataclasses.field(default_factory=list)

    @property
    def label(self):
        return f"{self.name:>8}: {self.price:.2f} {', '.join(self.tags)!r}"


@functools.lru_cache(maxsize=8)
def pattern(text):
    return re.compile(text, re.IGNORECASE)


@contextlib.contextmanager
def quietly():
    try:
        yield
    except (KeyError, ValueError) as error:
        logging.getLogger(__name__).debug("%s", error, exc_info=True)
    finally:
        pass


def rows():
    for number, (kind, word) in enumerate(itertools.product(Kind, ["alpha", "beta"])):
        yield Item(word, decimal.Decimal(number) / 3, sorted({kind.name, word}, key=len))


def a_little_of_everything(environ):
    query = urllib.parse.parse_qs(environ.get("QUERY_STRING", "") or "a=1&b=%C3%A9")
    cookie = http.cookies.SimpleCookie("session=abc; theme=dark")
    now = datetime.datetime.now(datetime.timezone.utc)
    with quietly():
        {}["missing"]
    with tempfile.TemporaryFile() as file:
        file.write(b"line\n" * 10)
        file.seek(0)
        lines = file.readlines()
    form = io.BytesIO(b"name=value&other=%20").read().decode("latin-1")
    signature = hmac.new(b"key", form.encode(), hashlib.sha256).hexdigest()
    counted = collections.Counter(re.findall(r"\w+", textwrap.dedent("  one two two\n  three")))
    items = sorted(rows(), reverse=True)
    local = threading.local()
    local.value = contextvars.ContextVar("value", default=None).get()
    text = json.dumps(
        {
            "query": query,
            "cookie": {key: morsel.value for key, morsel in cookie.items()},
            "now": now.isoformat(),
            "lines": len(lines),
            "signature": signature,
            "counted": counted.most_common(2),
            "items": [item.label for item in items if pattern("a.*").search(item.name)],
            "uuid": str(uuid.uuid4()),
            "token": secrets.token_urlsafe(8),
            "type": mimetypes.guess_type("page.html")[0],
            "path": pathlib.PurePosixPath("/a/b.txt").suffix,
            "date": email.utils.format_datetime(now),
            "template": string.Template("$a").substitute(a=random.choice([1, 2])),
            "signature_of": str(inspect.signature(application)),
            "packed": len(zlib.compress(b"x" * 100)),
        },
        indent=1,
        sort_keys=True,
    )
    assert json.loads(text)
    return html.escape(text)


def application(environ, start_response):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blocks = [a_little_of_everything(environ).encode() for _ in range(3)]
    body = b"\n".join(blocks)
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return (block for block in [body])
