"""What a script finds in place of the servers that it would start: flup.server.* and wsgiref's.

The script runs until it starts one. That ends it, and hands over its application and what it asked for: options as
WSGI Bridge's own command line has them, since the bridge is the server now. wsgi_host.py runs this when it first loads
a file, and gives it _Unloadable, _log, _shown and FileWrapper.

flup is that of version 1.0: each parameter is honoured, or refused by its name.
"""

import importlib.machinery
import importlib.util
import logging
import os
import sys
import threading

_running = None


class running:
    """While this is entered, the servers of this file are those that the calling thread imports and starts."""

    def __init__(self):
        self.thread = threading.get_ident()
        # What was started: its name, the script's application, the same ready to be served, and options.
        self.server = self.application = self.served = self.options = None
        self.made = None

    def __enter__(self):
        global _running
        _running = self
        for name, patch in _PATCHES.items():
            if name in sys.modules:
                patch(sys.modules[name])
        _forget_flup()
        sys.meta_path.insert(0, _Finder)
        return self

    def __exit__(self, *exc_info):
        global _running
        _running = None
        sys.meta_path.remove(_Finder)
        _forget_flup()

    def settle(self):
        """The script has ended. A server of flup's that was made, though never started, is as good as one that was.

        Returns whether there is one.
        """
        started = self.server is not None
        if self.made is not None and not started:
            self.made.hand_over()
        return self.server is not None and not started


class HandedOver(SystemExit):
    """Ends the script: no handler of Exception catches it, and no thread reports it."""


def _hand_over(server, application, served, options):
    if _running is None:
        raise RuntimeError(f"{server}: WSGI Bridge is the server already, and the script that started it has ended")
    for option in options:
        if "\n" in option:
            raise _Unloadable(f"{server}: found {_shown(option)}, expected no line feed in it")
    if _running.server is None:
        _running.server, _running.application, _running.served, _running.options = server, application, served, options
    raise HandedOver


def _warn(text):
    _log("python", logging.WARNING, text)


def _listen(server, scheme, address):
    """--bind for an address as the socket module takes it."""
    if isinstance(address, (str, os.PathLike)):
        return f"--bind={scheme}+unix://{os.path.abspath(os.fspath(address))}"
    if isinstance(address, (tuple, list)) and len(address) >= 2 and isinstance(address[0], str):
        host = address[0] or "0.0.0.0"
        return f"--bind={scheme}://{f'[{host}]' if ':' in host else host}:{address[1]}"
    raise _Unloadable(f"{server}: found the address {_shown(address)}, expected (host, port) or the path of a socket")


# --- flup.server ------------------------------------------------------------------------------------------------------

_THREADS = "minSpare maxSpare maxThreads"
_PROCESSES = "minSpare maxSpare maxChildren maxRequests multithreaded multiprocess"

# Parameters behind the application, in their order, and those that are taken by name only.
_FLUP = {
    "cgi": ("", ""),
    "fcgi": (
        "environ multithreaded multiprocess bindAddress umask multiplexed debug roles forceCGI",
        _THREADS,
    ),
    "fcgi_fork": ("environ bindAddress umask multiplexed debug roles forceCGI timeout", _PROCESSES),
    "scgi": (
        "scriptName environ multithreaded multiprocess bindAddress umask allowedServers loggingLevel debug",
        _THREADS,
    ),
    "scgi_fork": (
        "scriptName environ bindAddress umask allowedServers loggingLevel debug timeout",
        _PROCESSES,
    ),
    "ajp": (
        "scriptName environ multithreaded multiprocess bindAddress allowedServers loggingLevel debug",
        _THREADS,
    ),
    "ajp_fork": ("scriptName environ bindAddress allowedServers loggingLevel debug timeout", _PROCESSES),
}
_BIND_ADDRESSES = {"fcgi": None, "scgi": ("localhost", 4000), "ajp": ("localhost", 8009)}
_MOST = 2**31 - 1
_ROLES = {"FCGI_RESPONDER": 1, "FCGI_AUTHORIZER": 2, "FCGI_FILTER": 3}


