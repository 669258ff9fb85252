

# --- What a guest may take of the process -----------------------------------------------------------------------------
#
# The rest of wsgi_host.py where Python is a guest in a JVM, whose process it shares. What the JVM and the server need they
# keep. Where the application wants it too, its handler is called beside theirs; what can't be had is said in one line, and
# the application goes on.

import signal

# Handlers of the application's that Java calls, by their signals.
_handlers = {}
_process = os.getpid()
_set_handler, _get_handler = signal.signal, signal.getsignal


def _signals(*names):
    return {getattr(signal, name) for name in names if hasattr(signal, name)}


# The server stops by these, or reloads: in any case, and first of all.
_SERVERS = _signals("SIGTERM", "SIGINT", "SIGHUP")
# Java tells the application of these too, so that it hears of them at once, even if Python's main thread has nothing to do.
_TOLD = _SERVERS | _signals("SIGUSR1")
# HotSpot finds null pointers by them, halts threads, and dumps them.
_JVMS = _signals("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGPIPE", "SIGXFSZ", "SIGQUIT", "SIGUSR2")
# The JDK wakes threads by it that wait in a system call.
_JVMS |= _signals("SIGIO") if sys.platform == "darwin" else {getattr(signal, "SIGRTMAX", 64) - 2}
# Of those, what a JVM does with them is nothing, and Python ignores them.
_IGNORED = _signals("SIGPIPE", "SIGXFSZ")
# And those without which Java can't run on: a forked child writes to the log by it.
_FAULTS = _signals("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP")


def _servers_own(number, frame):
    """What signal.getsignal() finds where the server has its handler."""


def _signal(signalnum, handler):
    if signalnum not in _TOLD | _JVMS and (signalnum, handler) != (signal.SIGCHLD, signal.SIG_IGN) or _is_child():
        return _set_handler(signalnum, handler)
    number = signal.Signals(signalnum) if signalnum in set(signal.Signals) else signalnum
    name = getattr(number, "name", f"signal {number}")
    if not callable(handler) and handler not in (signal.SIG_DFL, signal.SIG_IGN):  # as CPython says it
        raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
    before = _getsignal(number)
    if number not in _TOLD:
        if handler is not signal.SIG_DFL and not (handler is signal.SIG_IGN and number in _IGNORED):
            _refuse(f"{name} is the JVM's" if number in _JVMS else f"{name}: the server waits for processes of its own")
        return before
    if handler is signal.SIG_IGN and before is not signal.SIG_IGN and number in _SERVERS:
        _refuse(f"{name} is not ignored: it is the server's")
    if handler in (signal.SIG_DFL, _servers_own) or handler is signal.SIG_IGN and number in _SERVERS:
        _handlers.pop(number, None)
        return before
    _handlers[number] = handler
    if not java_signal(name[3:], number, number not in _SERVERS):
        del _handlers[number]
        return _set_handler(number, handler)
    if before is _servers_own:
        _log("python", logging.INFO, f"{name}: the application's handler is called beside the server's own, and replaces it not")
    return before


def _getsignal(signalnum):
    handler = _get_handler(signalnum)
    if _is_child():
        return handler
    if signalnum in _handlers:
        return _handlers[signalnum]
    if signalnum in _SERVERS and handler is not signal.SIG_IGN:  # or the server is deaf to it, as under nohup
        return _servers_own
    if handler is None and signalnum in _TOLD | _JVMS:  # it is Java's: what there is in a process of Python's own
        return signal.SIG_IGN if signalnum in _IGNORED else signal.SIG_DFL
    return handler


def _refuse(what):
    _log("python", logging.WARNING, f"not granted to the application: {what}")


def _is_child():
    return os.getpid() != _process


def signalled(call, number, flags, text):
    """Calls the application's handler of that signal."""
    handler = _handlers.get(number)
    try:
        if callable(handler):
            handler(number, None)
    except SystemExit:
        pass  # the server ends by its own handler, or not at all
    except BaseException as error:
        _log("python", logging.ERROR, f"the handler of {signal.Signals(number).name} failed:\n" + _traceback(error))
    return DONE, None, b""


