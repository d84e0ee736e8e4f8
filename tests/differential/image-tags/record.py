#!/usr/bin/env python3
"""record.py --peer DIR --node NODE [--random N] [--seed S] [--jobs N]

Asks the real action (a checkout with dist/index.cjs) about the cases of curated.py and N random ones,
and writes them with its answers to ../../conformance/image-tags-more. Asks twice: a case whose answers
differ is left out and named."""
import argparse
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../conformance/image-tags-more"))

import store  # noqa: E402  (finds the harness)

import differences  # noqa: E402
import repositories  # noqa: E402
from harness import Stub  # noqa: E402

import curated  # noqa: E402
import generate  # noqa: E402
from events import numbered  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--node", default="node")
    parser.add_argument("--random", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    cases = list(curated.everything(repositories.KINDS)) + generate.cases(args.seed, args.random)
    cases = numbered(cases)
    stub = Stub(cases)
    argv = [os.path.abspath(shutil.which(args.node) or args.node), os.path.join(os.path.abspath(args.peer), "dist/index.cjs")]
    with tempfile.TemporaryDirectory(prefix="launchway-differential-") as cache:
        variables = {"NODE_COMPILE_CACHE": cache}
        rounds = [differences.run(cases, argv, stub, args.jobs, extra=variables) for _ in range(2)]
    stub.close()
    kept, expected = [], {}
    for case, (first, _), (second, _) in zip(cases, *rounds):
        if first != second or (first["rc"] and first["error"] is None):
            print("left out: %s" % differences.asked(case))
            continue
        kept.append(case)
        expected[case["id"]] = first
    store.save(kept, expected)
    refused = sum(result["rc"] for result in expected.values())
    print("%d cases recorded, %d of them refused" % (len(kept), refused))


if __name__ == "__main__":
    main()