class _NoDefault:
    """flup.server.NoDefault"""


class _FlupServer:
    """A WSGIServer of flup's; each module of _FLUP has a subclass."""

    workers = None

    def __init__(self, application, *arguments, **named):
        self.application = application
        self.parameters = self._parameters(arguments, named)
        self.options = ["cgi"] if self.module == "cgi" else self._options()
        if _running is not None and threading.get_ident() == _running.thread:
            _running.made = self

    def run(self):
        """Does not return: the script ends here."""
        self.hand_over()
        raise HandedOver

    def hand_over(self):
        environ = dict(self.parameters.get("environ") or {})
        if self.parameters.get("multiprocess") and self.workers is None:
            environ["wsgi.multiprocess"] = True
        try:
            _hand_over(self.name, self.application, _of_python_2(self.application, environ), self.options)
        except HandedOver:
            pass

    def _parameters(self, arguments, named):
        in_order, by_name = (names.split() for names in _FLUP[self.module])
        if len(arguments) > len(in_order):
            raise TypeError(f"{self.name}: found {len(arguments) + 1} parameters, expected {len(in_order) + 1} at most")
        given = dict(zip(in_order, arguments))
        for name, value in named.items():
            if name in given:
                raise TypeError(f"{self.name}: found {name} twice")
            if name not in in_order and name not in by_name:
                raise TypeError(
                    f"{self.name}: found the parameter {name}, expected one of {', '.join(in_order + by_name)}"
                    if in_order
                    else f"{self.name}: found the parameter {name}, expected none but the application"
                )
            given[name] = value
        return given

    def _options(self):
        protocol, _, fork = self.module.partition("_")
        self.workers = self._workers() if fork else None
        options = self._listening(protocol)
        if options != ["cgi"]:
            options += self.workers or self._threads()
        if self.parameters.get("debug"):
            _warn(f"{self.name}: debug is left aside: tracebacks go to the log, never to the client")
        if _ROLES["FCGI_FILTER"] in self.parameters.get("roles", ()):
            raise self._refused("roles", "no FCGI_FILTER, which no web server asks for")
        return options

    def _listening(self, protocol):
        given = self.parameters.get
        address = given("bindAddress", _BIND_ADDRESSES[protocol])
        if address is None:
            if protocol != "fcgi":
                raise self._refused("bindAddress", "(host, port) or the path of a socket")
            # flup looks whether fd 0 is a socket; a worker of ours has another. The variable tells as well.
            forced = given("forceCGI") or os.environ.get("FCGI_FORCE_CGI", "").upper().startswith("Y")
            if forced or "REQUEST_METHOD" in os.environ:
                return ["cgi"]
            return ["--bind=fcgi+fd:0"]
        options = [_listen(self.name, protocol, address)]
        umask = given("umask")
        if umask is not None and "+unix:" in options[0]:
            if not isinstance(umask, int) or not 0 <= umask <= 0o777:
                raise self._refused("umask", "a number from 0 to 0o777")
            options.append(f"--chmod-socket={0o777 & ~umask:03o}")
        script_name = given("scriptName", _NoDefault)
        if script_name is None:
            options.append("--split=front")
        elif script_name is not _NoDefault and script_name:
            options.append(f"--script-name={script_name}")
        allowed = given("allowedServers")
        if allowed is not None:
            if isinstance(allowed, str) or not allowed:
                raise self._refused("allowedServers", "None for anyone, or a list of addresses")
            options += [f"--allow-from={server}" for server in allowed]
        return options

    def _threads(self):
        if not self.parameters.get("multithreaded", True):
            return ["--threads=1"]
        # flup has as many as are needed where nobody says; here that is the bridge's own default.
        most = self._number("maxThreads", 1, _MOST)
        return [] if most == _MOST else [f"--threads={most}"]

    def _workers(self):
        least = self._number("minSpare", 1, 1)
        spare = self._number("maxSpare", least, max(5, least))
        # Where flup goes up to maxChildren under load and down to maxSpare without, these stay: as many as it may have
        # where that was said, else as many as it keeps.
        options = [f"--workers={self._number('maxChildren', 1, spare)}", "--threads=1"]
        requests = self._number("maxRequests", 0, 0)
        if requests:
            options.append(f"--max-requests={requests}")
        timeout = self._number("timeout", 0, 0)
        if timeout:
            options.append(f"--timeout={timeout}")
        return options

    def _number(self, name, least, otherwise):
        found = self.parameters.get(name)
        if found is None:
            return otherwise
        if not isinstance(found, int) or found < least:
            raise self._refused(name, f"{least} or more")
        return min(found, _MOST)

    def _refused(self, name, expected):
        return _Unloadable(f"{self.name}: found {name}={self.parameters.get(name)!r}, expected {expected}")


