"""The command line, and the document that comes out.

Starts each server, looks whether it answers rightly, warms it up until it is steady, then measures in turn. The whole
takes half an hour, --quick three minutes: one short round, hardly warmed up. Installs Debian's packages of the peers
where it may; who can't be installed or answers wrongly is named as not measured, with the reason.
"""
import argparse
import datetime
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

from . import files, fronts, machine, python_apps, report, scale, servlets, starts
from .load import WRK
from .machine import PROJECT, Bench, say
from .measuring import measured

FAMILIES = [servlets.FAMILY, fronts.FAMILY, python_apps.FAMILY, files.FAMILY, scale.FAMILY, starts.FAMILY]


def main():
    options = arguments()
    if options.again:
        document = json.loads(options.again.read_text())
    else:
        document = run(options)
    print(report.table(document))
    if options.page:
        report.write(document, options.page)


def arguments():
    parser = argparse.ArgumentParser(
        prog="benchmarks/compare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ids = [family.id for family in FAMILIES]

    def names(text):
        return text.split(",")

    parser.add_argument("--quick", action="store_true", help="one short round, hardly warmed up: does it work?")
    parser.add_argument("--only", metavar="FAMILY,…", type=names, default=ids, help=", ".join(ids))
    parser.add_argument("--servers", metavar="ID,…", type=names, help="only these, by their ids in the JSON")
    parser.add_argument("--rounds", type=int, help="how often each is measured (3)")
    parser.add_argument("--seconds", type=int, help="for how long each time (1)")
    parser.add_argument("--beside", metavar="FOLDER", type=pathlib.Path, action="append", default=[],
                        help="another checkout of this project, to be measured too")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, default=PROJECT / "target" / "compare.json",
                        help="where every figure is written (target/compare.json)")
    parser.add_argument("--page", metavar="FILE", type=pathlib.Path,
                        help="where a page with charts is written: docs/performance.md")
    parser.add_argument("--again", metavar="FILE", type=pathlib.Path, help="measure nothing: the page of that JSON")
    options = parser.parse_args()
    unknown = set(options.only) - set(ids)
    if unknown:
        parser.error(f"--only: found {', '.join(unknown)}, expected some of {', '.join(ids)}")
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or 1
    return options


def run(options):
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    os.environ["JAVA_HOME"] = machine.java_home()
    began = time.monotonic()
    bench = Bench(options)
    try:
        bench.install(WRK)
        for checkout in bench.checkouts:
            subprocess.run([checkout.run, "--version"], stdout=sys.stderr, check=True)  # builds what is stale
        document = {
            "command": shlex.join(["benchmarks/compare", *sys.argv[1:]]),
            "date": datetime.date.today().isoformat(),
            "quick": options.quick,
            "rounds": options.rounds,
            "seconds": options.seconds,
            "machine": machine.machine(),
            "families": [],
        }
        for family in FAMILIES:
            if family.id in options.only:
                document["families"].append(measured(family, bench))
                document["versions"] = {**machine.versions(), **bench.versions}
                document["minutes"] = round((time.monotonic() - began) / 60, 1)
                save(document, options.json)  # so that a run that is broken off leaves what it has
    except machine.NotMeasured as reason:
        sys.exit(f"benchmarks/compare: {reason}")
    finally:
        bench.close()
    say(f"{document['minutes']} minutes; every figure is in {options.json}")
    return document


def save(document, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
