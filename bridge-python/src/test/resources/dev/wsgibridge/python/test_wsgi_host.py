"""Tests of wsgi_host.py and wsgi_scripts.py with a Java made of lists, on any Python.

    python3 test_wsgi_host.py wsgi_host.py wsgi_scripts.py examples/toolserver
"""

import functools
import gc
import gzip
import io
import logging
import os
import sys
import tempfile
import threading
import traceback
import types
import unittest
import wsgiref.validate

DONE, UNFINISHED, FILE, FAILED, INPUT_FAILED = range(5)
NO_INPUT = 8

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "http",
}


class Java:
    """What the carrier gives to the host."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.sent, self.errors, self.logged, self.asked = [], [], [], []
        self.input = io.BytesIO()
        self.send_trouble = self.read_trouble = self.objects = None

    def functions(self):
        return {
            "java_send": self.send,
            "java_read": self.read,
            "java_errors": lambda call, text: self.errors.append(text),
            "java_objects": lambda call: self.objects,
            "java_log": lambda logger, level, text: self.logged.append((logger, level, text)),
        }

    def send(self, call, head, block):
        self.sent.append((head, block))
        return self.send_trouble

    def read(self, call, size):
        self.asked.append(size)
        return self.read_trouble or self.input.read(size)


java = Java()
host = types.ModuleType("wsgi_host")


def setUpModule():
    host.__dict__.update(java.functions(), SAME_PROCESS=True)
    kept = sys.stdout, sys.stderr, logging.lastResort
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    with open(HOST, encoding="utf-8") as source:
        exec(compile(source.read(), "wsgi_host.py", "exec"), host.__dict__)
    host.redirected = sys.stdout, sys.stderr, logging.lastResort
    sys.stdout, sys.stderr, logging.lastResort = kept
    host.hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


class Closing:
    """An iterable with close(), which counts."""

    def __init__(self, *blocks, close_error=None):
        self.blocks, self.close_error = blocks, close_error
        self.closed = 0

    def __iter__(self):
        for block in self.blocks:
            if isinstance(block, BaseException):
                raise block
            yield block

    def close(self):
        self.closed += 1
        if self.close_error is not None:
            raise self.close_error


class OwnIterator:
    """An iterable that is its own iterator, and begins anew in each __iter__, which it counts."""

    def __init__(self, *blocks):
        self.blocks = blocks
        self.begun = 0

    def __iter__(self):
        self.begun += 1
        self.left = list(self.blocks)
        return self

    def __next__(self):
        if not self.left:
            raise StopIteration
        return self.left.pop(0)


def start(start_response, *headers):
    return start_response("200 OK", list(headers))


HEAD = b"200 OK"


class HostTest(unittest.TestCase):
    def setUp(self):
        java.clear()

    def serve(self, application, flags=0, body=b"", **environ):
        """The host's answer; what it leaves for later is done."""
        answer = self.serve_only(application, flags, body, **environ)
        if answer[0] == UNFINISHED:
            host.finish(1, 0, 0, "")
        return answer

    def serve_only(self, application, flags=0, body=b"", **environ):
        java.input = io.BytesIO(body)
        host._applications[:] = [application]
        text = "\u0100".join(part for item in {**ENVIRON, **environ}.items() for part in item)
        return host.serve(1, 0, flags, text)

    def failure(self, application, **environ):
        kind, head, payload = self.serve(application, **environ)
        self.assertEqual((kind, head), (FAILED, None))
        return payload.decode("utf-8")

    def start_failure(self, *arguments):
        def application(environ, start_response):
            start_response(*arguments)
            return []

        return self.failure(application).rpartition("start_response: ")[2]


class Environ(HostTest):
    def environ(self, flags=0, **entries):
        seen = []

        def application(environ, start_response):
            seen.append(environ)
            start(start_response)
            return []

        self.serve(application, flags, **entries)
        return seen[0]

    def test_is_a_builtin_dict_of_str(self):
        environ = self.environ(PATH_INFO="/caf\u00c3\u00a9", HTTP_X="")
        self.assertIs(type(environ), dict)
        self.assertEqual(environ["PATH_INFO"], "/caf\u00c3\u00a9")
        self.assertEqual(environ["HTTP_X"], "")
        for key, value in environ.items():
            if not key.startswith("wsgi."):
                self.assertIs(type(value), str)

    def test_nul_and_newlines_are_only_characters(self):
        self.assertEqual(self.environ(PATH_INFO="/\0a\nREMOTE_USER\nroot")["PATH_INFO"], "/\0a\nREMOTE_USER\nroot")

    def test_has_the_keys_of_wsgi(self):
        environ = self.environ()
        self.assertEqual(environ["wsgi.version"], (1, 0))
        self.assertEqual(environ["wsgi.url_scheme"], "http")
        self.assertIs(environ["wsgi.input_terminated"], True)
        self.assertIs(environ["wsgi.file_wrapper"], host.FileWrapper)
        self.assertIs(environ["wsgi.multithread"], False)

    def test_flags_become_true_bools(self):
        environ = self.environ(1 | 2 | 4)
        for key in ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"):
            self.assertIs(environ[key], True)

    def test_takes_javas_objects_where_the_carrier_has_them(self):
        java.objects = {"dev.example.bean": self}
        self.assertIs(self.environ()["dev.example.bean"], self)

    def test_is_fresh_for_each_request(self):
        self.environ()["LEFT"] = "over"
        self.assertNotIn("LEFT", self.environ())


