"""What a runner says about a run: a case in the form of ../../conformance/image-tags/harness.py."""
import copy
import hashlib
import json

SHA = "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b"
OTHER = "0d1e2f30415263748596a7b8c9dae0f112233445"
DATE = "2025-03-04T05:06:07+00:00"
API_DATE = "2025-08-09T23:30:15Z"

REPO = {
    "name": "rocket", "full_name": "acme/rocket", "html_url": "https://github.com/acme/rocket",
    "description": "Rockets, fast & small", "default_branch": "main",
    "license": {"key": "apache-2.0", "name": "Apache License 2.0", "spdx_id": "Apache-2.0"},
}
REPOS = {
    "plain": REPO,
    "bare": {**REPO, "description": None, "license": None},
    "empty": {**REPO, "description": "", "license": {"key": "other", "name": "Other", "spdx_id": "NOASSERTION"}},
    "trunk": {**REPO, "default_branch": "trunk"},
    "unicode": {**REPO, "name": "Räkete", "description": "für „alle“ 🚀 <b>x</b> = y; 100%"},
    "lines": {**REPO, "description": "first line\nsecond = line\r\nthird"},
    "quotes": {**REPO, "description": "say \"hi\", it's `free`\t(now)", "html_url": "https://ghe.example.test/a/b?x=1"},
    "no-spdx": {**REPO, "license": {"key": "mit", "name": "MIT", "spdx_id": None}},
}
REPOS = {name: {**repo} for name, repo in REPOS.items()}


def case(event_name="push", ref="refs/heads/main", sha=SHA, repo="plain", date=DATE, api_date=None, payload=None,
         hidden=None, env=None, git=None, now=None, cat="random", **inputs):
    """A case. `hidden`: keys of the payload's repository that are left out, or "all" of it.
    Names of inputs are written with `_` for `-`."""
    repo = REPOS[repo]
    event = {"ref": ref, "repository": copy.deepcopy(repo)}
    if hidden == "all":
        del event["repository"]
    for key in hidden if isinstance(hidden, list) else []:
        event["repository"].pop(key)
    if event_name == "push":
        tag = ref.startswith("refs/tags/")
        head = {"id": sha, "timestamp": date}
        event.update(base_ref=None, head_commit=head)
        event["commits"] = [] if tag else [{"id": "f" * 40, "timestamp": "2025-01-01T00:00:00Z"}, head]
    elif event_name.startswith("pull_request"):
        event.pop("ref")
        event.update(number=42, pull_request={
            "number": 42, "base": {"ref": "main", "sha": "b" * 40}, "head": {"ref": "feature", "sha": OTHER}})
    elif event_name == "release":
        event.pop("ref")
        name = ref.replace("refs/tags/", "")
        event.update(action="published", release={"tag_name": name, "target_commitish": "main", "prerelease": False})
    elif event_name == "schedule":
        event = {"repository": event["repository"], "schedule": "30 4 * * *"} if "repository" in event else {}
    elif event_name == "workflow_dispatch":
        event["inputs"] = {"level": "1"}
    if payload:
        event.update(payload)
    made = {
        "cat": cat, "event": event, "event_name": event_name, "ref": ref, "sha": sha, "repo": repo,
        "env": env or {},
        "inputs": {"images": "acme/rocket", **{key.replace("_", "-"): value for key, value in inputs.items()}},
    }
    if api_date is None and event_name != "push":
        api_date = API_DATE
    for key, value in (("api_commit_date", api_date), ("git", git), ("now_formats", now)):
        if value:
            made[key] = value
    if event_name.startswith("pull_request"):
        made.update(head_ref="feature", base_ref="main")
    return made


def numbered(cases):
    """Those that are not there twice, with the number the harness wants and a name that stays the same
    when others come and go."""
    found = {}
    for made in cases:
        text = json.dumps(made, sort_keys=True).encode()
        made["id"] = "%s-%s" % (made["cat"], hashlib.sha256(text).hexdigest()[:8])
        made["n"] = len(found)
        found.setdefault(made["id"], made)
    return list(found.values())
