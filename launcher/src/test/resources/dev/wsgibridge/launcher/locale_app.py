"""What the locale and the environment mean to Python and to C code. As a program it says what they mean to python3."""

import calendar
import ctypes
import email.utils
import io
import json
import locale
import os
import re
import socket
import subprocess
import sys
import time
import warnings

CATEGORIES = "LC_COLLATE", "LC_CTYPE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "LC_MESSAGES"
FOLDER = os.path.join(os.fsencode(os.environ["CASE_DIR"]), b"names")
WORDS = ["Z", "a", "\u00e4", "b", "\u0131", "i", "I", "\u0130"]

libc = ctypes.CDLL(None)
libc.strtod.restype = libc.atof.restype = ctypes.c_double
libc.strtod.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
libc.atof.argtypes = [ctypes.c_char_p]
libc.strerror.restype = ctypes.c_char_p
libc.__ctype_get_mb_cur_max.restype = ctypes.c_size_t


def printf(format, number):
    buffer = ctypes.create_string_buffer(100)
    libc.snprintf(buffer, ctypes.c_size_t(100), format, number)
    return buffer.value


def names():
    os.makedirs(FOLDER, exist_ok=True)
    for name in b"\xe4", b"\xc3\xa4":
        open(os.path.join(FOLDER, name), "w").close()
    return sorted(os.listdir(os.fsdecode(FOLDER)))


def missing():
    open("/is/not/there")


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, **more).stdout


def flags():
    return [
        (name, getattr(sys.flags, name))
        for name in dir(sys.flags)
        if not name.startswith(("_", "n_")) and name not in ("count", "index")
    ]


QUESTIONS = {
    # Python's configuration
    "flags": flags,
    "file names": lambda: (sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()),
    "strings": sys.getdefaultencoding,
    "preferred": lambda: locale.getpreferredencoding(False),
    "preferred, by setlocale": lambda: locale.getpreferredencoding(True),
    "locale.getencoding": lambda: getattr(locale, "getencoding", lambda: "none before 3.11")(),
    "text": lambda: io.TextIOWrapper(io.BytesIO()).encoding,
    "standard input": lambda: (sys.stdin.encoding, sys.stdin.errors),
    "warnings": lambda: warnings.filters[:1],
    "hash": lambda: hash("apples") if os.environ.get("PYTHONHASHSEED") else "random",
    "bytecode": lambda: sys.dont_write_bytecode,
    "limits": lambda: (sys.getrecursionlimit(), sys.getswitchinterval()),
    # The locale
    "setlocale": lambda: locale.setlocale(locale.LC_ALL),
    **{name: lambda name=name: locale.setlocale(getattr(locale, name)) for name in CATEGORIES},
    "getlocale": lambda: locale.getlocale(),
    "localeconv": lambda: sorted(locale.localeconv().items()),
    "langinfo": lambda: [
        locale.nl_langinfo(item)
        for item in (locale.CODESET, locale.RADIXCHAR, locale.THOUSEP, locale.DAY_1, locale.D_T_FMT, locale.YESEXPR)
    ],
    "MB_CUR_MAX": lambda: libc.__ctype_get_mb_cur_max(),
    # Numbers
    "strtod": lambda: [libc.strtod(text, None) for text in (b"1.5", b"1,5")],
    "atof": lambda: libc.atof(b"2.5"),
    "printf": lambda: (printf(b"%.1f", ctypes.c_double(2.5)), printf(b"%'d", 1234567)),
    "format": lambda: (format(1234.5, "n"), "%.1f" % 2.5, f"{2.5:,.2f}"),
    "locale.format_string": lambda: (locale.format_string("%.1f", 1234.5, grouping=True), locale.str(2.5)),
    "float": lambda: (float("2.5"), json.loads("2.5"), repr(0.1)),
    "locale.atof": lambda: locale.atof("2.5"),
    # Times
    "strftime": lambda: time.strftime("%a, %d %b %Y %x %X %p %c", time.gmtime(0)),
    "strptime": lambda: time.strptime("Tue, 03 Mar 1970", "%a, %d %b %Y")[:3],
    "HTTP's date": lambda: email.utils.formatdate(0, usegmt=True),
    "calendar": lambda: (calendar.day_name[0], calendar.month_abbr[3]),
    "time zone": lambda: time.tzname,
    # Text
    "strxfrm": lambda: sorted(WORDS, key=locale.strxfrm),
    "strcoll": lambda: [locale.strcoll("a", word) for word in WORDS],
    "str.upper": lambda: ("i".upper(), "\u0130".lower()),
    "toupper": lambda: [libc.toupper(byte) for byte in b"i\xe4"],
    "towupper": lambda: [libc.towupper(ord(word)) for word in WORDS],
    "strcasecmp": lambda: libc.strcasecmp(b"TITLE", b"title"),
    "re.LOCALE": lambda: [bool(re.match(rb"\w", bytes([byte]), re.LOCALE)) for byte in b"a\xe4"],
    # Messages
    "os.strerror": lambda: os.strerror(2),
    "strerror": lambda: libc.strerror(13),
    "OSError": missing,
    "gai_strerror": lambda: socket.getaddrinfo("host.invalid", "no port"),
    # What comes from the operating system
    "fsencode": lambda: os.fsencode("\u00e4\u20ac"),
    "fsdecode": lambda: os.fsdecode(b"\xc3\xa4\xff"),
    "listdir": names,
    "environ": lambda: [(name, os.environ.get(name)) for name in ("LC_ALL", "LC_CTYPE", "LC_NUMERIC", "LANG", "LANGUAGE", "CITY")],
    "environb": lambda: os.environb[b"CITY"],
    "a child's environment": lambda: sorted(
        line for line in run("env").splitlines() if line.startswith((b"L", b"PYTHON", b"CITY"))
    ),
    "a child's arguments": lambda: run("printf", "%s", "\u00e4\u20ac"),
    "a child's output": lambda: run("printf", "\\303\\244", text=True),
    "a child's locale": lambda: run(sys.executable, "-c", "import locale; print(locale.setlocale(locale.LC_ALL, ''))"),
}


def answers():
    for name, question in QUESTIONS.items():
        try:
            answer = ascii(question())
        except Exception as error:
            answer = f"{type(error).__name__}: {error}".encode("ascii", "backslashreplace").decode()
        yield f"{name}: {answer}\n"


def take_locale():
    """As an application may do itself: all of the environment's, for the whole process. Java has what it began with."""
    os.environ["CITY"] = "elsewhere"
    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        pass  # there is none of that name


def application(environ, start_response):
    if environ["PATH_INFO"] == "/own":
        take_locale()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [line.encode("ascii") for line in answers()]


if __name__ == "__main__":
    if sys.argv[1:] == ["own"]:
        take_locale()
    sys.stdout.write("".join(answers()))
