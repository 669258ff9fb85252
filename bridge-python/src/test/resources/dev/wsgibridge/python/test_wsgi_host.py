"""Tests of wsgi_host.py with a Java made of lists, on any Python: python3 test_wsgi_host.py PATH_OF_WSGI_HOST."""

import functools
import gzip
import io
import logging
import os
import sys
import tempfile
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
    with open(HOST, encoding="utf-8") as source:
        exec(compile(source.read(), "wsgi_host.py", "exec"), host.__dict__)
    host.redirected = sys.stdout, sys.stderr, logging.lastResort
    sys.stdout, sys.stderr, logging.lastResort = kept


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

    def test_records_that_no_handler_takes_are_logged(self):
        logging.lastResort, kept = host.redirected[2], logging.lastResort
        handlers, logging.root.handlers = logging.root.handlers, []
        try:
            logging.getLogger("shop.cart").warning("no %s", "apples")
            logging.getLogger("shop.cart").info("not logged")
        finally:
            logging.lastResort, logging.root.handlers = kept, handlers
        self.assertEqual(java.logged, [("shop.cart", logging.WARNING, "no apples")])


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


class Loading(HostTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        kept = list(sys.path), set(sys.modules), os.getcwd()
        self.addCleanup(self.restore, *kept)
        host._applications.clear()
        sys.dont_write_bytecode = True

    @staticmethod
    def restore(path, modules, folder):
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            del sys.modules[name]
        os.chdir(folder)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def load(self, name, *folders):
        kind, head, payload = host.load(0, 0, 0, "\0".join([name, *folders]))
        self.assertEqual((kind, head, payload), (DONE, None, b"%d" % (len(host._applications) - 1)))
        return host._applications[-1]

    def message(self, name, *folders):
        kind, head, payload = host.load(0, 0, 0, "\0".join([name, *folders]))
        self.assertEqual(kind, FAILED)
        return payload.decode("utf-8").replace(self.folder, "DIR")

    APPLICATION = "def {}(environ, start_response):\n    pass\n"

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

    def test_a_factory_and_a_dotted_name(self):
        path = self.file(
            "shop.py",
            self.APPLICATION.format("inner") + "def create_app(name=None):\n    inner.made = name\n    return inner\n"
            "class Site:\n    wsgi = staticmethod(inner)\n    def make(self): return inner\nsite = Site()\n",
        )
        self.assertEqual(self.load(path + ":create_app('x')").made, "x")
        self.assertEqual(self.load(path + ":create_app(name=3)").made, 3)
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
        kind, head, payload = host.load(0, 0, 0, "no_such.module:app")
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
                "found the parameters (), expected (environ, start_response);"
                " if it makes the application, write DIR/shop.py:create_app()",
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


if __name__ == "__main__":
    HOST = sys.argv.pop()
    unittest.main()
