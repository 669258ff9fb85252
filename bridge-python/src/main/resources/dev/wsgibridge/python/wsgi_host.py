"""WSGI's Python half (PEP 3333), the same on every carrier.

Java calls load, serve, finish, close, stack and exit, each as (call, number, flags, text), and gets (kind, head, payload).
Python calls Java by the functions java_* that the carrier put into these globals; Carrier.java tells of them.

Such a call never raises: whatever the application does, SystemExit included, comes back as an answer.
"""

import atexit
import errno
import functools
import importlib
import importlib.util
import io
import itertools
import logging
import os
import re
import stat
import sys
import threading
import time
import traceback
import types

# Answer.Kind, by its ordinal.
DONE, UNFINISHED, FILE, FAILED, INPUT_FAILED = range(5)

# Flags of serve().
MULTITHREAD, MULTIPROCESS, RUN_ONCE, NO_INPUT = 1, 2, 4, 8

# Flag of exit(): nothing runs in this process afterwards.
PROCESS_ENDS = 1

# Native strings end at U+00FF, so nothing that a client sends can hold this character.
SEPARATOR = "\u0100"

# The key of an environ that asks what the interpreter has loaded, rather than the application; no front can set it.
INSPECT = "dev.wsgibridge.python.inspect"

# The blocks of a list are joined up to this size, and sent one by one above it.
JOINED_BYTES = 65536

# How much may be printed without a line's end.
PRINTED_CHARACTERS = 65536

# How much is read at once where the application wants all.
READ_BYTES = 65536

# Where Java finds the files that this process has open, by their descriptors; a worker has its own.
descriptor_folders = [b"/proc/self/fd", b"/dev/fd"] if SAME_PROCESS else []

# How many forks lie between this process and the one that began.
_forks = 0

_applications = []
_files = {}
_file_numbers = iter(range(1, 2**31))
_file_lock = threading.Lock()
_unfinished = threading.local()
_written = threading.local()
_HERE = (lambda: None).__code__.co_filename
_scripts = types.ModuleType("wsgi_scripts")


# --- One request ------------------------------------------------------------------------------------------------------


def serve(call, number, flags, text):
    """Calls the application of that number; text is the environ's keys and values in turn."""
    errors = _Errors(call)
    response = _Response(call, errors)
    application = result = None
    forks = _forks
    try:
        parts = iter(text.split(SEPARATOR))
        environ = dict(zip(parts, parts))
        response.is_head = environ["REQUEST_METHOD"] == "HEAD"
        environ["wsgi.version"] = (1, 0)
        environ["wsgi.input"] = io.BytesIO() if flags & NO_INPUT else _Input(response)
        environ["wsgi.input_terminated"] = True
        environ["wsgi.errors"] = errors
        environ["wsgi.multithread"] = flags & MULTITHREAD != 0
        environ["wsgi.multiprocess"] = flags & MULTIPROCESS != 0
        environ["wsgi.run_once"] = flags & RUN_ONCE != 0
        environ["wsgi.file_wrapper"] = FileWrapper
        objects = java_objects(call)
        if objects:
            environ.update(objects)
        application = _applications[number] if INSPECT not in environ else _inspection(_applications[number])
        result = application(environ, response.start)
        answer = response.answer(result)
    except BaseException as error:
        _stay_in_parent(forks, error)
        answer = response.failed(error, application, result)
    _stay_in_parent(forks)
    response.over = answer[0] != FILE  # which may have to be sent by blocks
    errors.flush()
    return answer


def blocks(call, number, flags, text):
    """Sends by blocks the file that an answer of kind FILE named, since Java can't open it."""
    response, result, descriptor = _files.pop(number)
    os.close(descriptor)
    response.closed = False
    forks = _forks
    try:
        answer = response.answer_blocks(result)
    except BaseException as error:
        _stay_in_parent(forks, error)
        answer = response.failed(error, None, result)
    _stay_in_parent(forks)
    response.over = True
    response.errors.flush()
    return answer


def finish(call, number, flags, text):
    """Ends what serve() left: the response is whole, but its iterable wants to be exhausted and closed."""
    response, blocks, result = _unfinished.work
    _unfinished.work = None
    forks = _forks
    try:
        for block in blocks:
            if block:
                _log("python", logging.WARNING, "the body is longer than its Content-Length: cut off there")
                break
        response.close(result)
    except BaseException as error:
        _stay_in_parent(forks, error)
        response.close_failed(result)
        _log("python", logging.ERROR, "failed after the response was sent:\n" + _traceback(error))
    _stay_in_parent(forks)
    response.errors.flush()
    return DONE, None, b""


def close(call, number, flags, text):
    """Closes the file that an answer of kind FILE named."""
    response, result, descriptor = _files.pop(number)
    response.over = True
    try:
        os.close(descriptor)
        result.close()
    except BaseException as error:
        return FAILED, None, _utf8(_traceback(error))
    return DONE, None, b""


class CallTimeout(BaseException):
    """Raised in a call that has been silent for longer than --timeout: its client was answered, the call is to end."""


