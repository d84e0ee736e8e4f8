"""The differences that are meant: each reason stands, word for word, in docs/compatibility.md."""
import re
from datetime import datetime

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\Z")
IMAGE = re.compile(r"(?:[a-z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*\Z")

LONG = "a tag of more than 128 characters"
FIRST = "a tag that begins with `.` or `-`"
TWICE = "`latest` by a rule and by a version"
IMAGES_TWICE = "an image that is named twice"
NAME = "an image name that no registry takes"
LINE = "several images on one line among several lines"
EMPTY = "an empty name among the images"
NONE = "every image is disabled"
LATEST = "an expression in the prefix or suffix of `latest`"
COMMA = "a comma inside an expression"
NO_REFERENCE = "`context: git` with a commit that no reference names"
LEVEL = "an annotation level with a colon"
QUOTES = "quotation marks inside an expression"
NO_NUMBER = "a pull request whose event has no number"
DATE = "a commit date in a form GitHub does not use"
ZONE = "a time zone's rules after 2037"
REMOTES = "`context: git` with several remote branches at the commit"
ORDER = "the order of labels whose names are not in Latin letters"
FUNCTION = "a property of a helper"
PROTO = "a label named `__proto__`"
PATTERN = "`\\u{…}` and `ſ` in a pattern without the flag `u`"

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def _names(case, result):
    separator = case["inputs"].get("sep-tags") or "\n"
    text = result["outputs"].get("tag-names", "")
    return text.split(separator) if text else []


def _image_names(case):
    for line in case["inputs"].get("images", "").splitlines():
        for word in line.split(","):
            key, equals, value = word.partition("=")
            if not equals:
                yield key.strip()
            elif key.strip().lower() == "name":
                yield value.strip()


def _texts(case):
    return "\n".join(case["inputs"].values())


def reason(case, expected, got):
    """Why these two differ, or None when nothing says they may."""
    if expected["rc"] and got["rc"]:
        return None
    if got["rc"]:
        return _refused(case)
    if expected["rc"]:
        return _accepted(case)
    return _tags(case, expected, got) or _rest(case, expected, got)


def _is_date(text):
    try:
        return bool(ISO.match(text) and datetime.fromisoformat(text.replace("Z", "+00:00")))
    except (TypeError, ValueError):
        return False


def _refused(case):
    """We refuse, they do not."""
    if any(not IMAGE.match(name.lower()) for name in _image_names(case)):
        return NAME
    if case["event_name"] == "pull_request_target" and not case["event"].get("number"):
        return NO_NUMBER
    if re.search(r"\{\{[^}\n]*,", case["inputs"].get("tags", "")):
        return COMMA
    return None


def _accepted(case):
    """They refuse, we do not."""
    if case["inputs"].get("context") == "git":
        return NO_REFERENCE
    found = re.search(r"\{\{[^}\n]*(?:,|\")[^}\n]*\}\}", case["inputs"].get("tags", ""))
    if found:
        return COMMA if "," in found.group(0) else QUOTES
    return None


def _tags(case, expected, got):
    images, flavor = case["inputs"].get("images", ""), case["inputs"].get("flavor", "")
    names, ours = _names(case, expected), _names(case, got)
    if all(map(TAG.match, ours)):
        if any(len(name) > 128 for name in names):
            return LONG
        if not all(map(TAG.match, names)):
            return FIRST
    if ours == list(dict.fromkeys(names)) and ours != names:
        return TWICE
    if got["outputs"]["tags"] != expected["outputs"]["tags"] and ours == names:
        lines = [line for line in images.splitlines() if line.strip()]
        if "enable=" in images and not got["outputs"]["tags"]:
            return NONE
        if any("," in re.sub(r"(?i)enable=[^,]*", "", line).strip(",") for line in lines):
            return LINE
        if not all(_image_names(case)):
            return EMPTY
    if "{{" in flavor and "onlatest" in flavor.lower():
        return LATEST
    return None


def _rest(case, expected, got):
    text, images = _texts(case), list(_image_names(case))
    if len(images) != len({name.lower() for name in images}):
        return IMAGES_TWICE
    if re.search(r"\{\{[^}\n]*,[^}\n]*\}\}", case["inputs"].get("tags", "")):
        return COMMA
    if ":" in case["env"].get("DOCKER_METADATA_ANNOTATIONS_LEVELS", ""):
        return LEVEL
    head = case["event"].get("head_commit") or {}
    if head and head.get("id") == case["sha"] and not _is_date(head.get("timestamp")):
        return DATE
    if "tz=" in text and str(head.get("timestamp")) >= "2038":
        return ZONE
    if case.get("git") in ("detached-remote-head", "detached-two-remotes"):
        return REMOTES
    if "branch.length" in text or "'length'" in text:
        return FUNCTION
    if "__proto__" in text:
        return PROTO
    if re.search(r"\\u\{|ſ", text):
        return PATTERN
    same = all(sorted(expected["outputs"][key]) == sorted(got["outputs"][key]) for key in ("labels", "annotations"))
    if same and re.search(r"[æðøþœ\u0300-\U0010ffff]", text):
        return ORDER
    return None
