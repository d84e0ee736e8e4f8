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
    for case in stored["cases"]:
        for key in SHARED:
            case[key] = stored[key][case[key]]
        cases.append(case)
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
        packed = json.load(file)
    return cases, {case["id"]: unpack(case, packed[case["id"]]) for case in cases}


def pack(case, result):
    """A result without what `_derived` finds again."""
    if result["rc"]:
        return {"error": result["error"]}
    small = {key: result["outputs"].get(key) for key in ("version", "tags", "tag-names", "labels", "annotations")}
    for step in (_annotations, _json):
        for key, value in step(case, small).items():
            if small.get(key) == value:
                del small[key]
    rest = _derived(case, {**small, **_annotations(case, small), **_json(case, small), **small})
    actual = {"json": result["outputs"].get("json"), **result["bake"],
              "env": result["env"], "env_equals_outputs": result["env_equals_outputs"]}
    # As text: the order of the labels counts.
    for key, value in actual.items():
        if json.dumps(rest.get(key)) != json.dumps(value):
            small[key] = value
    if unpack(case, json.loads(_text(small))) != result:
        raise ValueError("%s does not come back from its packed form" % case["id"])
    return small


def unpack(case, small):
    """The whole result."""
    if "error" in small:
        return {"rc": 1, "error": small["error"], "outputs": {}, "bake": {}, "env": [], "env_equals_outputs": None}
    outputs = {**_json(case, small), **_annotations(case, small), **small}
    rest = {**_derived(case, outputs), **small}
    bake = {key: rest[key] for key in harness.BAKE_KEYS}
    outputs = {key: outputs[key] for key in ("version", "tags", "tag-names", "labels", "annotations")}
    outputs["json"] = rest["json"]
    return {"rc": 0, "error": None, "outputs": outputs, "bake": bake, "env": rest["env"],
            "env_equals_outputs": rest["env_equals_outputs"]}


def _separator(case, what):
    return case["inputs"].get("sep-" + what) or "\n"


def _levels(case):
    return (case["env"].get("DOCKER_METADATA_ANNOTATIONS_LEVELS") or "manifest").split(",")


def _annotations(case, small):
    """The annotations are the labels, unless told otherwise."""
    labels = small["labels"].split(_separator(case, "labels"))
    return {"annotations": _separator(case, "annotations").join(
        "%s:%s" % (level, label) for level in _levels(case) for label in labels)}


def _json(case, small):
    """One image by its name."""
    names = small["tag-names"].split(_separator(case, "tags")) if small["tag-names"] else []
    image = case["inputs"].get("images", "").strip()
    return {"tags": _separator(case, "tags").join("%s:%s" % (image, name) for name in names)}


def _derived(case, outputs):
    def parts(key, what):
        text = outputs[key]
        return text.split(_separator(case, what)) if text else []

    tags, names = parts("tags", "tags"), parts("tag-names", "tags")
    labels, annotations = parts("labels", "labels"), parts("annotations", "annotations")
    pairs = dict(re.search(r"([^=]*)=(.*)", label).groups() for label in labels if "=" in label)
    images = list(dict.fromkeys(tag.rpartition(":")[0] for tag in tags))
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
