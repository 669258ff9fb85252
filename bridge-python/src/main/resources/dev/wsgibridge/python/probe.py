"""What a Python says of itself: lines of NAME=VALUE, read by PythonProbe.java and by ./run.

    python3 -I -S probe.py ASKED

ASKED is the name by which this Python was run; it is said back, so that whoever is given these lines can tell whose
they are.
"""

import os
import sys
import sysconfig


def library():
    """The shared library of this very Python; empty where there is none."""
    name = sysconfig.get_config_var("INSTSONAME") or ""
    folder = sysconfig.get_config_var("LIBDIR") or ""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    framework = sysconfig.get_config_var("PYTHONFRAMEWORKPREFIX") or ""
    if not name or name.endswith(".a"):
        return ""
    for folder in (folder, os.path.join(folder, multiarch), framework):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    return ""


print("asked=" + sys.argv[1])
print("implementation=" + sys.implementation.name)
print("version=" + ".".join(map(str, sys.version_info[:3])))
print("executable=" + sys.executable)
# 3.13 and later may be built without one.
print("gil=" + ("0" if sysconfig.get_config_var("Py_GIL_DISABLED") else "1"))
print("library=" + library())