def stack(call, number, flags, text):
    """Tells where another thread stands; text is its identifier."""
    try:
        frames = traceback.extract_stack(sys._current_frames()[int(text)])
        lines = traceback.format_list([frame for frame in frames if frame.filename != _HERE])
        return DONE, None, _utf8("".join(lines).rstrip())
    except Exception:  # it is gone, or this Python can't tell
        return DONE, None, b""


# All of their blocks are there, and nothing happens between them.
_ITERATORS_OF_LISTS = (type(iter([])), type(iter(())))


class _Response:
    """A response: its head is set by start(), and sent with the first block; its iterable is closed once."""

    __slots__ = (
        "call", "errors", "head", "length", "count", "is_head", "bodiless", "started", "sent", "closed", "over", "input_error"
    )  # fmt: skip

    def __init__(self, call, errors):
        self.call = call
        self.errors = errors
        self.head = self.length = self.input_error = None
        self.count = 0
        self.is_head = self.bodiless = self.started = self.sent = self.closed = self.over = False

    def start(self, status, response_headers, exc_info=None):
        """PEP 3333, "The start_response() Callable"."""
        if self.over:
            raise AssertionError("start_response: found a call after the response's end; it belongs to one request")
        if exc_info is not None:
            try:
                if type(exc_info) is not tuple or len(exc_info) != 3 or not isinstance(exc_info[1], BaseException):
                    raise TypeError(
                        f"start_response: found {_shown(exc_info)} as exc_info, expected None or the tuple of an"
                        " exception; pass sys.exc_info()"
                    )
                if self.sent:
                    error = exc_info[1]
                    try:
                        error.with_traceback(exc_info[2])
                    except TypeError:
                        pass  # an exception of Java's takes none
                    raise error
            finally:
                exc_info = None  # its traceback refers to this frame
        elif self.started:
            raise AssertionError(
                "start_response: found a second call, expected one; pass sys.exc_info() as the third argument to"
                " replace the head after an error"
            )
        self.head, self.length = _head(status, response_headers)
        self.bodiless = self.is_head or status[:3] in ("204", "304")
        self.started = True
        return self.write

    def write(self, block):
        """PEP 3333, "The write() Callable"."""
        if type(block) is not bytes:
            block = _bytes(block, "write()")
        if block:
            self.send(block)

    def send(self, block):
        if self.over:
            raise AssertionError("write(): found a call after the response's end; it belongs to one request")
        head = self.unsent_head()
        self.sent = True
        self.count += len(block)
        trouble = java_send(self.call, head, block)
        if trouble is not None:
            raise BrokenPipeError(errno.EPIPE, trouble)

    def unsent_head(self):
        if not self.started:
            raise AssertionError(
                "found no call of start_response, expected one before the first block of the body;"
                " call start_response(status, headers) first"
            )
        return None if self.sent else self.head

    def answer(self, result):
        """Sends each block before the next is asked for; one that is known for the last becomes the answer."""
        kind = type(result)
        if kind is list or kind is tuple:
            return self.answer_list(result)
        if kind in _ITERATORS_OF_LISTS:
            return self.answer_list(list(result))
        if kind is FileWrapper:
            file = _regular_file(result.filelike) if self.started else None
            if file is not None:
                head = self.unsent_head()
                descriptor, position, path = file
                with _file_lock:  # without a GIL two threads may be here
                    number = next(_file_numbers)
                    _files[number] = self, result, descriptor
                self.closed = True
                return FILE, head, b"%d\n%d\n%s" % (number, position, path)
        if result is None or kind is str or kind is bytes:
            raise TypeError(
                f"the application returned {_shown(result)}, expected an iterable of bytes; return [block]"
            )
        return self.answer_blocks(result)

    def answer_blocks(self, result):
        # A for statement calls iter() again, which not every iterator takes as "go on"; islice() calls it this once.
        blocks = itertools.islice(result, None)
        for block in blocks:
            if type(block) is not bytes:
                block = _bytes(block, "the application's body")
            if block:
                if self.bodiless:
                    break
                if self.length == len(block) and not self.sent:
                    return self.unfinished(block, blocks, result)
                self.send(block)
                if self.length is not None and self.count > self.length:
                    break
        if type(result) is types.GeneratorType or not hasattr(result, "close"):
            head = self.unsent_head()
            self.close(result)
            return DONE, head, b""
        return self.unfinished(b"", (), result)

    def unfinished(self, block, blocks, result):
        """The client has no need to wait for what the iterable does after its last byte."""
        head = self.unsent_head()
        self.sent = True
        _unfinished.work = self, blocks, result
        return UNFINISHED, head, block

    def answer_list(self, blocks):
        if len(blocks) == 1:
            block = blocks[0]
            if type(block) is not bytes:
                block = _bytes(block, "the application's body")
            return DONE, self.unsent_head(), block
        blocks = [block if type(block) is bytes else _bytes(block, "the application's body") for block in blocks]
        if sum(map(len, blocks)) <= JOINED_BYTES:
            return DONE, self.unsent_head(), b"".join(blocks)
        for block in blocks:
            if block:
                self.send(block)
        return DONE, None, b""

    def close(self, result):
        if not self.closed:
            self.closed = True
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def close_failed(self, result):
        """Closes the iterable of a response that has failed already: a second failure is only logged."""
        try:
            self.close(result)
        except BaseException as error:
            _log("python", logging.ERROR, "close() failed:\n" + _traceback(error))

    def failed(self, error, application, result):
        place = _place(application, result)  # a generator knows it no longer once it is closed
        self.close_failed(result)
        kind = INPUT_FAILED if error is self.input_error else FAILED
        self.input_error = None  # its traceback refers to this object
        story = _traceback(error)
        if place is not None and not story.startswith("Traceback"):
            # What it has handed over is wrong: no line of its own was running when that was found.
            story = "".join(["Traceback (most recent call last):\n", *traceback.format_list([place]), story])
        return kind, None, _utf8(story)


