#!/usr/bin/env python3
"""run.py --peer DIR --ours PROGRAM [--node NODE] [--cases N] [--seed S] [--jobs N] [--only TEXT] [--curated]

Random cases through docker/metadata-action (a checkout with dist/index.cjs, run by node) and through
our program; the rules of equality are those of ../../conformance/image-tags/harness.py. Each is started
as a runner starts it, once per case; what defended.py explains counts as equal. Last line: N passed, N failed, N skipped."""
import argparse
import collections
import os
import shlex
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../conformance/image-tags-more"))

import store  # noqa: E402,F401  (finds the harness)

import differences  # noqa: E402
import repositories  # noqa: E402
from harness import Stub  # noqa: E402

import curated  # noqa: E402
import defended  # noqa: E402
import generate  # noqa: E402
from events import numbered  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--ours", required=True, help="program and arguments")
    parser.add_argument("--node", default="node")
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only the cases whose name holds this text")
    parser.add_argument("--curated", action="store_true", help="the written cases instead of random ones")
    args = parser.parse_args()
    cases = list(curated.everything(repositories.KINDS)) if args.curated else generate.cases(args.seed, args.cases)
    cases = numbered(cases)
    cases = [case for case in cases if args.only in case["id"]]
    stub = Stub(cases)
    bundle = [os.path.abspath(shutil.which(args.node) or args.node), os.path.join(os.path.abspath(args.peer), "dist/index.cjs")]
    failed, meant = 0, collections.Counter()
    with tempfile.TemporaryDirectory(prefix="launchway-differential-") as cache:
        theirs = differences.run(cases, bundle, stub, args.jobs, extra={"NODE_COMPILE_CACHE": cache})
        ours = differences.run(cases, shlex.split(args.ours), stub, args.jobs)
    if cases and all(result["rc"] and result["error"] is None for result, _ in theirs):
        sys.exit("the other action cannot be run")
    for case, (expected, _), (got, _) in zip(cases, theirs, ours):
        found = differences.first(case, expected, got)
        why = found and defended.reason(case, expected, got)
        if why:
            meant[why] += 1
        elif found:
            failed += 1
            print(differences.report(case, found))
    stub.close()
    for why, count in meant.most_common():
        print("%4d differ on purpose: %s" % (count, why))
    print("seed %s, %d of the cases refused by the other" % (args.seed, sum(result["rc"] for result, _ in theirs)))
    print("%d passed, %d failed, 0 skipped" % (len(cases) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
