"""GraalPy's side of the boundary: makes what Carrier.java asks for of the functions that GraalPyCarrier.java hands over.

Java's bytes come as a str, a character each: GraalPy reads an array of Java's as signed numbers, one by one.
"""


def start(source, code_file, site_packages, send, read, errors, objects, log, signal, java_story):
    """Runs the host's source in a module of its own; returns a function that finds its functions by name.

    code_file begins the path of the file that keeps its bytecode from one start to the next.
    """
    import os
    import sys

    from polyglot import ForeignException

    def java_read(call, size):
        block = read(call, size)
        return block.encode("latin-1") if type(block) is str else block[0]

    def java_objects(call):
        entries = objects(call)
        if entries is None:
            return None
        entries = iter(entries)
        return dict(zip(entries, entries))

    def exit_request(status):
        raise SystemExit(status)

    # GraalPy's own would end all threads of the context, and leave it open.
    os._exit = sys.modules["posix"]._exit = exit_request
    if not sys.argv:
        sys.argv = [""]
    _add_quoted_printable()
    _keep_compiled()
    if site_packages:
        import site

        for folder in site_packages:
            site.addsitedir(folder)

    host = type(sys)("wsgi_host")
    host.java_send = send
    host.java_read = java_read
    host.java_errors = errors
    host.java_objects = java_objects
    host.java_log = log
    host.java_signal = lambda name, number, instead: signal(name, int(number), instead)
    host.SAME_PROCESS = False
    exec(_code(source, code_file), host.__dict__)

    # An exception of Java's has no traceback in Python's eyes.
    python_story = host._traceback
    host._traceback = lambda error: java_story(error) if isinstance(error, ForeignException) else python_story(error)
    return lambda name: getattr(host, name)


def _add_quoted_printable():
    """GraalPy's binascii lacks two functions, which the standard library has a second time."""
    import binascii

    if hasattr(binascii, "a2b_qp"):
        return

    def quopri():
        import quopri

        quopri.a2b_qp = quopri.b2a_qp = None  # else it would take these
        return quopri

    def a2b_qp(data, header=False):
        return quopri().decodestring(data.encode("ascii") if isinstance(data, str) else data, header=header)

    def b2a_qp(data, quotetabs=False, istext=True, header=False):
        return quopri().encodestring(data, quotetabs=quotetabs, header=header)

    binascii.a2b_qp = a2b_qp
    binascii.b2a_qp = b2a_qp


def _keep_compiled():
    """Has compile() hold on to the code that it made last.

    GraalPy gives the same code to whoever compiles the same source, but only as long as someone holds it. An application that
    makes a template of a string in each request does not: its code is a new one over and over, which the JIT never gets to.
    """
    import __future__
    import builtins
    import functools
    import sys

    compile_anew = builtins.compile
    compile_once = functools.lru_cache(maxsize=256)(compile_anew)
    futures = 0
    for name in __future__.all_feature_names:
        futures |= getattr(__future__, name).compiler_flag

    class Compile:  # Not a function: as an attribute of a class it would become a method.
        __name__ = compile_anew.__name__
        __doc__ = compile_anew.__doc__

        def __call__(self, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
            if not dont_inherit:
                flags |= sys._getframe(1).f_code.co_flags & futures
            # A syntax tree, which other flags ask for, can be changed.
            keeps = type(source) is type(filename) is str and len(source) <= 65536 and not flags & ~futures
            return (compile_once if keeps else compile_anew)(source, filename, mode, flags, True, optimize, **more)

    builtins.compile = Compile()


def _code(source, code_file):
    import marshal
    import os
    import sys

    code_file += f".{sys.implementation.cache_tag}-{sys.implementation.hexversion:x}"
    try:
        with open(code_file, "rb") as file:
            return marshal.load(file)
    except (OSError, EOFError, ValueError, TypeError):
        pass  # not there yet, or damaged
    code = compile(source, "<wsgi_host>", "exec")
    new_file = f"{code_file}.{os.urandom(8).hex()}"
    try:
        with open(new_file, "wb") as file:
            marshal.dump(code, file)
        os.replace(new_file, code_file)
    except OSError:
        pass  # the next start compiles it again
    return code


start
