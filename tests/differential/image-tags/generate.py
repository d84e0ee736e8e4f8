"""Random cases from a seed: the same seed gives the same cases everywhere."""
import random

import curated
import repositories
from curated import HEAD, TAG, quoted
from events import API_DATE, DATE, OTHER, REPOS, SHA, case

BRANCHES = ["main", "trunk", "develop", "release/1.x", "feature/blue_pill.2", "feat/a&b<c>'d", "dependabot/npm_and_yarn/lodash-4.17.21",
            "v7.8.9", "2.0.x", "hotfix/#42", "UPPER/Case", "renovate/docker-node-24.x", "été", "gh-readonly-queue/main/pr-3-abc"]
EVENTS = ["push"] * 8 + ["pull_request", "pull_request", "pull_request_target", "schedule", "workflow_dispatch", "release", "release",
                         "create", "discussion", "issues", "merge_group", "workflow_run", "repository_dispatch"]
WORDS = ["foo", "bar-1", "edge", "latest", "nightly", "a/b", "x_y.z", "{{branch}}", "{{tag}}", "{{sha}}", "{{base_ref}}", "{{is_default_branch}}", "{{{branch}}}", "-", ".", " ", "é"]
SEMVER = ["{{version}}", "{{major}}.{{minor}}", "{{major}}", "v{{version}}", "{{raw}}", "v{{major}}.{{minor}}", "{{major}}.{{minor}}.{{patch}}", *curated.SEMVER_PATTERNS]
PEP440 = ["{{version}}", "{{major}}.{{minor}}", "{{raw}}", "{{major}}", "v{{version}}", "{{patch}}", "{{major}}.{{minor}}.{{patch}}"]
KEYS = ["team", "org.opencontainers.image.title", "org.opencontainers.image.description", "org.opencontainers.image.licenses", "org.opencontainers.image.vendor",
        "maintainer", "com.example.a-b", "com.example.a_b", "com.example.a.b", "com.example/ab", "Z", "a", "B", "é", "10", "9", "_x", "-x", "io.x.{{branch}}", "", "a b", "x:y", "com.Example.ab", "org-x", "ö", "oe", "#x"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, values):
        return values[self.random.randrange(len(values))]

    def chance(self, share):
        return self.random.random() < share

    def number(self, top=20):
        return self.pick([0, 1, 2, 3, self.random.randrange(top), self.random.randrange(top * 50)])

    def version(self):
        if self.chance(0.15):
            return self.pick(curated.SEMVER_TAGS.split()[:-1])
        if self.chance(0.15):
            return self.pick(curated.PEP440_TAGS)
        text = ".".join(str(self.number()) for _ in range(self.pick([3, 3, 3, 3, 3, 2, 1, 4])))
        if self.chance(0.3):
            text += self.pick(["-", "-", "-", "", ".", "_"]) + self.pick(["rc", "alpha", "beta", "a", "b", "dev", "post", "next", "SNAPSHOT", "pre", "canary"])
            text += self.pick([".", ".", "", "-", "."]) + str(self.number())
        if self.chance(0.1):
            text += "+" + self.pick(["build", "a.b", "7", "001", "g1a2b3c", "x-y"])
        return text

    def tag(self):
        lead = self.pick(["v", "v", "v", "v", "", "", "V", "=", "api/v", "api-v", "api@", "@scope/api@", "release-", "team/api/v"])
        return self.pick(["nightly", "latest", "2025.03"]) if self.chance(0.06) else lead + self.version()

    def moment(self):
        parts = [self.pick(curated.TOKENS[:60] if self.chance(0.8) else curated.TOKENS) for _ in range(self.random.randrange(1, 5))]
        text = self.pick(["", "-", " ", ".", "_", "[T]", ":", "/"]).join(parts)
        zone = " tz='%s'" % self.pick(curated.ZONES) if self.chance(0.4) else ""
        return "{{%scommit_date '%s'%s}}" % (self.pick(["", "", "~", "&"]), text.replace("'", ""), zone)

    def expression(self, depth=0):
        roll = self.random.random()
        if roll < 0.45:
            return self.pick(WORDS)
        if roll < 0.6:
            return self.moment()
        if roll < 0.75 and depth < 2:
            subject = self.pick(["tag", "branch", "is_default_branch", "base_ref", "nothing", "(is_not_default_branch)", "sha", "0", "''"])
            kind = self.pick(["if", "if", "unless", "with"])
            middle = "{{else}}" + self.expression(depth + 1) if self.chance(0.5) else ""
            return "{{#%s %s}}%s%s{{/%s}}" % (kind, subject, self.expression(depth + 1), middle, kind)
        if roll < 0.765:
            return self.pick(curated.EXPRESSIONS)
        return self.expression(depth + 1) + self.pick(["-", "", "_", " ", "/"]) + self.expression(depth + 1) if depth < 3 else "x"

    def attribute(self, key, value):
        text = "%s=%s" % (key if self.chance(0.9) else key.upper(), value)
        return quoted(text) if self.chance(0.98) else text

    def rule(self):
        kind = self.pick(["schedule", "semver", "semver", "semver", "semver", "pep440", "pep440", "match", "match", "edge", "ref", "ref", "ref", "raw", "raw", "raw", "sha", "sha"])
        words = ["type=" + kind]
        add = lambda key, value: words.append(self.attribute(key, value))  # noqa: E731
        if kind == "schedule" and self.chance(0.6):
            add("pattern", self.pick(["weekly", self.moment(), self.expression()]))
        elif kind in ("semver", "pep440"):
            add("pattern", self.pick(PEP440 if kind == "pep440" else SEMVER[:7] if self.chance(0.8) else SEMVER))
            if self.chance(0.2):
                add("value", self.pick([self.tag(), self.expression(), "{{tag}}", "{{branch}}"]))
            if self.chance(0.2):
                add("match", self.pick([r"v(.*)", r"api/v(.*)$", r"(?:api|web)(?:/v|@|-v)(.+)$", r"(\d+\.\d+.*)", r"^v?(\d+(?:\.\d+)*)", r"x(.*)"]))
        elif kind == "match":
            pattern, group, _ = self.pick(curated.MATCH)
            if self.chance(0.7):
                pattern, group = self.pick([(r"v(\d+)\.(\d+)", "1"), (r"(.*)", "1"), (r"v(.*)", "1"), (r"\d+", None), (r"/V(.*)/i", "1"), (r"(\d+)\.(\d+)", "2"), (r"([a-z]+)[/@-]", "1")])
            add("pattern", pattern)
            if group is not None:
                add("group", group)
            if self.chance(0.2):
                add("value", self.pick([self.tag(), self.expression()]))
        elif kind == "edge" and self.chance(0.4):
            add("branch", self.pick(BRANCHES))
        elif kind == "ref":
            add("event", self.pick(["branch", "tag", "pr"]))
        elif kind == "raw":
            if self.chance(0.2):
                return self.pick(["foo", "bar,baz", "{{sha}}", "x,enable={{is_default_branch}}", "type=raw,value=latest,enable={{is_default_branch}}"])
            add("value", self.expression())
        elif kind == "sha" and self.chance(0.5):
            add("format", self.pick(["short", "long"]))
        for key, share in (("prefix", 0.15), ("suffix", 0.15)):
            if self.chance(share):
                add(key, self.pick(["", "p-", "-s", "{{sha}}-", "-{{branch}}", "a/", self.expression()]))
        if self.chance(0.15):
            add("enable", self.pick(["true", "false", "{{is_default_branch}}", "{{is_not_default_branch}}", "{{#if tag}}true{{else}}false{{/if}}"]))
        if self.chance(0.12):
            add("priority", self.pick(["1", "150", "850", "950", "2000", "-1", "650.5", "x", ""]))
        if self.chance(0.01):
            words.append(self.pick(["nope", "x=y", "event=nope", "format=nope", "enable=nope", "type=nope", "group=x"]))
        return ",".join(words)

    def flavor(self):
        lines = []
        if self.chance(0.4):
            lines.append("latest=" + self.pick(["auto", "true", "false"]))
        for key in ("prefix", "suffix"):
            if self.chance(0.3):
                value = self.pick(["p-", "-s", "", "-{{sha}}", "{{branch}}-", "a_b"])
                lines.append("%s=%s%s" % (key, value, self.pick(["", ",onlatest=true", ",onlatest=false"])))
        return self.pick(["\n", "\n", ","]).join(lines)

    def images(self):
        if self.chance(0.5):
            return "acme/rocket"
        names = ["acme/rocket", "ghcr.io/Acme/Rocket", "localhost:5000/a/b", "docker.io/library/x", "quay.io/acme/r"]
        chosen = [self.pick(names) for _ in range(self.random.randrange(0, 4))]
        lines = [name if self.chance(0.6) else "name=%s,enable=%s" % (name, self.pick(["true", "false"])) for name in chosen]
        return self.pick(["\n", "\n", "\n", ","]).join(lines)

    def labels(self):
        lines = []
        for _ in range(self.pick([0, 0, 1, 2, 5, 12])):
            text = "%s=%s" % (self.pick(KEYS), self.expression())
            lines.append(quoted(text) if self.chance(0.7) else text)
        return "\n".join(lines)

    def case(self):
        name = self.pick(EVENTS)
        ref = TAG + self.tag() if self.chance(0.6) else HEAD + self.pick(BRANCHES)
        if name in ("pull_request",):
            ref = "refs/pull/42/merge"
        elif name in ("schedule", "discussion", "issues"):
            ref = HEAD + "main"
        elif name == "release":
            ref = TAG + self.tag()
        inputs = {"tags": "\n".join(self.rule() for _ in range(self.random.randrange(1, 6))), "flavor": self.flavor(), "images": self.images(),
                  "labels": self.labels(), "annotations": self.labels()}
        if self.chance(0.15):
            inputs["tags"] = ""
        for key in ("sep_tags", "sep_labels", "sep_annotations"):
            if self.chance(0.08):
                inputs[key] = self.pick([",", " ", ", ", "|", "\\n"])
        if self.chance(0.1):
            inputs["bake_target"] = self.pick(["t", "a-b", 'x"y'])
        env = {}
        if self.chance(0.08):
            env["DOCKER_METADATA_ANNOTATIONS_LEVELS"] = self.pick(["index", "manifest,index", "manifest[linux/amd64]"])
        if self.chance(0.08):
            env["DOCKER_METADATA_SHORT_SHA_LENGTH"] = self.pick(["4", "12", "40", "64", "0", "1e1"])
        if self.chance(0.08):
            env["DOCKER_METADATA_PR_HEAD_SHA"] = self.pick(["true", "false", "1"])
        if self.chance(0.04):
            env["DOCKER_METADATA_SET_OUTPUT_ENV"] = self.pick(["false", "true", "0"])
        more = {}
        if self.chance(0.12):
            inputs["context"] = "git"
            more["git"] = self.pick(repositories.KINDS)
        payload = {}
        if name == "push" and self.chance(0.15):
            payload["base_ref"] = HEAD + self.pick(BRANCHES)
        return case(event_name=name, ref=ref, sha=self.pick([SHA, OTHER]), repo=self.pick(["plain", "plain", *REPOS]),
                    date=self.pick([DATE, DATE, *curated.DATES]), api_date=API_DATE, payload=payload,
                    hidden=self.pick([None, None, None, "all", ["license"], ["name", "html_url", "description"]]), env=env, **more, **inputs)


def cases(seed, count):
    """That many cases of that seed; the n-th is the same for every count."""
    return [Maker("%s/%s" % (seed, number)).case() for number in range(count)]