class Answers(HostTest):
    def test_a_list_of_one_block_is_one_answer(self):
        def application(environ, start_response):
            start(start_response, ("Content-Type", "text/plain"), ("X-Two", "a"), ("X-Two", "b"))
            return [b"Hello"]

        answer = self.serve(application)
        self.assertEqual(answer, (DONE, b"200 OK\nContent-Type\ntext/plain\nX-Two\na\nX-Two\nb", b"Hello"))
        self.assertEqual(java.sent, [])

    def test_an_iterator_of_a_list_is_as_the_list(self):
        for blocks in iter([b"Hello"]), iter((b"He", b"llo")):

            def application(environ, start_response):
                start(start_response)
                return blocks

            self.assertEqual(self.serve(application), (DONE, HEAD, b"Hello"))
            self.assertEqual(java.sent, [])

    def test_a_tuple_and_several_blocks_are_joined(self):
        def application(environ, start_response):
            start(start_response)
            return (b"a", b"", b"b")

        self.assertEqual(self.serve(application), (DONE, HEAD, b"ab"))

    def test_a_list_of_much_is_sent_block_by_block(self):
        much = b"x" * 40000

        def application(environ, start_response):
            start(start_response)
            return [much, b"", much]

        self.assertEqual(self.serve(application), (DONE, None, b""))
        self.assertEqual(java.sent, [(HEAD, much), (None, much)])

    def test_an_empty_body_still_has_a_head(self):
        for body in ([], (), [b""], iter(()), (block for block in ())):
            def application(environ, start_response):
                start(start_response)
                return body

            self.assertEqual(self.serve(application), (DONE, HEAD, b""))

    def test_a_generator_may_start_late_and_streams(self):
        seen = []

        def application(environ, start_response):
            yield b""
            start(start_response)
            yield b"one"
            seen.append(list(java.sent))
            yield b""
            yield b"two"
            seen.append(list(java.sent))

        self.assertEqual(self.serve(application), (DONE, None, b""))
        self.assertEqual(seen, [[(HEAD, b"one")], [(HEAD, b"one"), (None, b"two")]])

    def test_write_comes_before_the_iterable(self):
        def application(environ, start_response):
            write = start(start_response)
            write(b"one")
            write(b"")
            write(b"two")
            return [b"three"]

        self.assertEqual(self.serve(application), (DONE, None, b"three"))
        self.assertEqual(java.sent, [(HEAD, b"one"), (None, b"two")])

    def test_the_block_that_fulfils_content_length_is_answered_before_the_end_of_the_iterable(self):
        body = Closing(b"Hello")

        def application(environ, start_response):
            start(start_response, ("Content-Length", "5"))
            return body

        answer = self.serve_only(application)
        self.assertEqual(answer, (UNFINISHED, b"200 OK\nContent-Length\n5", b"Hello"))
        self.assertEqual(body.closed, 0)
        host.finish(1, 0, 0, "")
        self.assertEqual(body.closed, 1)

    def test_close_does_not_keep_the_client_waiting(self):
        body = Closing(b"Hello")

        def application(environ, start_response):
            start(start_response)
            return body

        self.assertEqual(self.serve_only(application), (UNFINISHED, None, b""))
        self.assertEqual((java.sent, body.closed), ([(HEAD, b"Hello")], 0))
        host.finish(1, 0, 0, "")
        self.assertEqual(body.closed, 1)

    def test_a_body_beyond_content_length_is_not_asked_for_more(self):
        for first in (b"Hello", b"Hel"):
            asked = []

            def blocks():
                yield first
                yield b"lo, world"
                asked.append("more")
                yield b"more"

            def application(environ, start_response):
                start(start_response, ("Content-Length", "5"))
                return blocks()

            self.serve(application)
            self.assertEqual(asked, [])

    def test_an_iterable_is_begun_once(self):
        for blocks in ((b"Hello",), (b"Hel", b"lo"), ()):
            for headers in ([], [("Content-Length", str(len(b"".join(blocks))))]):
                for closing in (False, True):
                    java.clear()
                    body = OwnIterator(*blocks)
                    if closing:
                        body.close = lambda: None

                    def application(environ, start_response):
                        start(start_response, *headers)
                        return body

                    answer = self.serve(application)
                    with self.subTest(blocks=blocks, headers=headers, closing=closing):
                        self.assertEqual(b"".join(block for _, block in [*java.sent, answer[1:]]), b"".join(blocks))
                        self.assertEqual((body.begun, java.logged), (1, []))

    def test_an_iterator_may_have_nothing_but_next(self):
        class Blocks:
            def __init__(self):
                self.left = [b"two", b"one"]

            def __next__(self):
                if not self.left:
                    raise StopIteration
                return self.left.pop()

        class Body:
            def __iter__(self):
                return Blocks()

        def application(environ, start_response):
            start(start_response)
            return Body()

        self.assertEqual(self.serve(application), (DONE, None, b""))
        self.assertEqual(java.sent, [(HEAD, b"one"), (None, b"two")])

    def test_head_and_204_and_304_end_with_the_first_block(self):
        for method, status in (("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")):
            java.clear()
            asked = []

            def application(environ, start_response):
                start_response(status, [])
                try:
                    while True:
                        asked.append(True)
                        yield b"endless"
                finally:
                    asked.append("closed")

            answer = self.serve(application, REQUEST_METHOD=method)
            self.assertEqual(answer, (DONE, status.encode(), b""))
            self.assertEqual((asked, java.sent), ([True, "closed"], []))

    def test_a_subclass_of_bytes_will_do(self):
        class Bytes(bytes):
            pass

        def application(environ, start_response):
            start(start_response)
            return [Bytes(b"x")]

        payload = self.serve(application)[2]
        self.assertIs(type(payload), bytes)

    def test_wsgiref_validate_is_content(self):
        def whole(environ, start_response):
            environ["wsgi.input"].read(3)
            environ["wsgi.errors"].write("said\n")
            start(start_response, ("Content-Type", "text/plain"))
            return [b"Hello"]

        def streaming(environ, start_response):
            write = start(start_response, ("Content-Type", "text/plain"))
            write(b"one")
            return iter([b"two"])

        for application in (whole, streaming):
            for method in ("GET", "POST"):
                answer = self.serve(wsgiref.validate.validator(application), body=b"abcdef", REQUEST_METHOD=method)
                self.assertEqual(answer, (UNFINISHED, None, b""), answer)


class StartResponse(HostTest):
    def test_refuses_other_types(self):
        for arguments, message in (
            ((b"200 OK", []), "found b'200 OK' (bytes) as status, expected a str; write '200 OK'"),
            (("200 OK", ()), "found () (tuple) as headers, expected a list of tuples"),
            (("200 OK", [["A", "b"]]), "found ['A', 'b'] (list) as a header, expected a tuple (name, value)"),
            (
                ("200 OK", [("A", 1)]),
                "found ('A', 1) (tuple) as a header, expected two of str; str(value) makes one",
            ),
            (
                ("200 OK", [], "error"),
                "found 'error' (str) as exc_info, expected None or the tuple of an exception; pass sys.exc_info()",
            ),
        ):
            self.assertEqual(self.start_failure(*arguments), message)

    def test_refuses_a_malformed_status(self):
        for status in ("OK", "200", "20 OK", "2000 OK", "099 No", "200 O\nK", "200 OK\r\nX: y", "200 \u0100", ""):
            self.assertIn("as status, expected three digits, a space and a reason", self.start_failure(status, []))

    def test_refuses_a_malformed_header(self):
        for name in ("", "A b", "A:", "A\n", "A\nB", "\u00c4"):
            self.assertIn("as a header's name, expected a token", self.start_failure("200 OK", [(name, "x")]))
        for value in ("a\nb", "a\r\nSet-Cookie: x", "\0", "\x7f", "\t", "\u0100", "\U0001f600"):
            self.assertIn("as the value of A, expected characters", self.start_failure("200 OK", [("A", value)]))

    def test_takes_all_of_latin_1(self):
        def application(environ, start_response):
            start_response("200 Tr\u00e8s bien", [("A", "\u00ff")])
            return []

        self.assertEqual(self.serve(application)[1], b"200 Tr\xe8s bien\nA\n\xff")

    def test_refuses_hop_by_hop_headers(self):
        for name in ("Connection", "TRANSFER-ENCODING", "Keep-Alive", "upgrade", "TE", "Trailers", "Proxy-Connection"):
            self.assertIn("found the hop-by-hop header '" + name, self.start_failure("200 OK", [(name, "x")]))

    def test_refuses_a_content_length_that_is_none(self):
        for headers in (["-1"], ["1.5"], [""], ["5", "5"], ["\u00b2"], ["9" * 19]):
            headers = [("Content-Length", value) for value in headers]
            self.assertIn("expected one, of digits only", self.start_failure("200 OK", headers))

    def test_refuses_a_second_call(self):
        def application(environ, start_response):
            start(start_response)
            start(start_response)

        self.assertIn("start_response: found a second call, expected one;", self.failure(application))

    def test_has_to_be_called(self):
        for body in ([b"x"], [], iter([b"x"]), iter([])):
            self.assertIn(
                "found no call of start_response, expected one before the first block",
                self.failure(lambda environ, start_response: body),
            )
            self.assertEqual(java.sent, [])

    def test_exc_info_replaces_a_head_that_was_not_sent(self):
        def application(environ, start_response):
            start(start_response, ("A", "b"))
            try:
                raise KeyError("x")
            except KeyError:
                start_response("500 Oops", [("C", "d")], sys.exc_info())
            return [b"sorry"]

        self.assertEqual(self.serve(application), (DONE, b"500 Oops\nC\nd", b"sorry"))

    def test_nothing_of_a_replaced_head_counts(self):
        def application(first, second):
            def run(environ, start_response):
                start_response(*first)
                yield b""
                try:
                    raise KeyError("x")
                except KeyError:
                    start_response(*second, sys.exc_info())
                yield b"sorry"
                yield b"!"

            return run

        oops = "500 Oops", [("C", "d")]
        for first in (("204 No Content", []), ("304 Not Modified", []), ("200 OK", [("Content-Length", "2")])):
            java.clear()
            self.assertEqual(self.serve(application(first, oops)), (DONE, None, b""))
            self.assertEqual(java.sent, [(b"500 Oops\nC\nd", b"sorry"), (None, b"!")])
        java.clear()
        self.assertEqual(self.serve(application(oops, ("204 No Content", []))), (DONE, b"204 No Content", b""))
        answer = self.serve(application(("204 No Content", []), oops), REQUEST_METHOD="HEAD")
        self.assertEqual(answer, (DONE, b"500 Oops\nC\nd", b""))
        self.assertEqual(java.sent, [])

    def test_exc_info_is_raised_again_once_the_head_was_sent(self):
        original = KeyError("x")
        raised = []

        def application(environ, start_response):
            start(start_response)(b"x")
            try:
                raise original
            except KeyError:
                try:
                    start_response("500 Oops", [], sys.exc_info())
                except KeyError as again:
                    raised.append(again)
                    raise

        self.assertIn("KeyError: 'x'", self.failure(application))
        self.assertIs(raised[0], original)


