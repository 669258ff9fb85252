"""2. Behind one nginx."""
from .measuring import Family


def rows(bench):
    return
    yield


FAMILY = Family("fronts", "2. Behind one nginx", "", rows)
