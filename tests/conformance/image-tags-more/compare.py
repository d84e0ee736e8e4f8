#!/usr/bin/env python3
"""compare.py --cmd "<binary and arguments>" [-v] [--only TEXT] [--summary] [--jobs N]

As ../image-tags/compare.py, with the cases of this folder, which ../../differential/image-tags/record.py
records. Last line: N/M cases equal. Exit 0 only if N == M."""
import argparse
import os
import shlex
import shutil
import sys

import store  # first: it finds the harness
import differences
from harness import Stub


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cmd", required=True)
    parser.add_argument("-v", "--verbose", action="store_true", help="show the first difference of each unequal case")
    parser.add_argument("--only", default="", help="only the cases whose id holds this text")
    parser.add_argument("--summary", action="store_true", help="a line per category")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    argv = [os.path.abspath(w) if "/" in w and os.path.exists(w) else w for w in shlex.split(args.cmd)]
    argv[0] = shutil.which(argv[0]) or argv[0]
    cases, expected = store.load()
    cases = [case for case in cases if args.only in case["id"]]
    stub = Stub(cases)
    equal, categories = 0, {}
    for case, (got, _) in zip(cases, differences.run(cases, argv, stub, args.jobs)):
        found = differences.first(case, expected[case["id"]], got)
        equal += found is None
        score = categories.setdefault(case["cat"], [0, 0])
        score[0] += found is None
        score[1] += 1
        if found and args.verbose:
            print(differences.report(case, found))
        elif found:
            print("DIFF %s" % case["id"])
    stub.close()
    if args.summary:
        for name, (good, count) in categories.items():
            print("%-22s %d/%d" % (name, good, count))
    print("%d/%d cases equal" % (equal, len(cases)))
    return 0 if equal == len(cases) and cases else 1


if __name__ == "__main__":
    sys.exit(main())