class Failures(HostTest):
    def test_whatever_is_raised_is_an_answer_with_pythons_traceback(self):
        for error in (ValueError("x"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), StopIteration()):
            def application(environ, start_response):
                raise error

            story = self.failure(application)
            self.assertTrue(story.startswith("Traceback (most recent call last):\n"), story)
            self.assertIn("in application", story)
            self.assertNotIn('"wsgi_host.py"', story)
            self.assertIn(type(error).__name__, story.splitlines()[-1])

    @unittest.skipIf(sys.version_info < (3, 11), "Python formats all of a stack itself before 3.11")
    def test_a_recursion_is_told_as_python_does_each_place_formatted_once(self):
        formatted = []
        original = traceback.StackSummary.format_frame_summary

        def counting(stack, frame, **options):
            formatted.append(frame.name)
            return original(stack, frame, **options)

        def down(left):
            return down(left - 1) if left else {}["bottom"]

        def application(environ, start_response):
            return down(200)

        traceback.StackSummary.format_frame_summary = counting
        try:
            story = self.failure(application)
        finally:
            traceback.StackSummary.format_frame_summary = original
        self.assertIn("[Previous line repeated 198 more times]\n", story)
        self.assertLessEqual(len(formatted), 3, formatted)

    def test_an_error_that_can_not_be_shown(self):
        class Mean(Exception):
            def __str__(self):
                raise SystemExit(1)

        def application(environ, start_response):
            raise Mean

        self.assertIn("Mean", self.failure(application))

    def test_close_is_called_once_after_a_failure(self):
        for sent in ((), (b"x",)):
            body = Closing(*sent, ValueError("broken"))

            def application(environ, start_response):
                start(start_response)
                return body

            self.assertIn("ValueError: broken", self.failure(application))
            self.assertEqual(body.closed, 1)

    def test_close_is_called_when_start_response_was_not(self):
        body = Closing(b"x")
        self.failure(lambda environ, start_response: body)
        self.assertEqual(body.closed, 1)

    def test_a_failing_close_is_logged(self):
        body = Closing(b"x", close_error=ValueError("broken"))

        def application(environ, start_response):
            start(start_response)
            return body

        self.assertEqual(self.serve(application)[0], UNFINISHED)
        self.assertEqual(body.closed, 1)
        logger, level, text = java.logged[0]
        self.assertEqual((logger, level), ("python", logging.ERROR))
        self.assertIn("ValueError: broken", text)

    def test_a_block_that_is_not_bytes_is_refused(self):
        for body, found, cure in (
            (["text"], "'text' (str)", "encode it, as with .encode('utf-8')"),
            (iter(["text"]), "'text' (str)", "encode it, as with .encode('utf-8')"),
            ([bytearray(b"x")], "bytearray(b'x') (bytearray)", "convert it with bytes()"),
            ([None], "None (NoneType)", "convert it with bytes()"),
            (["x" * 100, "y"], "'" + "x" * 56 + "... (str)", "encode it, as with .encode('utf-8')"),
        ):
            def application(environ, start_response):
                start(start_response)
                return body

            self.assertEqual(
                self.failure(application).splitlines()[-1],
                f"TypeError: the application's body: found {found}, expected bytes; {cure}",
            )

    def test_write_refuses_what_is_not_bytes(self):
        def application(environ, start_response):
            start(start_response)("text")

        self.assertIn("TypeError: write(): found 'text' (str), expected bytes", self.failure(application))

    def test_a_body_that_is_none_is_refused(self):
        for body in (None, "text", b"bytes"):
            def application(environ, start_response):
                start(start_response)
                return body

            self.assertEqual(
                self.failure(application).splitlines()[-1],
                f"TypeError: the application returned {body!r} ({type(body).__name__}),"
                " expected an iterable of bytes; return [block]",
            )

    def test_what_is_handed_over_wrongly_is_told_with_the_applications_line(self):
        def function(environ, start_response):
            start(start_response)
            return ["text"]

        def generator(environ, start_response):
            start(start_response)
            yield b"good"
            yield 3

        class Instance:
            def __call__(self, environ, start_response):
                return function(environ, start_response)

        @functools.wraps(function)
        def decorated(*arguments):
            return function(*arguments)

        first = function.__code__.co_firstlineno
        stands = generator.__code__.co_firstlineno + 3
        calls = Instance.__call__.__code__.co_firstlineno
        for application, line, name, code in (
            (function, first, "function", "def function(environ, start_response):"),
            (generator, stands, "generator", "yield 3"),
            (Instance(), calls, "__call__", "def __call__(self, environ, start_response):"),
            (Instance().__call__, calls, "__call__", "def __call__(self, environ, start_response):"),
            (functools.partial(function), first, "function", "def function(environ, start_response):"),
            (decorated, first, "function", "def function(environ, start_response):"),
        ):
            story = self.failure(application).splitlines()
            self.assertEqual(
                story[:3],
                [
                    "Traceback (most recent call last):",
                    f'  File "{__file__}", line {line}, in {name}',
                    "    " + code,
                ],
            )
            self.assertIn("expected bytes", story[3])

    def test_an_application_in_c_has_no_line(self):
        self.assertEqual(
            self.failure(max), "TypeError: '>' not supported between instances of 'method' and 'dict'"
        )

    def test_a_client_that_left_ends_the_iteration(self):
        java.send_trouble = "the client has left"
        body = Closing(b"one", b"two")

        def application(environ, start_response):
            start(start_response)
            return body

        self.assertIn("BrokenPipeError: [Errno 32] the client has left", self.failure(application))
        self.assertEqual((len(java.sent), body.closed), (1, 1))

    def test_a_client_that_left_is_an_oserror_in_write(self):
        java.send_trouble = "the client has left"
        seen = []

        def application(environ, start_response):
            try:
                start(start_response)(b"x")
            except OSError as error:
                seen.append(error)
            return []

        self.serve(application)
        self.assertIsInstance(seen[0], ConnectionError)


class Input(HostTest):
    def read(self, reading, body=b"one\ntwo\nthree", flags=0):
        seen = []

        def application(environ, start_response):
            seen.append(reading(environ["wsgi.input"]))
            start(start_response)
            return []

        self.assertEqual(self.serve(application, flags, body)[0], DONE)
        return seen[0]

    def test_has_every_method(self):
        for reading, expected in (
            (lambda i: i.read(), b"one\ntwo\nthree"),
            (lambda i: i.read(5), b"one\nt"),
            (lambda i: i.read(-1), b"one\ntwo\nthree"),
            (lambda i: (i.read(0), i.read(3)), (b"", b"one")),
            (lambda i: (i.read(100), i.read(100), i.read(), i.readline()), (b"one\ntwo\nthree", b"", b"", b"")),
            (lambda i: (i.readline(), i.readline(2), i.readline()), (b"one\n", b"tw", b"o\n")),
            (lambda i: i.readlines(), [b"one\n", b"two\n", b"three"]),
            (lambda i: i.readlines(1), [b"one\n"]),
            (lambda i: list(i), [b"one\n", b"two\n", b"three"]),
            (lambda i: (next(i), i.read(1)), (b"one\n", b"t")),
            (lambda i: io.TextIOWrapper(i, "ascii").read(), "one\ntwo\nthree"),
        ):
            self.assertEqual(self.read(reading), expected)

    def test_an_empty_one(self):
        for flags in (0, NO_INPUT):
            for reading, expected in (
                (lambda i: i.read(), b""),
                (lambda i: i.read(1), b""),
                (lambda i: i.readline(), b""),
                (lambda i: i.readlines(), []),
                (lambda i: list(i), []),
            ):
                self.assertEqual(self.read(reading, b"", flags), expected)

    def test_java_is_asked_only_when_the_application_asks(self):
        self.read(lambda i: i.read(0))
        self.assertEqual(java.asked, [])
        java.clear()
        self.read(lambda i: i.read(1))
        self.assertEqual(len(java.asked), 1)

    def test_a_body_that_breaks_off_is_an_oserror(self):
        java.read_trouble = "the client left half-way"

        def application(environ, start_response):
            environ["wsgi.input"].read()

        kind, _, payload = self.serve(application)
        self.assertEqual(kind, INPUT_FAILED)
        self.assertIn(b"OSError: [Errno 5] the client left half-way", payload)

    def test_an_application_may_cope_with_that(self):
        java.read_trouble = "the client left half-way"

        def application(environ, start_response):
            try:
                environ["wsgi.input"].read()
            except OSError:
                start_response("400 Bad Request", [])
                return [b"half"]

        self.assertEqual(self.serve(application), (DONE, b"400 Bad Request", b"half"))


