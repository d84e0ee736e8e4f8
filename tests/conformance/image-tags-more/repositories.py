"""The git repositories a case may ask for by name, next to those of ../image-tags/harness.py.

A repository is a list of steps, each the words of one git command; `@date D` sets the date of the
commits that follow, `@commit` adds one, `@upstream` goes to a second repository beside it and
`@here` comes back; UPSTREAM stands for its address. Every one begins with a commit on main."""
import os
import subprocess

import harness

_theirs = harness.make_git

DETACH = "checkout -q --detach"
ALONE = [DETACH, "branch -D main"]
BEHIND = ["@commit", "checkout -q --detach HEAD~1"]

REPOSITORIES = {
    "branch-release": ["checkout -q -b release/1.x"],
    "branch-like-tag": ["checkout -q -b v7.8.9"],
    "branch-odd": ["checkout -q -b feat/a&b#2"],
    "branch-tagged": ["tag v2.0.0"],
    "branch-other-date": ["@date 2024-02-29T23:59:59-03:30", "@commit"],
    "detached-two-tags": ["tag v1.0.0", "tag v1.0.1", *ALONE],
    "detached-floating-tags": ["tag v2", "tag v2.4", "tag v2.4.1", *ALONE],
    "detached-annotated-tag": ["tag -a -m release v5.6.7", *ALONE],
    "detached-tag-and-branch": ["tag v3.0.0", DETACH],
    "detached-tag-and-remote": ["tag v3.1.0", "update-ref refs/remotes/origin/main HEAD", *ALONE],
    "detached-tag-comma": ["tag rel,1.2.3", *ALONE],
    "detached-scoped-tag": ["tag @scope/pkg@1.2.3", *ALONE],
    "detached-branch": [DETACH],
    "detached-remote-and-branch": ["update-ref refs/remotes/origin/main HEAD", DETACH],
    "detached-remote-head": [
        "update-ref refs/remotes/origin/main HEAD",
        "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main",
        *ALONE,
    ],
    "detached-two-remotes": [
        "update-ref refs/remotes/origin/main HEAD",
        "update-ref refs/remotes/upstream/dev HEAD",
        *ALONE,
    ],
    "detached-pr-head": ["update-ref refs/remotes/pull/9/head HEAD", *ALONE],
    "detached-pr-other": ["update-ref refs/remotes/pull/9/base HEAD", *ALONE],
    "behind-branch": BEHIND,
    "behind-remote": [
        "@commit", "update-ref refs/remotes/origin/release/3.x HEAD",
        "checkout -q --detach HEAD~1", "branch -D main",
    ],
    "behind-two-branches": [
        "@commit", "checkout -q -b newer", "@date 2026-04-05T06:07:08+00:00", "@commit",
        "checkout -q --detach HEAD~2",
    ],
    "behind-tag": ["@commit", "tag v8.0.0", "checkout -q --detach HEAD~1", "branch -D main"],
    "behind-two-tags": [
        "@commit", "tag v8.0.0", "tag v10.0.0", "checkout -q --detach HEAD~1", "branch -D main",
    ],
    "detached-nothing": ALONE,
    "shallow-tag": [
        "@upstream", "@commit", "tag v1.2.3", "@here", "checkout -q --orphan empty", "rm -q -rf .",
        "fetch -q --depth=1 UPSTREAM +refs/tags/v1.2.3:refs/tags/v1.2.3",
        "checkout -q --detach refs/tags/v1.2.3", "branch -D main",
    ],
    "shallow-branch": [
        "@upstream", "@commit", "@here", "checkout -q --orphan empty", "rm -q -rf .", "branch -D main",
        "fetch -q --depth=1 UPSTREAM +refs/heads/main:refs/remotes/origin/main",
        "checkout -q -B main refs/remotes/origin/main",
    ],
    "shallow-commit": [
        "@upstream", "@commit", "@here", "checkout -q --orphan empty", "rm -q -rf .", "branch -D main",
        "fetch -q --depth=1 UPSTREAM refs/heads/main", "checkout -q --detach FETCH_HEAD",
    ],
    "shallow-pr": [
        "@upstream", "@commit", "@here", "checkout -q --orphan empty", "rm -q -rf .", "branch -D main",
        "fetch -q --depth=1 UPSTREAM +refs/heads/main:refs/remotes/pull/42/merge",
        "checkout -q --detach refs/remotes/pull/42/merge",
    ],
    "no-commit": ["checkout -q --orphan empty", "rm -q -rf ."],
}


def make_git(kind, path):
    """Makes the repository of that name; every run makes the same commits."""
    if kind not in REPOSITORIES:
        return _theirs(kind, path)
    env = dict(os.environ, **harness.GIT_ENV)
    upstream = path + "-upstream"
    here, count = path, 0

    def git(*words):
        subprocess.run(["git", *words], cwd=here, env=env, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def commit(message):
        with open(os.path.join(here, "a.txt"), "a") as file:
            file.write(message + "\n")
        git("add", "a.txt")
        git("commit", "-q", "-m", message)

    git("init", "-q", "-b", "main")
    commit("first")
    for step in REPOSITORIES[kind]:
        words = step.replace("UPSTREAM", "file://" + upstream).split()
        if words[0] == "@commit":
            count += 1
            commit("more %d" % count)
        elif words[0] == "@date":
            env["GIT_AUTHOR_DATE"] = env["GIT_COMMITTER_DATE"] = words[1]
        elif words[0] == "@upstream":
            os.mkdir(upstream)
            here = upstream
            git("init", "-q", "-b", "main")
            commit("first")
        elif words[0] == "@here":
            here = path
        else:
            git(*words)


harness.make_git = make_git
KINDS = ["branch-main", "branch-feature", "detached-tag", "detached-prerelease-tag",
         "detached-monorepo-tag", "detached-remote-branch", "detached-pr", *REPOSITORIES]
