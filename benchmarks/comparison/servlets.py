"""1. The bridge itself."""
from .measuring import Family


def rows(bench):
    return
    yield


FAMILY = Family("bridge", "1. The bridge itself", "", rows)