def _flup_module(module):
    name = module.__name__.rpartition(".")[2]
    if module.__name__ == "flup.server":
        module.NoDefault = _NoDefault
    elif name in _FLUP:
        members = {"__doc__": f"Hands the application to WSGI Bridge: {name}.", "__module__": module.__name__}
        module.WSGIServer = type("WSGIServer", (_FlupServer,), members)
        module.WSGIServer.module = name
        module.WSGIServer.name = f"{module.__name__}.WSGIServer"
        module.__all__ = ["WSGIServer"]
        if name.startswith("fcgi"):
            vars(module).update(_ROLES)


def _of_python_2(application, additions):
    """The application, whose blocks may be of str as Python 2's were, and whose environ has additions."""
    warned = []

    def latin_1(block):
        if not isinstance(block, str):
            return block
        if not warned:
            warned.append(block)
            _warn(
                f"the application's body: found {_shown(block)}, expected bytes; sent as latin-1, as Python 2 would"
                " have; encode it, as with .encode('utf-8')"
            )
        try:
            return block.encode("latin-1")
        except UnicodeEncodeError as error:
            raise ValueError(
                f"the application's body: found U+{ord(block[error.start]):04X} in a str, expected U+0000 to U+00FF,"
                " since Python 2's were bytes; encode it, as with .encode('utf-8')"
            ) from None

    def flup_application(environ, start_response):
        for key, value in additions.items():
            if key == "wsgi.multiprocess" or not key.startswith("wsgi."):
                environ[key] = value

        def start(status, headers, exc_info=None):
            write = start_response(status, headers, exc_info)
            return lambda block: write(latin_1(block))

        result = application(environ, start)
        kind = type(result)
        if kind is list or kind is tuple:
            return [latin_1(block) for block in result]
        if kind is str or kind is bytes:
            return [latin_1(result)]
        if result is None or kind is FileWrapper:
            return result
        return _Mapped(latin_1, result)

    flup_application.__wrapped__ = application
    return flup_application


class _Mapped:
    """An iterable with a function applied to each of its blocks."""

    def __init__(self, function, blocks):
        self.function, self.blocks = function, blocks
        if hasattr(blocks, "close"):
            self.close = blocks.close

    def __iter__(self):
        return map(self.function, self.blocks)


# --- wsgiref ----------------------------------------------------------------------------------------------------------

# What a request handler may have of its own: it is about an access log, or about names that nobody sees.
_QUIET = {"address_string", "log_date_time_string", "log_error", "log_message", "log_request", "version_string"}


