"""Server-sent events: a generator that the browser listens to.

./run examples/events.py

A listener takes up one of the bridge's threads for as long as it listens. So each answer ends after a while, and the
browser asks again by itself, with the number of the event that it saw last.
"""

import time

EVENTS = 10
SECONDS = 0.5

PAGE = """<!doctype html>
<title>Events</title>
<h1>Events</h1>
<p id="state">connecting</p>
<ol id="events" start="0"></ol>
<script>
  const state = document.getElementById("state");
  // Relative to this page: the application may stand below a path.
  const source = new EventSource("events");
  source.onopen = () => state.textContent = "listening";
  source.onerror = () => state.textContent = "connecting";
  source.addEventListener("tick", event => {
    const item = document.createElement("li");
    item.value = event.lastEventId;
    item.textContent = event.data;
    document.getElementById("events").append(item);
  });
</script>
""".encode()


def events(start):
    yield b"retry: 1000\n\n"
    for number in range(start, start + EVENTS):
        yield f"event: tick\nid: {number}\ndata: {time.strftime('%H:%M:%S')}\n\n".encode()
        time.sleep(SECONDS)


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/events":
        # nginx holds back what it can, unless it is told not to.
        start_response(
            "200 OK",
            [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no")],
        )
        last = environ.get("HTTP_LAST_EVENT_ID", "")
        return events(int(last) + 1 if last.isdecimal() else 0)
    if path == "/":
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [PAGE]
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"Not found\n"]