class FileWrapper:
    """PEP 3333, "Optional Platform-Specific File Handling": what is no regular file is sent by blocks."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        block = self.filelike.read(self.blksize)
        if block:
            return block
        raise StopIteration


def _regular_file(file):
    """Of a file whose bytes on disk are the bytes that it reads: a descriptor of our own for it, the position, and the path by
    which Java finds what that descriptor has open, whatever has become of the file's name; None for all others.
    """
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        if type(file) is tempfile._TemporaryFileWrapper:
            file = file.file
        elif type(file) is tempfile.SpooledTemporaryFile:
            file = file._file
    # By type, not by fileno(): that of a GzipFile belongs to the packed bytes.
    kind = type(file)
    if kind is io.BufferedReader or kind is io.BufferedRandom:
        raw = file.raw
    else:
        raw = file
    if type(raw) is not io.FileIO:
        return None
    try:
        if kind is io.BufferedRandom:
            file.flush()
        descriptor = raw.fileno()
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0 or not raw.readable():
            return None
        position = file.tell()
        for folder in descriptor_folders:
            try:
                # Not the application's own, which it may close at any time.
                own = os.open(b"%s/%d" % (folder, descriptor), os.O_RDONLY)
            except OSError:
                continue
            if os.path.samestat(status, os.fstat(own)):
                return own, position, b"%s/%d" % (folder, own)
            os.close(own)
    except (OSError, ValueError):
        pass  # closed or not seekable: reading it tells
    return None


class _Input:
    """wsgi.input, which becomes a buffered reader when the application first asks for anything of it."""

    __slots__ = ("response", "reader")

    def __init__(self, response):
        self.response = response
        self.reader = None

    def __getattr__(self, name):
        if self.reader is None:
            self.reader = io.BufferedReader(_RawInput(self.response))
        return getattr(self.reader, name)

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if line:
            return line
        raise StopIteration

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()


class _RawInput(io.RawIOBase):
    """The request's body, as Java reads it: asked for only when the application asks."""

    def __init__(self, response):
        self.response = response

    def readable(self):
        return True

    def readinto(self, buffer):
        block = self.block(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def readall(self):
        return b"".join(iter(lambda: self.block(READ_BYTES), b""))

    def block(self, size):
        block = java_read(self.response.call, size)
        if type(block) is str:
            error = self.response.input_error = OSError(errno.EIO, block)
            raise error
        return block


class _Errors(io.TextIOBase):
    """wsgi.errors: lines for the server's log, from any thread at any time."""

    def __init__(self, call):
        self.call = call
        self.rests = {}  # of a line, by the thread that has begun it

    encoding = "utf-8"

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"wsgi.errors: found {_shown(text)}, expected a str")
        lines, end, rest = text.rpartition("\n")
        thread = threading.get_ident()
        if end:
            lines = self.rests.pop(thread, "") + lines
        else:
            rest = self.rests.pop(thread, "") + rest
        if rest:
            self.rests[thread] = rest
        if end:
            java_errors(self.call, _clean(lines))
        return len(text)

    def flush(self):
        rest = self.rests.pop(threading.get_ident(), "")
        if rest:
            java_errors(self.call, _clean(rest))

    def __del__(self):
        # What threads have begun and will not end.
        while self.rests:
            java_errors(self.call, _clean(self.rests.popitem()[1]))


# --- The head of a response -------------------------------------------------------------------------------------------

_STATUS = re.compile(r"[1-9][0-9][0-9] [\x20-\x7e\x80-\xff]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\x80-\xff]*")
_LENGTH = re.compile(r"[0-9]{1,18}")
_HEAD = re.compile(rf"{_STATUS.pattern}(?:\n{_NAME.pattern}\n{_VALUE.pattern})*")

# RFC 2616, 13.5.1, and Proxy-Connection of old.
_HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer trailers"
    " transfer-encoding upgrade".split()
)


