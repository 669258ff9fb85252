"""Start to first answer."""
from .measuring import Family


def rows(bench):
    return
    yield


FAMILY = Family("starts", "Start to first answer", "", rows)