class Output(HostTest):
    def test_errors_are_lines(self):
        def application(environ, start_response):
            errors = environ["wsgi.errors"]
            errors.write("one\ntw")
            errors.write("o\n")
            errors.writelines(["three\n", "four"])
            errors.flush()
            print("five", "six", file=errors, end="")
            start(start_response)
            return []

        self.serve(application)
        self.assertEqual(java.errors, ["one", "two", "three", "four", "five six"])

    def test_errors_of_close_are_whole(self):
        class Body(Closing):
            def close(self):
                self.errors.write("closing")

        def application(environ, start_response):
            start(start_response)
            body = Body(b"x")
            body.errors = environ["wsgi.errors"]
            return body

        self.serve(application)
        self.assertEqual(java.errors, ["closing"])

    def test_errors_of_threads_are_whole_lines(self):
        def application(environ, start_response):
            def helper():
                errors.write("of a ")
                begun.set()
                gone_on.wait()
                errors.write("thread\nand more")

            errors = environ["wsgi.errors"]
            begun, gone_on = threading.Event(), threading.Event()
            thread = threading.Thread(target=helper)
            thread.start()
            begun.wait()
            errors.write("one\n")
            errors.write("two")
            gone_on.set()
            thread.join()
            start(start_response)
            return []

        self.serve(application)
        gc.collect()
        self.assertEqual(java.errors, ["one", "of a thread", "two", "and more"])

    def test_errors_take_text_only(self):
        def application(environ, start_response):
            environ["wsgi.errors"].write(b"x")

        self.assertIn("TypeError: wsgi.errors: found b'x' (bytes), expected a str", self.failure(application))

    def test_lone_surrogates_are_escaped(self):
        def application(environ, start_response):
            environ["wsgi.errors"].write("\udcff\n")
            start(start_response)
            return []

        self.serve(application)
        self.assertEqual(java.errors, ["\\udcff"])

    def test_prints_are_logged_by_line(self):
        stdout, stderr, _ = host.redirected
        print("one", "two", file=stdout)
        print("th", end="", file=stdout)
        print("ree\u00e9", file=stdout)
        print("four", file=stderr)
        stdout.buffer.write(b"five\n")
        stdout.flush()
        self.assertEqual(
            java.logged,
            [
                ("python.stdout", logging.INFO, "one two"),
                ("python.stdout", logging.INFO, "three\u00e9"),
                ("python.stderr", logging.WARNING, "four"),
                ("python.stdout", logging.INFO, "five"),
            ],
        )

    def test_what_is_written_at_once_is_one_record(self):
        stdout, stderr, _ = host.redirected
        stdout.write("a\nb\n\nc\n")
        print(file=stdout)  # says nothing
        stdout.write("be")
        other = threading.Thread(target=print, args=("another's",), kwargs={"file": stdout})
        other.start()
        other.join()
        stdout.write("gun\n")
        stdout.write("never ended")
        stdout.end()
        stderr.write("x" * host.PRINTED_CHARACTERS)
        stderr.write("y\n")
        self.assertEqual(
            [text for _, _, text in java.logged],
            ["a\nb\n\nc", "another's", "begun", "never ended", "x" * host.PRINTED_CHARACTERS + "y"],
        )

    def test_a_traceback_is_one_record(self):
        _, stderr, _ = host.redirected
        errors = host._Errors(1)

        def fail():
            raise KeyError("apples")

        def print_it():
            try:
                fail()
            except KeyError as error:
                traceback.print_exc(file=stderr)
                traceback.print_exception(type(error), error, error.__traceback__, None, errors)
                if sys.version_info >= (3, 11):
                    traceback.TracebackException.from_exception(error).print(file=stderr)
                else:
                    traceback.print_exc(file=stderr)
                traceback.print_stack(file=stderr)
                kept, sys.stderr = sys.stderr, stderr
                try:
                    traceback.print_exc()
                finally:
                    sys.stderr = kept

        print_it()
        first, second, stack, third = [text for _, _, text in java.logged]
        self.assertRegex(first, r"(?s)^Traceback \(most recent call last\):\n.*, in fail\n.*\nKeyError: 'apples'$")
        self.assertEqual((second, third, java.errors), (first, first, [first]))
        self.assertRegex(stack, r"(?s)^  File .*, in print_it\n.*print_stack\(file=stderr\)$")

    def test_what_nobody_catches_is_one_record(self):
        uncaught, uncaught_in_thread, unraisable = host.hooks
        error = KeyError("apples")
        uncaught(KeyError, error, None)
        thread = types.SimpleNamespace(name="picker")
        uncaught_in_thread(types.SimpleNamespace(exc_type=KeyError, exc_value=error, exc_traceback=None, thread=thread))
        uncaught_in_thread(types.SimpleNamespace(exc_type=SystemExit, exc_value=None, exc_traceback=None, thread=thread))
        unraisable(
            types.SimpleNamespace(exc_type=KeyError, exc_value=error, exc_traceback=None, err_msg=None, object="tree")
        )
        self.assertEqual(
            java.logged,
            [
                ("python", logging.ERROR, "KeyError: 'apples'"),
                ("python", logging.ERROR, "Exception in thread picker:\nKeyError: 'apples'"),
                ("python", logging.WARNING, "Exception ignored in: 'tree' (str)\nKeyError: 'apples'"),
            ],
        )

    def test_records_keep_their_level_whatever_writes_them(self):
        _, stderr, _ = host.redirected
        handler = logging.StreamHandler(stderr)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger = logging.Logger("shop")
        logger.addHandler(handler)
        logger.debug("seeds")
        logger.info("apples")
        try:
            raise KeyError("pears")
        except KeyError:
            logger.exception("no")
        print("plums", file=stderr)
        self.assertEqual(
            [(level, text.partition("\n")[0], text.count("\n") > 1) for _, level, text in java.logged],
            [(10, "DEBUG seeds", False), (20, "INFO apples", False), (40, "ERROR no", True), (30, "plums", False)],
        )

    def test_records_that_no_handler_takes_are_logged(self):
        logging.lastResort, kept = host.redirected[2], logging.lastResort
        handlers, logging.root.handlers = logging.root.handlers, []
        try:
            logging.getLogger("shop.cart").warning("no %s", "apples")
            logging.getLogger("shop.cart").info("not logged")
        finally:
            logging.lastResort, logging.root.handlers = kept, handlers
        self.assertEqual(java.logged, [("shop.cart", logging.WARNING, "no apples")])


class AfterTheEnd(HostTest):
    def test_what_was_kept_of_a_request_is_refused(self):
        for result in ([], iter([b"x"]), Closing(b"x")):
            kept = []

            def application(environ, start_response):
                kept.append(start_response)
                kept.append(start(start_response))
                return result

            self.serve(application)
            java.clear()
            with self.assertRaisesRegex(AssertionError, "after the response's end"):
                kept[1](b"stray")
            with self.assertRaisesRegex(AssertionError, "after the response's end"):
                start(kept[0])
            self.assertEqual(java.sent, [])

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork here")
    def test_a_forked_child_ends_where_it_comes_back(self):
        def leave():
            sys.exit(5)

        def leave_with_a_text():
            sys.exit("why")

        for act, status in ((leave, 5), (leave_with_a_text, 1), (lambda: 1 / 0, 1), (lambda: None, 1)):
            children = []

            def application(environ, start_response):
                start(start_response)
                child = os.fork()
                if not child:
                    null = os.open(os.devnull, os.O_WRONLY)
                    os.dup2(null, 2)
                    act()
                    return [b"by the child"]
                children.append(child)
                return [b"by the parent"]

            self.assertEqual(self.serve(application)[2], b"by the parent")
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]), status)


