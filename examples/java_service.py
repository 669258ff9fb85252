"""Python in front, Java behind: a view that calls a service of the Java application around it, as Spring's are.

./run examples/java_service.py --python graalpy
curl http://127.0.0.1:8080/tea?count=3

The service is dev.wsgibridge.examples.Prices, a Java object that GraalPy calls directly. CPython can't reach into Java.
"""

import json
from urllib.parse import parse_qs

try:
    import java
except ImportError:
    java = None  # CPython
else:
    IllegalArgument = java.type("java.lang.IllegalArgumentException")
    NoSuchElement = java.type("java.util.NoSuchElementException")


def bean(environ, name, otherwise):
    """Spring's bean of that name; where there is no Spring around, as under ./run, an object of the class otherwise."""
    beans = environ["dev.wsgibridge.servlet.context"].getAttribute(
        "org.springframework.web.context.WebApplicationContext.ROOT"
    )
    return beans.getBean(name) if beans else java.type(otherwise)()


def price(environ):
    article = environ["PATH_INFO"].strip("/").encode("latin-1").decode("utf-8", "replace")
    try:
        count = int(parse_qs(environ["QUERY_STRING"]).get("count", ["1"])[0])
        prices = bean(environ, "prices", "dev.wsgibridge.examples.PriceList")
        # A BigDecimal; JSON's numbers are no place for money.
        return "200 OK", {"article": article, "count": count, "euros": str(prices.of(article, count))}
    except (ValueError, TypeError, IllegalArgument):
        return "400 Bad Request", {"error": "count is to be a whole number, 1 or more"}
    except NoSuchElement:
        return "404 Not Found", {"error": f"no article {article}; try /tea"}


def application(environ, start_response):
    if java:
        status, answer = price(environ)
    else:
        status = "501 Not Implemented"
        answer = {"error": "CPython can't call Java's objects: start this example with --python graalpy"}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(answer).encode() + b"\n"]
