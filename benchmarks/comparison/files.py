"""4. Files."""
from .measuring import Family


def rows(bench):
    return
    yield


FAMILY = Family("files", "4. Files", "", rows)
