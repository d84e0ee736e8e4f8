"""The recorded cases as files: what many cases share stands once, what follows from the rest is left
out, one case a line."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "image-tags"))

import harness  # noqa: E402

import repositories  # noqa: E402,F401  (adds its repositories to the harness)

SHARED = ("event", "repo", "env")
# What a case is unless it says otherwise.
USUAL = {"event_name": "push", "sha": "5f0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b", "ref": "refs/heads/main"}
IMAGES = "acme/rocket"
ALL_ENV = sorted("DOCKER_METADATA_OUTPUT_" + re.sub(r"\W", "_", key).upper() for key in harness.OUTPUT_KEYS)


def _text(value, sort_keys=False):
    return json.dumps(value, ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"))


def save(cases, expected, folder=HERE):
    """Writes cases.json and expected.json."""
    tables = {key: [] for key in SHARED}
    lines = []
    for case in cases:
        case = dict(case)
        for key, table in tables.items():
            if case[key] not in table:
                table.append(case[key])
            case[key] = table.index(case[key])
        for key in ("n", "cat"):
            del case[key]
        for key, value in USUAL.items():
            if case[key] == value:
                del case[key]
        case["inputs"] = dict(case["inputs"])
        if case["inputs"].get("images") == IMAGES:
            del case["inputs"]["images"]
        lines.append(_text(case, sort_keys=True))
    with open(os.path.join(folder, "cases.json"), "w", encoding="utf-8") as file:
        shared = ",\n".join('"%s":[\n%s\n]' % (key, ",\n".join(map(_text, table))) for key, table in tables.items())
        file.write('{%s,\n"cases":[\n%s\n]}\n' % (shared, ",\n".join(lines)))
    rows = ["%s:%s" % (_text(case["id"]), _text(pack(case, expected[case["id"]]))) for case in cases]
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        file.write("{\n%s\n}\n" % ",\n".join(rows))


def load(folder=HERE):
    """(cases, expected) in the form the harness uses."""
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
        stored = json.load(file)
    cases = []
    for number, case in enumerate(stored["cases"]):
        case = {**USUAL, **case, "n": number, "cat": case["id"].rpartition("-")[0]}
        case["inputs"] = {"images": IMAGES, **case["inputs"]}
        for key in SHARED:
            case[key] = stored[key][case[key]]
        cases.append(case)
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
        packed = json.load(file)
    return cases, {case["id"]: unpack(case, packed[case["id"]]) for case in cases}


def pack(case, result):
    """A result without what follows from the case and the rest of it."""
    if result["rc"]:
        return {"error": result["error"]}
    whole = {**result["outputs"], **result["bake"]}
    whole.update({key: result[key] for key in ("env", "env_equals_outputs")})
    known = dict(whole)
    small = {key: whole.pop(key) for key in ("version", "tag-names")}
    for step in STEPS:
        for key, value in step(case, known).items():
            # As text: the order of the labels counts.
            if json.dumps(value) == json.dumps(whole.get(key)):
                whole.pop(key, None)
    small.update(whole)
    back = unpack(case, json.loads(_text(small)))
    if json.dumps(back, sort_keys=True) != json.dumps(result, sort_keys=True):
        raise ValueError("%s does not come back from its packed form" % case["id"])
    return small


def unpack(case, small):
    """The whole result."""
    if "error" in small:
        return {"rc": 1, "error": small["error"], "outputs": {}, "bake": {}, "env": [], "env_equals_outputs": None}
    whole = dict(small)
    for step in STEPS:
        whole = {**step(case, whole), **whole}
    outputs = {key: whole[key] for key in harness.OUTPUT_KEYS if key not in harness.BAKE_KEYS}
    return {"rc": 0, "error": None, "outputs": outputs, "bake": {key: whole[key] for key in harness.BAKE_KEYS},
            "env": whole["env"], "env_equals_outputs": whole["env_equals_outputs"]}


def _separator(case, what):
    return case["inputs"].get("sep-" + what) or "\n"


def _levels(case):
    return (case["env"].get("DOCKER_METADATA_ANNOTATIONS_LEVELS") or "manifest").split(",")


def _parts(case, outputs, key, what):
    return outputs[key].split(_separator(case, what)) if outputs[key] else []


def _image(case):
    return case["inputs"]["images"].strip().lower()


def _standard(case, outputs):
    """The labels every image gets."""
    repo = case["repo"]
    labels = {
        "created": "<NOW ISO>", "description": repo["description"] or "",
        "licenses": (repo["license"] or {}).get("spdx_id") or "", "revision": case["sha"],
        "source": repo["html_url"], "title": repo["name"], "url": repo["html_url"], "version": outputs["version"],
    }
    return ["org.opencontainers.image.%s=%s" % pair for pair in labels.items()]


def _first(case, outputs):
    """The tags of one image by its name, and the labels where none are asked for."""
    names = _parts(case, outputs, "tag-names", "tags")
    prefix = _image(case) + ":" if _image(case) else ""
    return {
        "tags": _separator(case, "tags").join(prefix + name for name in names),
        "labels": _separator(case, "labels").join(_standard(case, outputs)),
    }


def _second(case, outputs):
    """The annotations, where the same is asked for as in labels or nothing."""
    asked = [case["inputs"].get(key, "") for key in ("labels", "annotations")]
    same = asked[0] == asked[1]
    labels = _parts(case, outputs, "labels", "labels") if same else _standard(case, outputs)
    return {"annotations": _separator(case, "annotations").join(
        "%s:%s" % (level, label) for level in _levels(case) for label in labels)}


def _third(case, outputs):
    """The same once more as JSON."""
    tags, names = _parts(case, outputs, "tags", "tags"), _parts(case, outputs, "tag-names", "tags")
    labels = _parts(case, outputs, "labels", "labels")
    annotations = _parts(case, outputs, "annotations", "annotations")
    pairs = dict(re.search(r"([^=]*)=(.*)", label).groups() for label in labels if "=" in label)
    images = list(dict.fromkeys(tag.rpartition(":")[0] for tag in tags)) or [_image(case)]
    arguments = {"DOCKER_META_IMAGES": ",".join(filter(None, images))}
    if outputs["version"]:
        arguments["DOCKER_META_VERSION"] = outputs["version"]
    target = (case["inputs"].get("bake-target") or "docker-metadata-action").strip()

    def bake(**content):
        return {"target": {target: content}}

    off = case["env"].get("DOCKER_METADATA_SET_OUTPUT_ENV") in ("0", "false")
    return {
        "json": {"tags": tags, "tag-names": names, "labels": pairs, "annotations": annotations},
        "bake-file-tags": bake(tags=tags, args=arguments),
        "bake-file-labels": bake(labels=pairs),
        "bake-file-annotations": bake(annotations=annotations),
        "bake-file": bake(tags=tags, labels=pairs, args=arguments),
        "env": [] if off else ALL_ENV,
        "env_equals_outputs": None if off else True,
    }


STEPS = (_first, _second, _third)
