"""5. Scale."""
from .measuring import Family


def rows(bench):
    return
    yield


FAMILY = Family("scale", "5. Scale", "", rows)