class Files(HostTest):
    CONTENT = b"0123456789"

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "file")
        with open(self.path, "wb") as file:
            file.write(self.CONTENT)

    def wrap(self, file, size=4):
        def application(environ, start_response):
            start(start_response)
            return environ["wsgi.file_wrapper"](file, size)

        return self.serve(application)

    def assert_sent_as_file(self, file, position):
        kind, head, payload = self.wrap(file)
        self.assertEqual((kind, head, java.sent), (FILE, HEAD, []))
        number, found, path = payload.split(b"\n", 2)
        self.assertEqual(int(found), position)
        self.assertTrue(path.startswith((b"/proc/self/fd/", b"/dev/fd/")), path)
        with open(path, "rb") as again:
            self.assertEqual(again.read(), self.CONTENT)
        self.assertFalse(file.closed)
        self.assertEqual(host.close(1, int(number), 0, "")[0], DONE)
        self.assertTrue(file.closed)

    def assert_sent_by_blocks(self, file, *blocks):
        self.assertEqual(self.wrap(file)[0], UNFINISHED)
        self.assertEqual([block for _, block in java.sent], list(blocks))
        self.assertTrue(file.closed)

    def test_a_regular_file(self):
        self.assert_sent_as_file(open(self.path, "rb"), 0)

    def test_from_its_position(self):
        file = open(self.path, "rb")
        file.read(3)
        self.assert_sent_as_file(file, 3)

    def test_unbuffered(self):
        self.assert_sent_as_file(open(self.path, "rb", buffering=0), 0)

    def test_with_what_was_written_and_not_flushed(self):
        with open(self.path, "wb"):
            pass
        file = open(self.path, "r+b")
        file.write(self.CONTENT)
        file.seek(2)
        self.assert_sent_as_file(file, 2)

    def test_temporary_files(self):
        for make in (tempfile.NamedTemporaryFile, tempfile.TemporaryFile):
            file = make()
            file.write(self.CONTENT)
            file.seek(1)
            self.assert_sent_as_file(file, 1)

    def test_a_removed_file(self):
        file = open(self.path, "rb")
        os.remove(self.path)
        self.assert_sent_as_file(file, 0)

    def test_a_file_whose_name_is_another_ones(self):
        file = open(self.path, "rb")
        with open(self.path + "new", "wb") as other:
            other.write(b"other")
        os.replace(self.path + "new", self.path)
        self.assert_sent_as_file(file, 0)

    def test_a_file_that_the_application_closes_at_once(self):
        file = open(self.path, "rb")
        _, _, payload = self.wrap(file)
        number, _, path = payload.split(b"\n", 2)
        file.close()
        with open(__file__, "rb"), open(path, "rb") as again:
            self.assertEqual(again.read(), self.CONTENT)
        self.assertEqual(host.close(1, int(number), 0, "")[0], DONE)
        self.assertFalse(os.path.lexists(path))

    def test_a_file_that_java_can_not_open_is_sent_by_blocks(self):
        file = open(self.path, "rb")
        kind, _, payload = self.wrap(file)
        self.assertEqual(kind, FILE)
        self.assertEqual(host.blocks(1, int(payload.split(b"\n")[0]), 0, "")[0], UNFINISHED)
        host.finish(1, 0, 0, "")
        self.assertEqual(java.sent, [(HEAD, b"0123"), (None, b"4567"), (None, b"89")])
        self.assertTrue(file.closed)

    def test_without_a_way_to_a_descriptor_files_are_sent_by_blocks(self):
        folders, host.descriptor_folders = host.descriptor_folders, []
        try:
            self.assert_sent_by_blocks(open(self.path, "rb"), b"0123", b"4567", b"89")
        finally:
            host.descriptor_folders = folders

    def test_what_is_no_regular_file_is_sent_by_blocks(self):
        self.assert_sent_by_blocks(io.BytesIO(self.CONTENT), b"0123", b"4567", b"89")

    def test_what_only_looks_like_a_file_is_sent_by_blocks(self):
        with gzip.open(self.path, "wb") as packed:
            packed.write(self.CONTENT)
        self.assert_sent_by_blocks(gzip.open(self.path, "rb"), b"0123", b"4567", b"89")
        java.clear()
        self.assert_sent_by_blocks(io.BufferedReader(gzip.open(self.path, "rb")), b"0123", b"4567", b"89")

    def test_a_pipe_is_sent_by_blocks(self):
        read, write = os.pipe()
        os.write(write, self.CONTENT)
        os.close(write)
        self.assert_sent_by_blocks(open(read, "rb"), b"0123", b"4567", b"89")

    def test_a_text_file_is_refused(self):
        file = open(self.path, encoding="ascii")
        kind, _, payload = self.wrap(file)
        self.assertEqual(kind, FAILED)
        self.assertIn(b"found '0123' (str), expected bytes", payload)
        self.assertTrue(file.closed)

    def test_an_object_without_close(self):
        class Reader:
            def __init__(self):
                self.blocks = [b"a", b"b", b""]

            def read(self, size):
                return self.blocks.pop(0)

        self.assertEqual(self.wrap(Reader()), (DONE, None, b""))
        self.assertEqual(java.sent, [(HEAD, b"a"), (None, b"b")])

    def test_closed_where_start_response_was_not_called(self):
        file = open(self.path, "rb")
        self.failure(lambda environ, start_response: environ["wsgi.file_wrapper"](file))
        self.assertTrue(file.closed)

    def test_after_write(self):
        file = open(self.path, "rb")

        def application(environ, start_response):
            start(start_response)(b"before")
            return environ["wsgi.file_wrapper"](file)

        kind, head, payload = self.serve(application)
        self.assertEqual((kind, head, java.sent), (FILE, None, [(HEAD, b"before")]))
        host.close(1, int(payload.split(b"\n")[0]), 0, "")