signal.signal = functools.wraps(_set_handler)(_signal)
signal.getsignal = functools.wraps(_get_handler)(_getsignal)


# --- What is only there where the process is CPython's too ---


def _without_faulthandler():
    """Its handlers would take what HotSpot recovers from for a crash."""
    import faulthandler

    register = faulthandler.register

    def enable(*arguments, **more):
        _refuse("faulthandler.enable(): SIGSEGV and the like are the JVM's, which writes hs_err_pid.log")

    @functools.wraps(register)
    def register_others(signum, *arguments, **more):
        if signum in _SERVERS | _JVMS and not _is_child():
            _refuse(f"faulthandler.register(): {signal.Signals(signum).name} is the server's, or the JVM's")
        else:
            register(signum, *arguments, **more)

    faulthandler.enable, faulthandler.register = functools.wraps(faulthandler.enable)(enable), register_others
    for variable in "PYTHONFAULTHANDLER", "PYTHONDEVMODE":
        if os.environ.get(variable) and not sys.flags.ignore_environment:
            _refuse(f"the faulthandler of {variable}: SIGSEGV and the like are the JVM's, which writes hs_err_pid.log")


# Descriptors that the application itself has made inheritable, and the JVM's sockets, each with its inode: a number alone may
# be another file's by now.
_inheritable = set()
_servers_sockets = set()
_set_inheritable, _dup2 = os.set_inheritable, os.dup2


def _remember_inheritable(descriptor, inheritable):
    _set_inheritable(descriptor, inheritable)
    (_inheritable.add if inheritable else _inheritable.discard)((descriptor, os.fstat(descriptor).st_ino))


def _remember_dup2(fd, fd2, inheritable=True):
    descriptor = _dup2(fd, fd2, inheritable)
    if inheritable and descriptor > 2:
        _remember_inheritable(descriptor, True)
    return descriptor


def _close_on_exec():
    """Has no program that is started inherit what the JVM has open: the JDK makes nearly all of it inheritable."""
    there = set()
    for name in os.listdir("/dev/fd"):
        descriptor = int(name)
        try:
            if descriptor > 2:
                status = os.fstat(descriptor)
                there.add(key := (descriptor, status.st_ino))
                if os.get_inheritable(descriptor) and key not in _inheritable:
                    _set_inheritable(descriptor, False)
                    if stat.S_ISSOCK(status.st_mode):
                        _servers_sockets.add(key)
        except OSError:
            pass  # it is closed again
    _servers_sockets.intersection_update(there)
    _inheritable.intersection_update(there)


def _starting(function):
    @functools.wraps(function)
    def start(*arguments, **more):
        _close_on_exec()
        return function(*arguments, **more)

    return start


def _before_fork():
    _log(
        "python",
        logging.WARNING,
        "the application forks: unsafe in a JVM, whose other threads are missing in the child;"
        " use subprocess, or multiprocessing with the start method 'spawn'",
    )


def _after_fork_in_child():
    """The child has no part in what the server has open, nor anyone in it who would handle the server's signals."""
    _close_on_exec()
    for descriptor, _ in _servers_sockets:
        os.close(descriptor)
    for number in _TOLD:
        default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        if number in _handlers or _get_handler(number) is not signal.SIG_IGN:
            _set_handler(number, _handlers.get(number, default))
    for number in _JVMS - _FAULTS:
        _set_handler(number, signal.SIG_IGN if number in _IGNORED else signal.SIG_DFL)


def _keep_descriptors():
    import _posixsubprocess

    os.set_inheritable, os.dup2 = _remember_inheritable, _remember_dup2
    for name in "system", "posix_spawn", "posix_spawnp", "execv", "execve":
        setattr(os, name, _starting(getattr(os, name)))
    _posixsubprocess.fork_exec = _starting(_posixsubprocess.fork_exec)
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)


if SAME_PROCESS:
    _without_faulthandler()
    _keep_descriptors()