def _head(status, headers):
    """The head as Java wants it, and its Content-Length, where that is one."""
    if type(headers) is not list:
        raise TypeError(f"start_response: found {_shown(headers)} as headers, expected a list of tuples")
    if not isinstance(status, str):
        raise TypeError(f"start_response: found {_shown(status)} as status, expected a str; write '200 OK'")
    parts = [status]
    length = None
    for header in headers:
        if not isinstance(header, tuple) or len(header) != 2:
            raise TypeError(f"start_response: found {_shown(header)} as a header, expected a tuple (name, value)")
        name, value = header
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(
                f"start_response: found {_shown(header)} as a header, expected two of str; str(value) makes one"
            )
        key = name.lower()
        if key in _HOP_BY_HOP:
            raise AssertionError(
                f"start_response: found the hop-by-hop header {_shown(name)}, which is the server's alone; leave it out"
            )
        if key == "content-length":
            if length is not None or _LENGTH.fullmatch(value) is None:
                raise ValueError(
                    f"start_response: found Content-Length {_shown(value)}, expected one, of digits only;"
                    " leave it out if the size isn't known"
                )
            length = int(value)
        parts.append(name)
        parts.append(value)
    head = "\n".join(parts)
    if _HEAD.fullmatch(head) is None or head.count("\n") != 2 * len(headers):
        raise ValueError(_head_error(status, headers))
    return head.encode("latin-1"), length


def _head_error(status, headers):
    if _STATUS.fullmatch(status) is None:
        return (
            f"start_response: found {_shown(status)} as status, expected three digits, a space and a reason of"
            " U+0020 to U+00FF; write '200 OK'"
        )
    for name, value in headers:
        if _NAME.fullmatch(name) is None:
            return f"start_response: found {_shown(name)} as a header's name, expected a token of RFC 9110"
        if _VALUE.fullmatch(value) is None:
            return (
                f"start_response: found {_shown(value)} as the value of {name}, expected characters of U+0020 to"
                " U+00FF without control characters; encode all others"
            )
    return "start_response: found a malformed head"


def _bytes(block, where):
    """A subclass of bytes as bytes; anything else is refused."""
    if isinstance(block, bytes):
        return bytes(block)
    cure = "encode it, as with .encode('utf-8')" if isinstance(block, str) else "convert it with bytes()"
    raise TypeError(f"{where}: found {_shown(block)}, expected bytes; {cure}")


def _shown(value):
    text = repr(value)
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(value).__name__})"


# --- What Python says -------------------------------------------------------------------------------------------------


def _utf8(text):
    return text.encode("utf-8", "backslashreplace")


def _clean(text):
    """The text with lone surrogates, which no log can hold, escaped."""
    return text if text.isascii() else _utf8(text).decode("utf-8")


def _log(logger, level, text):
    java_log(_clean(logger), level, _clean(text))


def _traceback(error):
    """Python's own story of a failure, without the frames of this file and of the import system."""
    try:
        story = traceback.TracebackException(type(error), error, error.__traceback__)
        _trim(story)
        lines = story.format() if story.stack else story.format_exception_only()
        return "".join(lines).rstrip("\n")
    except BaseException:  # a __str__ that fails, for one
        return f"{type(error).__name__}, which can't be shown"


class _Stack(traceback.StackSummary):
    """Each place is formatted once: a recursion has thousands of the same, and GraalPy formats a few a millisecond."""

    def format_frame_summary(self, frame, **options):
        if not hasattr(self, "_formatted"):
            self._formatted = {}
        place = (frame.filename, frame.name, frame.lineno, getattr(frame, "colno", None), getattr(frame, "end_colno", None))
        if place not in self._formatted:
            self._formatted[place] = super().format_frame_summary(frame, **options)
        return self._formatted[place]


def _trim(story):
    story.stack = _Stack(
        frame
        for frame in story.stack
        if frame.filename not in (_HERE, _scripts.__name__)
        and frame.filename != importlib.__file__
        and not frame.filename.startswith("<frozen importlib")
    )
    for other in (story.__cause__, story.__context__, *(getattr(story, "exceptions", None) or ())):
        if other is not None:
            _trim(other)


