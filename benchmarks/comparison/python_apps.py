"""3. Python applications."""
from .measuring import Family


def rows(bench):
    return
    yield


FAMILY = Family("python", "3. Python applications", "", rows)