def _patch_simple_server(module):
    """Makes wsgiref's server hand over, where the script starts it; where another thread does, it serves as ever."""
    server = module.WSGIServer
    if hasattr(server, "unbound"):
        return
    server.unbound = False
    bind, activate, serve_forever, handle_request = (
        server.server_bind,
        server.server_activate,
        server.serve_forever,
        server.handle_request,
    )

    def server_bind(self):
        if not _in_script():
            bind(self)
            return
        # The bridge listens, for all of its workers.
        self.unbound = True
        self.server_name, self.server_port = self.server_address[:2]
        self.setup_environ()

    def server_activate(self):
        if not self.unbound:
            activate(self)

    def for_real(self):
        if self.unbound:
            self.unbound = False
            bind(self)
            activate(self)

    def ours_forever(self, poll_interval=0.5):
        if self.unbound and _in_script():
            self.server_close()
            application = self.get_app()
            _hand_over("wsgiref.simple_server", application, application, _wsgiref_options(self, module))
        for_real(self)
        serve_forever(self, poll_interval)

    def ours_once(self):
        if self.unbound and _in_script():
            self.server_close()
            raise _Unloadable(
                "wsgiref.simple_server: found handle_request(), which answers one request and returns, expected"
                " serve_forever()"
            )
        for_real(self)
        handle_request(self)

    server.server_bind, server.server_activate = server_bind, server_activate
    server.serve_forever, server.handle_request = ours_forever, ours_once


def _in_script():
    return _running is not None and threading.get_ident() == _running.thread


def _wsgiref_options(server, module):
    import socket
    import socketserver

    name = "wsgiref.simple_server"
    if type(server.socket) is not socket.socket:
        raise _Unloadable(
            f"{name}: found a {type(server.socket).__name__} for a socket, expected a plain one; TLS is a front web"
            " server's"
        )
    handler = server.RequestHandlerClass
    kinds = handler.__mro__
    usual = module.WSGIRequestHandler
    own = {
        key
        for kind in (kinds[: kinds.index(usual)] if usual in kinds else kinds[:1])
        for key, value in vars(kind).items()
        if callable(value) and key not in _QUIET
    }
    if own:
        _warn(f"{name}: the handler {handler.__name__} is left aside, with its {', '.join(sorted(own))}")
    options = [_listen(name, "http", server.server_address)]
    if isinstance(server, getattr(socketserver, "ForkingMixIn", ())):
        return [*options, "--workers=5", "--threads=1"]
    # One request at a time is what this server does, and what its applications may count on.
    return options if isinstance(server, socketserver.ThreadingMixIn) else [*options, "--threads=1"]


def _patch_handlers(module):
    """Makes wsgiref's CGIHandler hand over, where the script runs it."""
    for kind in (module.CGIHandler, module.IISCGIHandler):
        if "run" not in vars(kind):
            kind.run = _run_cgi(kind.__name__, kind.run)


def _run_cgi(name, run):
    def ours(self, application):
        if _in_script():
            _hand_over(f"wsgiref.handlers.{name}", application, application, ["cgi"])
        run(self, application)

    return ours


# --- Imports ----------------------------------------------------------------------------------------------------------

_PACKAGES = ("flup", "flup.server")
_MODULES = tuple(f"flup.server.{name}" for name in _FLUP)
_PATCHES = {"wsgiref.simple_server": _patch_simple_server, "wsgiref.handlers": _patch_handlers}


def _forget_flup():
    """An installed flup is everyone else's, and ours the script's alone."""
    for name in _PACKAGES + _MODULES:
        sys.modules.pop(name, None)


class _Finder:
    """Finds the servers of this file; whatever else an installed flup has is found behind them."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in _PACKAGES or name in _MODULES:
            spec = importlib.util.spec_from_loader(name, cls, is_package=name in _PACKAGES)
            installed = importlib.machinery.PathFinder.find_spec(name, path) if name in _PACKAGES else None
            if installed is not None:
                spec.submodule_search_locations.extend(installed.submodule_search_locations or ())
            return spec
        if name in _PATCHES:
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            if spec is not None:
                spec.loader.exec_module = _patched(spec.loader.exec_module, _PATCHES[name])
            return spec
        return None

    @staticmethod
    def create_module(spec):
        return None

    exec_module = staticmethod(_flup_module)


def _patched(exec_module, patch):
    def exec_and_patch(module):
        exec_module(module)
        patch(module)

    return exec_and_patch