class LoadingTest(HostTest):
    """Has files to load."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        kept = list(sys.path), dict(sys.modules), os.getcwd()
        self.addCleanup(self.restore, *kept)
        host._applications.clear()
        sys.dont_write_bytecode = True

    @staticmethod
    def restore(path, modules, folder):
        sys.path[:] = path
        for name in set(sys.modules) - set(modules):
            del sys.modules[name]
        sys.modules["__main__"] = modules["__main__"]
        os.chdir(folder)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    @staticmethod
    def answer(name, *folders):
        scripts = SCRIPTS if "/" in name or ".py" in name else ""
        return host.load(0, 0, 0, "\0".join([scripts, name, *folders]))

    def load(self, name, *folders):
        kind, head, payload = self.answer(name, *folders)
        self.assertEqual((kind, head, payload), (DONE, None, b"%d" % (len(host._applications) - 1)))
        return host._applications[-1]

    def message(self, name, *folders):
        kind, head, payload = self.answer(name, *folders)
        self.assertEqual(kind, FAILED)
        return payload.decode("utf-8").replace(self.folder, "DIR")

    APPLICATION = "def {}(environ, start_response):\n    pass\n"


class Loading(LoadingTest):
    def test_a_file(self):
        path = self.file("site/shop-1.py", "import near\n" + self.APPLICATION.format("application"))
        self.file("site/near.py", "")
        application = self.load(path)
        self.assertEqual((application.__module__, application.__name__), ("shop-1", "application"))
        self.assertIs(sys.modules["shop-1"].application, application)
        self.assertEqual(sys.modules["shop-1"].__file__, path)
        self.assertEqual(sys.path[0], os.path.dirname(path))

    def test_a_relative_file(self):
        self.file("shop.py", self.APPLICATION.format("app"))
        os.chdir(self.folder)
        self.assertEqual(self.load("shop.py").__name__, "app")

    def test_application_comes_before_app(self):
        path = self.file("shop.py", self.APPLICATION.format("app") + self.APPLICATION.format("application"))
        self.assertEqual(self.load(path).__name__, "application")
        self.assertEqual(self.load(path + ":app").__name__, "app")

    def test_a_file_is_run_once(self):
        path = self.file("shop.py", self.APPLICATION.format("app"))
        self.assertIs(self.load(path), self.load(path + ":app"))

    def test_files_of_one_name_do_not_meet(self):
        one = self.load(self.file("one/shop.py", self.APPLICATION.format("app")))
        two = self.load(self.file("two/shop.py", self.APPLICATION.format("app")))
        self.assertIsNot(one, two)
        self.assertIs(sys.modules["shop"].app, one)

    def test_a_file_named_like_a_module_of_python(self):
        json = __import__("json")
        self.load(self.file("json.py", self.APPLICATION.format("app")))
        self.assertIs(sys.modules["json"], json)

    def test_a_module_by_the_python_path(self):
        self.file("src/mysite/__init__.py", "")
        self.file("src/mysite/wsgi.py", self.APPLICATION.format("application"))
        self.assertEqual(self.load("mysite.wsgi", self.folder + "/src").__module__, "mysite.wsgi")
        self.load("mysite.wsgi:application")

    def test_a_file_of_a_package(self):
        self.file("src/oursite/__init__.py", "")
        self.file("src/oursite/near.py", "")
        self.file("src/oursite/settings.py", "")
        path = self.file(
            "src/oursite/wsgi.py", "import near, oursite.settings\nfrom . import settings\n" + self.APPLICATION.format("app")
        )
        self.assertIs(self.load(path), self.load("oursite.wsgi"))
        self.assertEqual(sys.path[0], self.folder + "/src")

    def test_a_file_finds_what_lies_where_it_was_called_from(self):
        self.file("called_from.py", "")
        self.file("conf/settled/wsgi.py", "import called_from\n" + self.APPLICATION.format("application"))
        os.chdir(self.folder)
        self.load("conf/settled/wsgi.py")

    def test_files_of_packages_of_one_name_do_not_meet(self):
        for folder in "one", "two":
            self.file(folder + "/twin/__init__.py", "")
            self.file(folder + "/twin/wsgi.py", self.APPLICATION.format("app"))
        one = self.load(self.folder + "/one/twin/wsgi.py")
        self.assertIsNot(self.load(self.folder + "/two/twin/wsgi.py"), one)

    def test_a_factory_and_a_dotted_name(self):
        path = self.file(
            "shop.py",
            self.APPLICATION.format("inner") + "def create_app(name=None):\n    inner.made = name\n    return inner\n"
            "class Site:\n    wsgi = staticmethod(inner)\n    def make(self): return inner\nsite = Site()\n",
        )
        self.assertEqual(self.load(path + ":create_app('x')").made, "x")
        self.assertEqual(self.load(path + ":create_app(name=3)").made, 3)
        self.assertIsNone(self.load(path + ":create_app").made)
        self.assertEqual(self.load(path + ":Site.wsgi").__name__, "inner")
        self.assertEqual(self.load(path + ":site.make()").__name__, "inner")

    def test_classes_and_objects_are_callables_too(self):
        path = self.file(
            "shop.py",
            "class Whole:\n    def __init__(self, environ, start_response): pass\n"
            "class Object:\n    def __call__(self, environ, start_response): pass\nobject = Object()\n",
        )
        self.load(path + ":Whole")
        self.load(path + ":object")

    def test_no_such_file(self):
        self.assertEqual(
            self.message(self.folder + "/nosuch.py:app"),
            "DIR/nosuch.py: found no such file, expected a Python file; write FILE.py or FILE.py:CALLABLE",
        )

    def test_no_such_module(self):
        kind, head, payload = self.answer("no_such.module:app")
        self.assertEqual((kind, head), (FAILED, b"no module"))
        self.assertTrue(payload.startswith(b"no Python module 'no_such': looked in "), payload)
        self.assertTrue(
            payload.endswith(b"; add its folder with --python-path DIR, or name a file, FILE.py"), payload
        )

    def test_an_import_that_fails_inside_is_pythons_news(self):
        path = self.file("shop.py", "import no_such_thing\n")
        self.assertEqual(
            self.message(path).splitlines()[:3],
            [
                f"DIR/shop.py can't be loaded: no module 'no_such_thing' in {host._this_python()}; install it,"
                f" {host._pip('no_such_thing')}, or add its folder with --python-path DIR",
                "Traceback (most recent call last):",
                '  File "DIR/shop.py", line 1, in <module>',
            ],
        )
        story = self.message("shop", self.folder)
        self.assertIn("\nModuleNotFoundError: No module named 'no_such_thing'", story)
        self.assertNotIn("importlib", story)

    def test_projects_whose_modules_have_other_names(self):
        self.assertTrue(host._pip("PIL.Image").endswith(" -m pip install Pillow"), host._pip("PIL.Image"))

    def test_a_module_that_is_missing_from_a_package_that_is_there(self):
        path = self.file("shop.py", "import xml.no_such_thing\n")
        self.assertEqual(self.message(path).splitlines()[0], "DIR/shop.py can't be loaded:")

    def test_a_native_module_for_another_python(self):
        self.file("nativepackage/_fast.cpython-20-other.so", "")
        for number, code in enumerate(("from nativepackage import _fast", "import nativepackage._fast")):
            self.file("nativepackage/__init__.py", "")
            path = self.file(f"shop{number}.py", code + "\n")
            self.assertEqual(
                self.message(path).splitlines()[0],
                f"DIR/shop{number}.py can't be loaded: DIR/nativepackage/_fast.cpython-20-other.so is a native module, built"
                f" for another Python than {host._this_python()}; install it with this one's pip,"
                f" {host._pip('nativepackage')}, or name the Python that it was built for with --python PATH",
            )

    def test_a_syntax_error_shows_its_place(self):
        path = self.file("shop.py", "def app(:\n    pass\n")
        story = self.message(path)
        self.assertTrue(
            story.startswith("DIR/shop.py can't be loaded:\n  File \"DIR/shop.py\", line 1\n    def app(:\n"), story
        )
        self.assertIn("^\nSyntaxError: invalid syntax", story)
        self.assertNotIn("shop", sys.modules)

    def test_a_module_that_exits(self):
        path = self.file("shop.py", "import sys\nsys.exit('settings are missing')\n")
        self.assertTrue(self.message(path).endswith("SystemExit: settings are missing"))

    def test_no_such_callable(self):
        path = self.file(
            "shop.py", "import os\nfrom os.path import join\nlimit = 3\n" + self.APPLICATION.format("wsgi")
        )
        self.assertEqual(
            self.message(path),
            "DIR/shop.py: found no 'application' or 'app'; its callables are: wsgi; name one, as DIR/shop.py:wsgi",
        )
        self.assertEqual(
            self.message(path + ":nope"),
            "DIR/shop.py: found no 'nope'; its callables are: wsgi; name one, as DIR/shop.py:wsgi",
        )
        path = self.file("empty.py", "")
        self.assertEqual(
            self.message(path),
            "DIR/empty.py: found no 'application' or 'app';"
            " it has no callables at all; define application(environ, start_response)",
        )

    def test_not_a_callable(self):
        path = self.file("shop.py", "app = 3\ndef make(): return None\n")
        self.assertEqual(
            self.message(path),
            "DIR/shop.py:app: found 3 (int), expected a callable application(environ, start_response)",
        )
        self.assertEqual(
            self.message(path + ":make()"),
            "DIR/shop.py:make(): found None (NoneType), expected a callable application(environ, start_response)",
        )

    def test_not_a_name(self):
        path = self.file("shop.py", "")
        for expression in ("1", "a b", "app[0]", "make(os.environ)", "(", "make()()"):
            self.assertEqual(
                self.message(path + ":" + expression),
                f"DIR/shop.py:{expression}: expected the name of a callable after the colon, as DIR/shop.py:app,"
                " or a call that makes one, as DIR/shop.py:create_app()",
            )

    def test_wrong_parameters(self):
        path = self.file(
            "shop.py",
            "def reverse(start_response, environ): pass\ndef one(request): pass\ndef create_app(): pass\n"
            "async def asgi(scope, receive, send): pass\ndef any(*args): pass\n",
        )
        for name, message in (
            (
                "reverse",
                "found the parameters in reverse, (start_response, environ); expected (environ, start_response)",
            ),
            ("one", "found the parameters (request), expected (environ, start_response); change its parameters"),
            (
                "create_app",
                "found None (NoneType), expected a callable application(environ, start_response)",
            ),
            (
                "asgi",
                "found the parameters (scope, receive, send), expected (environ, start_response);"
                " this is ASGI; wrap it, as with a2wsgi's ASGIMiddleware",
            ),
        ):
            self.assertEqual(self.message(path + ":" + name), f"DIR/shop.py:{name}: {message}")
        self.load(path + ":any")

    def test_what_is_loaded(self):
        path = self.file("shop.py", "import bottle\n" + self.APPLICATION.format("application"))
        self.file("bottle.py", "__version__ = '0.99'\n")
        self.load(path)
        native = types.ModuleType("shop_native")
        native.__file__ = "/opt/shop/shop_native.so"
        sys.modules["shop_native"] = native
        try:
            number = len(host._applications) - 1
            text = host.SEPARATOR.join([*sum(ENVIRON.items(), ()), host.INSPECT, "1"])
            kind, head, payload = host.serve(0, number, 0, text)
        finally:
            del sys.modules["shop_native"], sys.modules["bottle"]
        lines = payload.decode("utf-8").replace(self.folder, "DIR").splitlines()
        self.assertEqual(lines[0], f"python\t{host._this_python()}\t" + ".".join(map(str, sys.version_info[:3])))
        self.assertIn("application\tDIR/shop.py\t2", lines)
        self.assertIn("native\tshop_native\t/opt/shop/shop_native.so", lines)
        self.assertTrue([line for line in lines if line.startswith("framework\tbottle\t")], lines)

    def test_exit_runs_what_was_registered(self):
        import atexit

        seen = []
        function = lambda: seen.append(True)
        atexit.register(function)
        kept, atexit._run_exitfuncs = atexit._run_exitfuncs, function
        try:
            self.assertEqual(host.exit(0, 0, 0, ""), (DONE, None, b""))
        finally:
            atexit._run_exitfuncs = kept
            atexit.unregister(function)
        self.assertEqual(seen, [True])


class Scripts(LoadingTest):
    """Files that start a server themselves."""

    HELLO = "def hello(environ, start_response):\n    start_response('200 OK', [])\n    return ['Hello\\xff', b'!']\n"

    def setUp(self):
        super().setUp()
        java.clear()

    def served(self, text, name="hello.fcgi"):
        """What a script asks for; its application is the last."""
        kind, head, payload = self.answer(self.file(name, text))
        self.assertEqual((kind, head), (DONE, None), payload.decode())
        number, *rest = payload.decode().split("\n")
        self.assertEqual(number, str(len(host._applications) - 1))
        return rest

    def run_server(self, module, parameters, before=""):
        return self.served(
            f"{self.HELLO}{before}\nfrom flup.server.{module} import WSGIServer\n"
            f"WSGIServer(hello{parameters and ', '}{parameters}).run()\n"
        )

    def refused(self, module, parameters):
        return self.message(
            self.file(
                "hello.fcgi",
                f"{self.HELLO}from flup.server.{module} import WSGIServer\nWSGIServer(hello, {parameters}).run()\n",
            )
        )

    def ask(self, **environ):
        parts = [part for entry in {**ENVIRON, **environ}.items() for part in entry]
        return host.serve(0, len(host._applications) - 1, 0, "\u0100".join(parts))

    def test_the_page(self):
        path = os.path.join(EXAMPLES, "hello.fcgi")
        kind, head, payload = self.answer(path)
        self.assertEqual(payload, b"0\nflup.server.fcgi.WSGIServer\n--bind=fcgi+fd:0")
        self.assertEqual(
            self.ask(), (DONE, b"200 OK\nContent-Type\ntext/plain", b"Hello World!\n")
        )
        self.assertEqual(self.ask()[0], DONE)
        [(logger, level, text)] = java.logged
        self.assertEqual((logger, level), ("python", logging.WARNING))
        self.assertEqual(
            text,
            "the application's body: found 'Hello World!\\n' (str), expected bytes; sent as latin-1, as Python 2 would"
            " have; encode it, as with .encode('utf-8')",
        )

    def test_the_pages_other_program(self):
        self.assertEqual(
            self.message(os.path.join(EXAMPLES, "query.fcgi")).replace(EXAMPLES, "EXAMPLES"),
            "EXAMPLES/query.fcgi, flup.server.cgi.WSGIServer: found the parameters in reverse, (start_response,"
            " environ); expected (environ, start_response)",
        )

    def test_the_pages_other_program_put_right(self):
        with open(os.path.join(EXAMPLES, "query.fcgi"), encoding="utf-8") as file:
            text = file.read().replace("(start_response, environ)", "(environ, start_response)")
        self.assertEqual(self.served(text), ["flup.server.cgi.WSGIServer", "cgi"])
        [(logger, level, text)] = java.logged
        self.assertEqual((logger, level), ("python", logging.WARNING))
        self.assertIn("found no flup.server.cgi.WSGIServer(...).run(), only the server; served all the same", text)
        self.assertEqual(
            self.ask(CONTENT_LENGTH="0", QUERY_STRING="a=b")[2], b"Your query string is:\n<pre>'a=b'</pre>\n"
        )

    def test_is_run_as_a_program(self):
        self.served(
            "import sys, __main__\nassert __name__ == '__main__' and __main__.__file__ == __file__\n"
            "assert sys.argv == [__file__]\nimport near\n"
            f"{self.HELLO}from flup.server.fcgi import WSGIServer\nWSGIServer(hello).run()\n",
            name=self.file("site/near.py", "") and "site/hello",
        )

    def test_nothing_behind_run_is_reached(self):
        self.assertEqual(self.run_server("fcgi", "") + java.logged, ["flup.server.fcgi.WSGIServer", "--bind=fcgi+fd:0"])
        self.served(
            f"{self.HELLO}from flup.server.fcgi import WSGIServer\n"
            "try:\n    WSGIServer(hello).run()\nexcept Exception:\n    raise\nraise AssertionError\n"
        )

    def test_what_is_caught_is_handed_over_all_the_same(self):
        self.served(
            f"{self.HELLO}from flup.server.fcgi import WSGIServer\n"
            "try:\n    WSGIServer(hello).run()\nexcept:\n    pass\nraise SystemExit(3)\n"
        )

    def test_a_py_is_imported_where_it_has_an_application(self):
        path = self.file(
            "shop.py",
            self.APPLICATION.format("app") + "from flup.server.fcgi import WSGIServer\nserver = WSGIServer(app)\n"
            "if __name__ == '__main__':\n    server.run()\n",
        )
        self.assertEqual(self.load(path).__module__, "shop")
        self.assertEqual(java.logged, [])

    def test_a_py_is_run_where_its_first_line_says_so_or_it_has_none(self):
        text = (
            f"{self.HELLO}app = hello\nif __name__ == '__main__':\n"
            "    from flup.server.fcgi import WSGIServer\n    WSGIServer(hello).run()\n"
        )
        fcgi = ["flup.server.fcgi.WSGIServer", "--bind=fcgi+fd:0"]
        self.assertEqual(self.served("#!/usr/bin/env wsgi-bridge\n" + text, "shop.py"), fcgi)
        self.assertEqual(self.served(text.replace("app = hello", ""), "hat.py"), fcgi)
        self.assertEqual(self.served(text, "bag.py"), [])

    def test_a_script_may_just_have_an_application(self):
        self.assertEqual(self.served("#!/usr/bin/env wsgi-bridge\n" + self.APPLICATION.format("app"), "shop"), [])
        path = self.file("shop.fcgi", "assert __name__ == 'shop'\n" + self.APPLICATION.format("other"))
        self.assertEqual(self.load(path + ":other").__name__, "other")

    def test_a_script_that_is_none(self):
        path = self.file("hello.cgi", "#!/usr/bin/perl -w\nuse CGI;\n")
        self.assertEqual(
            self.message(path), "DIR/hello.cgi: found a program for /usr/bin/perl -w, expected Python"
        )
        path = self.file("hello.cgi", "title = 'A CGI program'\n")
        self.assertTrue(self.message(path).startswith("DIR/hello.cgi: found no 'application' or 'app'; "))

    def test_where_it_listens(self):
        for module, parameters, options in (
            ("fcgi", "bindAddress=('127.0.0.1', 9000)", "--bind=fcgi://127.0.0.1:9000"),
            ("fcgi", "bindAddress=('', 9000)", "--bind=fcgi://0.0.0.0:9000"),
            ("fcgi", "bindAddress='/run/a.sock'", "--bind=fcgi+unix:///run/a.sock"),
            ("fcgi", "bindAddress='/run/a.sock', umask=0", "--bind=fcgi+unix:///run/a.sock --chmod-socket=777"),
            ("fcgi", "None, True, False, '/run/a', 0o22", "--bind=fcgi+unix:///run/a --chmod-socket=755"),
            ("fcgi", "forceCGI=True", "cgi"),
            ("scgi", "", "--bind=scgi://localhost:4000"),
            ("scgi", "'/shop', bindAddress=('::1', 1)", "--bind=scgi://[::1]:1 --script-name=/shop"),
            ("scgi", "scriptName=None", "--bind=scgi://localhost:4000 --split=front"),
            ("ajp", "''", "--bind=ajp://localhost:8009"),
            (
                "ajp",
                "allowedServers=['10.0.0.1', '10.0.0.2']",
                "--bind=ajp://localhost:8009 --allow-from=10.0.0.1 --allow-from=10.0.0.2",
            ),
            ("cgi", "", "cgi"),
        ):
            with self.subTest(module=module, parameters=parameters):
                server, *words = self.run_server(module, parameters)
                self.assertEqual(server, f"flup.server.{module}.WSGIServer")
                self.assertEqual(" ".join(words), options)

    def test_the_environment_tells_cgi(self):
        for name, value in (("FCGI_FORCE_CGI", "y"), ("REQUEST_METHOD", "GET")):
            os.environ[name] = value
            self.addCleanup(os.environ.pop, name, None)
            self.assertEqual(self.run_server("fcgi", "")[1:], ["cgi"])
            del os.environ[name]

    def test_how_much_runs_at_once(self):
        for module, parameters, options in (
            ("fcgi", "multithreaded=False, maxThreads=5", "--threads=1"),
            ("fcgi", "minSpare=1, maxSpare=2, maxThreads=5", "--threads=5"),
            ("scgi", "maxThreads=__import__('sys').maxsize", ""),
            ("fcgi_fork", "", "--workers=5 --threads=1"),
            ("scgi_fork", "maxSpare=3, maxRequests=100", "--workers=3 --threads=1 --max-requests=100"),
            ("ajp_fork", "maxChildren=2, timeout=9", "--workers=2 --threads=1 --timeout=9"),
            ("fcgi_fork", "minSpare=7", "--workers=7 --threads=1"),
        ):
            with self.subTest(module=module, parameters=parameters):
                self.assertEqual(" ".join(self.run_server(module, parameters)[2:]), options)

    def test_what_is_added_to_the_environ(self):
        self.run_server("fcgi", "{'shop.name': 'Hats', 'wsgi.input': 3}, multiprocess=True")
        seen = {}
        host._applications[-1](seen, lambda *arguments: None)
        self.assertEqual(seen, {"shop.name": "Hats", "wsgi.multiprocess": True})

    def test_debug_is_left_aside(self):
        self.run_server("fcgi", "debug=True")
        self.assertIn("debug is left aside", java.logged[0][2])

    def test_what_is_refused_is_named(self):
        for module, parameters, message in (
            ("fcgi", "bindAddress=9000", "found the address 9000 (int), expected (host, port) or the path of a socket"),
            ("scgi", "bindAddress=None", "found bindAddress=None, expected (host, port) or the path of a socket"),
            ("fcgi", "bindAddress='/a', umask=0o1000", "found umask=512, expected a number from 0 to 0o777"),
            ("fcgi", "roles=(1, 3)", "found roles=(1, 3), expected no FCGI_FILTER, which no web server asks for"),
            ("fcgi", "maxThreads=0", "found maxThreads=0, expected 1 or more"),
            ("fcgi_fork", "minSpare=0", "found minSpare=0, expected 1 or more"),
            ("fcgi_fork", "minSpare=4, maxSpare=3", "found maxSpare=3, expected 4 or more"),
            ("scgi", "allowedServers=[]", "found allowedServers=[], expected None for anyone, or a list of addresses"),
            ("fcgi", "bindAddress='/a\\nb'", r"found '--bind=fcgi+unix:///a\nb' (str), expected no line feed in it"),
        ):
            with self.subTest(parameters=parameters):
                self.assertEqual(self.refused(module, parameters), f"flup.server.{module}.WSGIServer: {message}")
        for module, parameters, message in (
            ("cgi", "bindAddress=1", "found the parameter bindAddress, expected none but the application"),
            ("ajp", "umask=0", "found the parameter umask, expected one of scriptName, environ, "),
            ("fcgi", "{}, environ={}", "found environ twice"),
            ("cgi", "{}", "found 2 parameters, expected 1 at most"),
        ):
            with self.subTest(parameters=parameters):
                self.assertIn(
                    f"TypeError: flup.server.{module}.WSGIServer: {message}", self.refused(module, parameters)
                )

    def test_blocks_of_str(self):
        self.run_server("fcgi", "")
        self.assertEqual(self.ask()[2], b"Hello\xff!")
        for body, answer in (
            ("'all at once'", b"all at once"),
            ("b'all at once'", b"all at once"),
            ("('a', 'b')", b"ab"),
        ):
            self.run_server("fcgi", "", f"application = hello\ndef hello(*a):\n  application(*a)\n  return {body}")
            self.assertEqual(self.ask()[1:], (b"200 OK", answer))
        java.clear()
        self.run_server("fcgi", "", "def hello(e, s):\n  s('200 OK', [])('a')\n  yield 'b'\n  yield b'c'")
        self.assertEqual(self.ask()[0], UNFINISHED)
        host.finish(0, 0, 0, "")
        self.assertEqual(java.sent, [(b"200 OK", b"a"), (None, b"b"), (None, b"c")])

    def test_what_latin_1_can_not_say(self):
        self.run_server("fcgi", "", "def hello(e, s):\n  s('200 OK', [])\n  return ['3 \u20ac']")
        kind, head, payload = self.ask()
        self.assertEqual(kind, FAILED)
        self.assertIn(b"found U+20AC in a str, expected U+0000 to U+00FF", payload)

    def test_an_iterable_is_closed(self):
        self.run_server(
            "fcgi",
            "",
            "class Body:\n  closed = 0\n  def __iter__(self): return iter(['a', 'b'])\n"
            "  def close(self): Body.closed += 1\n"
            "def hello(e, s):\n  s('200 OK', [])\n  return Body()",
        )
        self.assertEqual(self.ask()[0], UNFINISHED)
        host.finish(0, 0, 0, "")
        self.assertEqual(sys.modules["__main__"].Body.closed, 1)

    def test_only_scripts_of_flup_may_return_str(self):
        self.served(f"{self.HELLO}application = hello\n")
        self.assertEqual(self.ask()[0], FAILED)

    def test_an_installed_flup_is_everyone_elses(self):
        self.file("flup/__init__.py", "")
        self.file("flup/middleware.py", "installed = True")
        self.file("flup/server/__init__.py", "")
        self.file("flup/server/fcgi.py", "installed = True")
        self.served(
            f"import flup.middleware\nassert flup.middleware.installed\n{self.HELLO}"
            "from flup.server import NoDefault\nfrom flup.server.fcgi import WSGIServer, FCGI_RESPONDER\n"
            "WSGIServer(hello, roles=(FCGI_RESPONDER,)).run()\n"
        )
        import flup.server.fcgi

        self.assertTrue(flup.server.fcgi.installed)

    WSGIREF = (
        "from wsgiref.simple_server import make_server, WSGIServer, WSGIRequestHandler\n"
        "from wsgiref.handlers import CGIHandler\nimport socketserver\n"
        "class Threads(socketserver.ThreadingMixIn, WSGIServer): pass\n"
        "class Silent(WSGIRequestHandler):\n  def log_message(self, *a): pass\n"
        "class Other(Silent):\n  def get_environ(self): pass\n"
    )

    def test_wsgiref(self):
        http, cgi = "wsgiref.simple_server", "wsgiref.handlers.CGIHandler"
        for code, words in (
            (
                "with make_server('', 8000, hello) as httpd:\n    assert httpd.server_port == 8000\n"
                "    httpd.serve_forever()",
                [http, "--bind=http://0.0.0.0:8000", "--threads=1"],
            ),
            (
                "make_server('localhost', 0, hello, Threads, Silent).serve_forever()",
                [http, "--bind=http://localhost:0"],
            ),
            ("CGIHandler().run(hello)", [cgi, "cgi"]),
        ):
            with self.subTest(code=code):
                self.assertEqual(self.served(self.WSGIREF + self.HELLO + code + "\n", "serve.py"), words)
                self.assertEqual(self.ask()[0], FAILED, "a str is no block where flup has no part in it")
        self.assertEqual(java.logged, [])

    def test_a_handler_of_its_own_is_left_aside(self):
        self.served(self.WSGIREF + self.HELLO + "make_server('', 1, hello, WSGIServer, Other).serve_forever()")
        self.assertEqual(java.logged[0][2], "wsgiref.simple_server: the handler Other is left aside, with its get_environ")

    def test_a_handler_of_another_kind_is_left_aside(self):
        self.served(
            "import http.server\nclass Files(http.server.SimpleHTTPRequestHandler):\n  def do_PUT(self): pass\n"
            + self.WSGIREF
            + self.HELLO
            + "make_server('', 1, hello, WSGIServer, Files).serve_forever()"
        )
        self.assertEqual(java.logged[0][2], "wsgiref.simple_server: the handler Files is left aside, with its do_PUT")

    def test_what_of_wsgiref_is_refused(self):
        for code, message in (
            (
                "make_server('', 1, hello).handle_request()",
                "found handle_request(), which answers one request and returns, expected serve_forever()",
            ),
            (
                "import ssl\nserver = make_server('', 1, hello)\n"
                "server.socket = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).wrap_socket("
                "server.socket, server_side=True)\nserver.serve_forever()",
                "found a SSLSocket for a socket, expected a plain one; TLS is a front web server's",
            ),
        ):
            with self.subTest(code=code):
                path = self.file("serve.py", self.WSGIREF + self.HELLO + code + "\n")
                self.assertEqual(self.message(path), f"wsgiref.simple_server: {message}")

    def test_a_server_of_another_thread_is_real(self):
        self.served(
            self.WSGIREF
            + self.HELLO.replace("'Hello\\xff', ", "")
            + "import socket, threading, urllib.request\n"
            "side = make_server('127.0.0.1', 0, hello, handler_class=Silent)\n"
            "thread = threading.Thread(target=side.handle_request, daemon=True)\nthread.start()\n"
            "while not side.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN): pass\n"
            "answer = urllib.request.urlopen(f'http://127.0.0.1:{side.server_port}/').read()\n"
            "thread.join()\nside.server_close()\nassert answer == b'!', answer\n"
            "make_server('127.0.0.1', 0, hello).serve_forever()\n"
        )


if __name__ == "__main__":
    EXAMPLES = sys.argv.pop()
    with open(sys.argv.pop(), encoding="utf-8") as file:
        SCRIPTS = file.read()
    HOST = sys.argv.pop()
    unittest.main()