def _place(application, result):
    """Where the application's work is to be found: where a generator stands, else where the callable is defined."""
    try:
        frame = getattr(result, "gi_frame", None)
        if frame is not None:
            return traceback.FrameSummary(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        while not hasattr(application, "__code__"):
            application = getattr(application, "func", None) or type(application).__call__
            if isinstance(application, types.WrapperDescriptorType):
                return None  # it is written in C
        code = getattr(application, "__wrapped__", application).__code__
        return traceback.FrameSummary(code.co_filename, code.co_firstlineno, code.co_name)
    except Exception:
        return None


class _Printed(io.TextIOWrapper):
    """sys.stdout or sys.stderr, for Java's log: what is written at once becomes one record, once its last line is whole."""

    def __init__(self, logger, level, descriptor):
        # Two objects, as Python's own: sys.stdout.buffer has to be there.
        stream = io.BufferedWriter(_Stream(logger, level, descriptor))
        super().__init__(stream, "utf-8", "backslashreplace", line_buffering=True)
        self.mode = "w"
        self.logger, self.level = logger, level
        self.rests = {}  # by the thread that has begun the line

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        thread = threading.get_ident()
        whole = self.rests.pop(thread, "") + text
        if whole.endswith("\n") or len(whole) > PRINTED_CHARACTERS:
            self.log(whole)
        elif whole:
            self.rests[thread] = whole
        return len(text)

    def log(self, text):
        if not text.isspace():
            _log(self.logger, _level(self.level), text[:-1] if text.endswith("\n") else text)

    def end(self):
        """Logs what was begun, and flushes."""
        while self.rests:
            self.log(self.rests.popitem()[1])
        self.flush()


class _Stream(io.RawIOBase):
    """What is printed as bytes, line by line, for Java's log."""

    def __init__(self, logger, level, descriptor):
        self.logger, self.level, self.descriptor = logger, level, descriptor
        self.rest = b""

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def write(self, block):
        lines, end, self.rest = (self.rest + bytes(block)).rpartition(b"\n")
        if end:
            java_log(self.logger, self.level, lines.decode("utf-8", "backslashreplace"))
        return len(block)


class _LastResort(logging.Handler):
    """Records that no handler of the application's takes."""

    def emit(self, record):
        try:
            _log(record.name, record.levelno, self.format(record))
        except Exception:
            self.handleError(record)


def _redirect_output():
    sys.stdout = _Printed("python.stdout", logging.INFO, 1)
    sys.stderr = _Printed("python.stderr", logging.WARNING, 2)
    # Not a handler of the root logger: with one, the application's own logging.basicConfig() would do nothing.
    logging.lastResort = _LastResort(logging.WARNING)
    logging.Handler.handle = _telling_level(logging.Handler.handle)
    # Python writes a traceback line by line.
    traceback.print_exception = _written_at_once(traceback.print_exception, 4)
    traceback.print_list = _written_at_once(traceback.print_list, 1)
    if hasattr(traceback.TracebackException, "print"):  # from Python 3.11
        traceback.TracebackException.print = _written_at_once(traceback.TracebackException.print, 1)
    sys.excepthook = lambda kind, error, story: _uncaught("", error)
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def _level(default):
    """The level of the record that a handler of logging's is just writing on this thread."""
    return getattr(_written, "level", None) or default


def _telling_level(handle):
    @functools.wraps(handle)
    def handle_record(self, record):
        outer = getattr(_written, "level", None)
        _written.level = record.levelno
        try:
            return handle(self, record)
        finally:
            _written.level = outer

    return handle_record


def _written_at_once(function, position):
    """The same function of traceback's, whose argument of that position is its file."""

    @functools.wraps(function)
    def print_at_once(*arguments, file=None, **more):
        text = io.StringIO()
        if len(arguments) > position:
            file = arguments[position]
            function(*arguments[:position], text, *arguments[position + 1 :], **more)
        else:
            function(*arguments, file=text, **more)
        print(text.getvalue(), end="", file=sys.stderr if file is None else file)

    return print_at_once


def _uncaught(where, error):
    _log("python", logging.ERROR, where + _traceback(error))


def _uncaught_in_thread(arguments):
    if arguments.exc_type is not SystemExit:
        thread = arguments.thread
        error = arguments.exc_value or arguments.exc_type()
        _uncaught(f"Exception in thread {thread.name if thread else threading.get_ident()}:\n", error)


def _unraisable(arguments):
    where = f"{arguments.err_msg or 'Exception ignored in'}: {_shown(arguments.object)}\n"
    _log("python", logging.WARNING, where + _traceback(arguments.exc_value or arguments.exc_type()))


# --- Forks ------------------------------------------------------------------------------------------------------------


def _in_child():
    global _forks
    _forks += 1
    if SAME_PROCESS:
        # The JVM is not there any more: nothing may call it.
        globals().update(java_send=_nobody, java_read=_nobody, java_errors=_print_errors, java_log=_print_log)


def _nobody(call, *_):
    return "a forked process has no part in the request"


def _print_errors(call, text):
    _print_log("wsgi.errors", logging.ERROR, text)


def _print_log(logger, level, text):
    os.write(2, _utf8(text) + b"\n")


def _stay_in_parent(forks, error=None):
    """Ends a process that the application has forked and let return: its parent answers, and nobody else."""
    if forks == _forks:
        return
    status = 1
    try:
        if isinstance(error, SystemExit):
            if error.code is None or isinstance(error.code, int):
                status = (error.code or 0) & 0xFF
            else:
                print(error.code, file=sys.stderr)
        elif error is not None:
            print(_traceback(error), file=sys.stderr)
        else:
            print("a forked process returned from the application, expected os._exit() or sys.exit()", file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


# --- Loading and leaving ----------------------------------------------------------------------------------------------


class _Unloadable(Exception):
    """A message for the person who named the application; stands alone."""


class _NoModule(_Unloadable):
    """There is no module of that name."""


def load(call, number, flags, text):
    """Loads an application. text is, by U+0000: the source of wsgi_scripts.py if a file is named, else nothing; the name;
    the folders to be searched first.

    The answer is the application's number and, of one that its own script had served, the lines behind it: what it
    called for that, and the options that it asked for by that.
    """
    scripts, name, *folders = text.split("\0")
    served = []
    forks = _forks
    try:
        if scripts:
            application, served = _load_file(name, folders, scripts)
        else:
            application = _load_module(name, folders)
    except _Unloadable as error:
        return FAILED, b"no module" if isinstance(error, _NoModule) else None, _utf8(str(error))
    except BaseException as error:
        _stay_in_parent(forks, error)
        return FAILED, None, _utf8(f"{name} can't be loaded:{_missing(error)}\n{_traceback(error)}")
    _applications.append(application)
    return DONE, None, _utf8("\n".join([str(len(_applications) - 1), *served]))


def exit(call, number, flags, text):
    """Ends as CPython does: waits for threads that are no daemons, for number milliseconds where it isn't 0, then runs what was
    registered with atexit. What is printed is logged as ever. With PROCESS_ENDS it does the very same as CPython; whoever
    supervises the process ends it in time.
    """
    if flags & PROCESS_ENDS:
        _exit_part(threading._shutdown)
        _exit_part(atexit._run_exitfuncs)
        _end_output()
        return DONE, None, b""
    end = time.monotonic() + number / 1000
    waiting = threading.Thread(target=_exit_part, args=(_join_threads,), name="exit", daemon=True)
    waiting.start()
    waiting.join(number / 1000 if number else None)
    # Handlers may wait for processes.
    limit = threading.Timer(max(0, end - time.monotonic()), _cut)
    limit.daemon = True
    if waiting.is_alive():
        _cut()
    elif number:
        limit.start()
    _exit_part(atexit._run_exitfuncs)
    limit.cancel()
    _end_output()
    _reopen()
    return DONE, None, b""


def _end_output():
    for stream in sys.stdout, sys.stderr:
        _exit_part(stream.end if isinstance(stream, _Printed) else stream.flush)


def _exit_part(part):
    try:
        part()
    except BaseException as error:
        _log("python", logging.ERROR, "failed at exit:\n" + _traceback(error))


def _join_threads():
    """What threading._shutdown does, after which nothing could run here any more."""
    for end in reversed(getattr(threading, "_threading_atexits", ())):  # those of concurrent.futures
        _exit_part(end)
    while True:
        threads = _threads_of_application()
        if not threads:
            return
        for thread in threads:
            thread.join()


def _threads_of_application():
    return [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]


def _cut():
    """The time is over: what still runs won't be waited for, and child processes would stay behind."""
    names = [thread.name for thread in _threads_of_application()]
    if names:
        _log("python", logging.WARNING, "cut, since they ran on at the end: the threads " + ", ".join(sorted(names)))
    processes = sys.modules.get("multiprocessing.process")
    for process in processes.active_children() if processes else ():
        _log("python", logging.WARNING, f"ended, since it ran on at the end: {process.name}, process {process.pid}")
        process.terminate()


def _reopen():
    """Another application may come, and want executors."""
    for module, flag in ("concurrent.futures.thread", "_shutdown"), ("concurrent.futures.process", "_global_shutdown"):
        if hasattr(sys.modules.get(module), flag):
            setattr(sys.modules[module], flag, False)


def _load_module(name, folders):
    shown, _, expression = name.partition(":")
    _search_first(folders)
    _search_last(os.getcwd())
    return _named(_module(shown), shown, expression)


def _load_file(name, folders, scripts):
    """Also returns what of its own the file was to be served by, empty where it was not."""
    file = re.fullmatch(r"(.+?\.py)(?::(.*))?", name, re.DOTALL)
    if file is not None:
        shown, expression = file.groups()
    else:
        shown, expression = name, None
        if not os.path.exists(name):
            shown, _, expression = name.partition(":")
    path = os.path.abspath(shown)
    _check_file(path)
    _search_first([*folders, _package(path)[0]])
    _search_last(os.path.dirname(path), os.getcwd())
    main = not expression and _is_script(path)
    with _running(scripts) as script:
        module = _run_file(script, path, main)
        if script.server is None and not main and not expression and not _has_default(module):
            # Maybe it starts a server where it is the program.
            main = True
            module = _run_file(script, path, main)
        unstarted = main and script.settle()
    if script.server is None:
        return _named(module, shown, expression), []
    _check_callable(script.application, f"{shown}, {script.server}")
    if unstarted:
        _log("python", logging.WARNING, f"{shown}: found no {script.server}(...).run(), only the server; served all the same")
    return script.served, [script.server, *script.options]


def _named(module, shown, expression):
    """The application that an expression names or a factory of that name makes, or that has one of the usual names."""
    application = _evaluate(module, shown, expression)
    if _is_factory(application):
        application = application()
    _check_callable(application, f"{shown}:{expression or _default_name(module)}")
    return application


def _check_file(path):
    if not os.path.isfile(path):
        found = "a folder" if os.path.isdir(path) else "no such file"
        raise _Unloadable(f"{path}: found {found}, expected a Python file; write FILE.py or FILE.py:CALLABLE")


def _is_script(path):
    """Whether a file is run as a program is, where no callable is named, rather than imported."""
    return not path.endswith(".py") or b"wsgi-bridge" in _first_line(path)


def _first_line(path):
    """What a file says of who is to run it; empty where it says nothing."""
    with open(path, "rb") as file:
        line = file.readline(256)
    return line if line.startswith(b"#!") else b""


def _running(source):
    """What takes the server that a script starts; source is that of wsgi_scripts.py."""
    if not hasattr(_scripts, "running"):
        vars(_scripts).update(_Unloadable=_Unloadable, _log=_log, _shown=_shown, FileWrapper=FileWrapper)
        exec(compile(source, _scripts.__name__, "exec"), vars(_scripts))
    return _scripts.running()


def _run_file(script, path, main):
    """The module of a file, which is imported, or run as a program is; None where it has started a server."""
    try:
        if path.endswith(".py") and not main:
            return _module_of_file(path)
        module = types.ModuleType("__main__" if main else os.path.splitext(os.path.basename(path))[0])
        module.__file__ = path
        if main:
            sys.modules["__main__"] = module
            sys.argv[:] = [path]
        with open(path, "rb") as file:
            source = file.read()
        program = _first_line(path)[2:].strip()
        if program and re.search(rb"python|wsgi-bridge", program) is None:
            raise _Unloadable(f"{path}: found a program for {program.decode('latin-1')}, expected Python")
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
        return module
    except BaseException:
        if script.server is None:
            raise
        return None


def _search_first(folders):
    for folder in reversed([os.path.abspath(folder) for folder in folders]):
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)


def _search_last(*folders):
    sys.path += [folder for folder in folders if folder not in sys.path]


def _package(path):
    """The folder that the outermost package of a file lies in, and the name of its module from there: /site and
    mysite.wsgi for /site/mysite/wsgi.py. The file's own folder where that is no package.
    """
    folder, file = os.path.split(path)
    name = os.path.splitext(file)[0]
    while name != "__init__" and os.path.isfile(os.path.join(folder, "__init__.py")):
        parent, package = os.path.split(folder)
        if not package.isidentifier():
            break
        folder, name = parent, f"{package}.{name}"
    return folder, name


def _module_of_file(path):
    folder, name = _package(path)
    stem = os.path.splitext(os.path.basename(path))[0]
    if folder != os.path.dirname(path):
        # As the other modules of its package import it.
        module = importlib.import_module(name)
        if os.path.realpath(getattr(module, "__file__", None) or "") == os.path.realpath(path):
            return module
        name = stem
    # Another module of this name stays what it is for those who import it.
    count = 1
    while name in sys.modules:
        if getattr(sys.modules[name], "__file__", None) == path:
            return sys.modules[name]
        count += 1
        name = f"{stem}_{count}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _module(name):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(missing + "."):
            raise
        # Raised by the module's own code, or by the import system as it looked for the module?
        story = traceback.TracebackException(type(error), error, error.__traceback__)
        _trim(story)
        if story.stack:
            raise
        folders = ", ".join(folder for folder in sys.path if os.path.isdir(folder))
        raise _NoModule(
            f"no Python module {missing!r}: looked in {folders}; add its folder with --python-path DIR,"
            " or name a file, FILE.py"
        ) from None


def _missing(error):
    """What is to be done about a module that can't be imported; empty where the traceback says all there is to say."""
    try:
        while error is not None:
            cure = _cure(error) if isinstance(error, ImportError) and error.name else ""
            if cure:
                return cure
            error = error.__cause__ or error.__context__
    except Exception:  # an import system of the application's own
        pass
    return ""


def _cure(error):
    found = re.search(r"cannot import name '(\w+)'", str(error))
    native = _foreign(f"{error.name}.{found[1]}" if found else error.name)
    if native:
        return (
            f" {native} is a native module, built for another Python than {_this_python()}; install it with this one's"
            f" pip, {_pip(error.name)}, or name the Python that it was built for with --python PATH"
        )
    if isinstance(error, ModuleNotFoundError) and importlib.util.find_spec(error.name.partition(".")[0]) is None:
        return (
            f" no module {error.name!r} in {_this_python()}; install it, {_pip(error.name)},"
            " or add its folder with --python-path DIR"
        )
    return ""


def _foreign(name):
    """The file of a native module that was built for another Python, if there is one of that name."""
    from importlib.machinery import EXTENSION_SUFFIXES

    package, _, last = name.rpartition(".")
    parent = sys.modules.get(package)
    for folder in sys.path if not package else getattr(parent, "__path__", None) or _folders(package):
        try:
            for file in os.listdir(folder):
                stem, dot, suffix = file.partition(".")
                if stem == last and file.endswith((".so", ".pyd")) and dot + suffix not in EXTENSION_SUFFIXES:
                    return os.path.join(folder, file)
        except OSError:
            pass
    return None


def _folders(package):
    """Where a package would lie whose import has failed."""
    return [os.path.join(folder, *package.split(".")) for folder in sys.path]


def _this_python():
    name = {"cpython": "CPython", "graalpy": "GraalPy"}.get(sys.implementation.name, sys.implementation.name)
    version = sys.version_info if name == "CPython" else sys.implementation.version
    return f"{name} {version[0]}.{version[1]}"


# Projects whose names on PyPI are not those of their modules.
_PROJECTS = {
    "Crypto": "pycryptodome",
    "MySQLdb": "mysqlclient",
    "PIL": "Pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "jwt": "PyJWT",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


def _pip(name):
    project = name.partition(".")[0]
    python = "graalpy" if sys.implementation.name == "graalpy" else sys.executable or "python3"
    return f"{python} -m pip install {_PROJECTS.get(project, project)}"


def _default_name(module):
    return "application" if hasattr(module, "application") else "app"


def _has_default(module):
    return hasattr(module, _default_name(module))


def _evaluate(module, shown, expression):
    """The object that NAME, NAME.NAME or either with (arguments) names; arguments are literals."""
    if not expression:
        name = _default_name(module)
        if not _has_default(module):
            raise _Unloadable(f"{shown}: found no 'application' or 'app'; {_callables(module, shown)}")
        return getattr(module, name)
    import ast  # late: a start without it is faster

    tree = _parsed(ast, shown, expression)
    call = tree if isinstance(tree, ast.Call) else None
    names = []
    node = call.func if call else tree
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    names.append(node.id)
    found, path = module, shown
    for name in reversed(names):
        if not hasattr(found, name):
            raise _Unloadable(f"{path}: found no {name!r}; {_callables(found, shown)}")
        found = getattr(found, name)
        path += ("." if ":" in path else ":") + name
    if call is None:
        return found
    if not callable(found):
        raise _Unloadable(f"{path}: found {_shown(found)}, expected a function to call")
    arguments = [ast.literal_eval(argument) for argument in call.args]
    return found(*arguments, **{keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords})


def _parsed(ast, shown, expression):
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        node = tree.func if isinstance(tree, ast.Call) else tree
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            if isinstance(tree, ast.Call):
                for argument in (*tree.args, *(keyword.value for keyword in tree.keywords)):
                    ast.literal_eval(argument)
            return tree
    except (SyntaxError, ValueError):
        pass
    raise _Unloadable(
        f"{shown}:{expression}: expected the name of a callable after the colon, as {shown}:app,"
        f" or a call that makes one, as {shown}:create_app()"
    )


def _callables(found, shown):
    names = [
        name
        for name, value in vars(found).items()
        if not name.startswith("_")
        and callable(value)
        and not (isinstance(value, type) and issubclass(value, BaseException))
        # Of functions and classes those that it made itself, not those that it imported.
        and (getattr(value, "__module__", None) == getattr(found, "__name__", None) or not hasattr(value, "__name__"))
    ] if hasattr(found, "__dict__") else []
    if not names:
        return "it has no callables at all; define application(environ, start_response)"
    return f"its callables are: {', '.join(names)}; name one, as {shown}:{names[0]}"


def _check_callable(application, shown):
    if not callable(application):
        raise _Unloadable(
            f"{shown}: found {_shown(application)}, expected a callable application(environ, start_response)"
        )
    signature = _signature(application)
    if signature is None:
        return
    names = list(signature.parameters)
    if names[:2] == ["start_response", "environ"]:
        raise _Unloadable(f"{shown}: found the parameters in reverse, {signature}; expected (environ, start_response)")
    if _takes(signature, None, None):
        return
    cure = "change its parameters"
    if _takes(signature):
        cure = f"if it makes the application, write {shown}()"
    elif names == ["scope", "receive", "send"]:
        cure = "this is ASGI; wrap it, as with a2wsgi's ASGIMiddleware"
    raise _Unloadable(f"{shown}: found the parameters {signature}, expected (environ, start_response); {cure}")


def _is_factory(found):
    """Whether it can be called without an argument but not as an application is."""
    signature = _signature(found) if callable(found) else None
    return signature is not None and not _takes(signature, None, None) and _takes(signature)


def _signature(found):
    """None where it is an application's beyond doubt, or can't be told."""
    code = getattr(found, "__code__", None)
    if isinstance(found, types.FunctionType) and code.co_varnames[: code.co_argcount] == ("environ", "start_response"):
        return None  # as nearly all are; a start without inspect is faster
    import inspect

    try:
        return inspect.signature(found)
    except (TypeError, ValueError):
        return None  # not every callable in C tells


def _takes(signature, *arguments):
    try:
        signature.bind(*arguments)
        return True
    except TypeError:
        return False


# --- What is loaded, for check ----------------------------------------------------------------------------------------

# By the names of their modules.
_FRAMEWORKS = (
    "bottle celery cherrypy cornice dash django eve falcon flask hug itsdangerous jinja2 mako pecan pyramid"
    " rest_framework sqlalchemy tornado turbogears twisted web2py webob werkzeug whitenoise"
).split()


def _inspection(application):
    """An application in the place of another that tells of it: a line for each thing, its words by tabs."""

    def tell(environ, start_response):
        lines = [("python", _this_python(), ".".join(map(str, sys.version_info[:3])))]
        place = _place(application, None)
        if place is not None:
            lines.append(("application", place.filename, str(place.lineno)))
        lines += [("framework", *_project(name)) for name in _FRAMEWORKS if name in sys.modules]
        lines += [("native", *module) for module in _native_modules()]
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [_utf8("".join("\t".join(line) + "\n" for line in lines))]

    return tell


def _project(name):
    """The name and the version of what a module belongs to."""
    from importlib import metadata

    try:
        found = metadata.metadata(name)
        return found["Name"], found["Version"]
    except Exception:
        return name, str(getattr(sys.modules[name], "__version__", ""))


def _native_modules():
    """Those that are loaded and don't belong to Python itself, with their files."""
    import sysconfig

    library = sysconfig.get_path("stdlib")
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith((".so", ".pyd", ".dylib")):
            rest = os.path.relpath(file, library)
            if rest.startswith("..") or "site-packages" in rest:
                yield name, file


_redirect_output()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
