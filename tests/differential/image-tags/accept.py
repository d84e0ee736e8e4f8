#!/usr/bin/env python3
"""accept.py --ours PROGRAM: writes ../../conformance/image-tags-more/accepted.txt anew: the recorded cases
in which the program differs and defended.py says why; the others that differ are printed and left out."""
import argparse
import os
import shlex
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../conformance/image-tags-more"))

import store  # noqa: E402  (finds the harness)

import differences  # noqa: E402
from harness import Stub  # noqa: E402

import defended  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, help="program and arguments")
    args = parser.parse_args()
    cases, expected = store.load()
    stub = Stub(cases)
    lines, left = [], 0
    for case, (got, _) in zip(cases, differences.run(cases, shlex.split(args.ours), stub, 2)):
        found = differences.first(case, expected[case["id"]], got)
        why = found and defended.reason(case, expected[case["id"]], got)
        if why:
            lines.append((why, case["id"]))
        elif found:
            left += 1
            print(differences.report(case, found))
    stub.close()
    path = os.path.join(store.HERE, "accepted.txt")
    with open(path, encoding="utf-8") as file:
        head = [line for line in file if line.startswith("#")]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(head + ["%s %s\n" % (name, why) for why, name in sorted(lines)])
    print("%d accepted, %d left" % (len(lines), left))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
