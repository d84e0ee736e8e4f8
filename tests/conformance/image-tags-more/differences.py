"""Running one program over cases, and saying where it differs from what was recorded."""
import concurrent.futures
import json

import harness


def run(cases, argv, stub, jobs=1, timeout=60, extra=None):
    """[(result, seconds)] in the order of the cases; `extra` is added to the environment."""
    def one(case):
        if extra:
            case = {**case, "env": {**extra, **case["env"]}}
        return harness.run_case(case, argv, stub, timeout)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, cases))


def first(case, expected, got):
    """The first difference as (what, expected, got), or None."""
    if all(harness.groups(expected, got)):
        return None
    for key in ("rc", "error", "env", "env_equals_outputs"):
        if expected[key] != got[key]:
            return key, expected[key], got[key]
    for part in ("outputs", "bake"):
        for key in [*expected[part], *(set(got[part]) - set(expected[part]))]:
            e, g = expected[part].get(key), got[part].get(key)
            if json.dumps(e) != json.dumps(g):
                return key, e, g
    return "the rules of the harness", True, False


def asked(case):
    """The case in one line."""
    event = {key: value for key, value in case["event"].items() if key not in ("repository", "ref")}
    words = {"inputs": case["inputs"], "env": case["env"], "event": case["event_name"], "ref": case["ref"],
             "sha": case["sha"], "payload": event}
    words.update({key: case[key] for key in ("git", "api_commit_date") if case.get(key)})
    return json.dumps(words, ensure_ascii=False)


def report(case, difference):
    """Lines for people."""
    what, expected, got = difference
    return "\n".join([
        "DIFF %s: %s" % (case["id"], what), "  asked    " + asked(case),
        "  expected " + json.dumps(expected, ensure_ascii=False), "  got      " + json.dumps(got, ensure_ascii=False)])
