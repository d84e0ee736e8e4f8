#!/usr/bin/env python3
"""record.py --peer VERSION=DIR… [--node NODE] [--only TEXT]

Runs slackapi/slack-github-action (checkouts of its tags, with action.yml and dist/) on the steps of cases.py as a
runner does, against a server that answers as each step says, and writes what came of it: one file per topic.
Nothing of the action is part of the record but what it sent and said. Python 3 standard library only."""
import argparse
import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading

import cases

HERE = pathlib.Path(__file__).resolve().parent
# What FakeRunner of the test kit sets.
GITHUB = {
    "GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "GITHUB_EVENT_NAME": "push", "GITHUB_ACTOR": "octocat",
    "GITHUB_WORKFLOW": "Release", "GITHUB_JOB": "release", "GITHUB_RUN_ID": "4242", "GITHUB_RUN_NUMBER": "7",
    "GITHUB_RUN_ATTEMPT": "1", "GITHUB_ACTION": "step", "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:9/graphql",
}
PLACES = {"{api}": "/api", "{hook}": "/services/T0TEAM0001/B0HOOK0001/hookKeyHookKeyHookKey01", "{trigger}": "/triggers/T0TEAM0001/1234567890/triggerKeyTriggerKey01"}


def call(path):
    """What a request is for, as `answers` name it."""
    if path.startswith("/services/"):
        return "hook"
    return "trigger" if path.startswith("/triggers/") else "upload" if path.startswith("/upload/") else path.rsplit("/", 1)[-1]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {name: list(given) for name, given in answers.items()}
        self.seen = []
        self.lock = threading.Lock()
        self.base = "http://127.0.0.1:%d" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        length = self.headers.get("content-length")
        if length is None:
            body = b""
            while (size := int(self.rfile.readline().strip() or b"0", 16)):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(length))
        with self.server.lock:
            kind = self.headers.get("content-type") or ""
            self.server.seen.append({
                "method": self.command, "path": self.path, "type": kind.split(";")[0].strip().lower(),
                "token": (self.headers.get("authorization") or "").removeprefix("Bearer "), "body": parsed(kind, body),
            })
            given = self.server.answers.get(call(self.path))
            status, text, headers = (404, "not found", {}) if not given else given.pop(0) if len(given) > 1 else given[0]
        if not isinstance(text, str):
            text, headers = json.dumps(text), {"content-type": "application/json; charset=utf-8", **headers}
        text = text.replace("{base}", self.server.base).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST


def parsed(kind, body):
    """A body as data: JSON, the fields of a form, or the bytes of the file in it as text."""
    if kind.startswith("application/json"):
        return json.loads(body) if body else None
    if kind.startswith("application/x-www-form-urlencoded"):
        text = body.decode()
        import urllib.parse
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
    if kind.startswith("multipart/form-data"):
        boundary = re.search(r'boundary="?([^";]+)', kind).group(1).encode()
        part = body.split(b"--" + boundary)[1]
        return part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n").decode()
    return body.decode()


def defaults(action):
    """The defaults of the inputs of an action.yml: the few lines of YAML these have."""
    found, name, inside = {}, None, False
    for line in action.read_text().splitlines():
        if re.match(r"\S", line):
            inside = line.startswith("inputs:")
        elif inside and (match := re.match(r"  ([\w-]+):", line)):
            name = match.group(1)
        elif inside and (match := re.match(r"    default: (.*)", line)):
            found[name] = match.group(1).strip().strip("'\"")
    return found


def outputs(text):
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if "<<" in line:
            name, mark = line.split("<<", 1)
            value = []
            for line in lines:
                if line == mark:
                    break
                value.append(line)
            found[name] = "\n".join(value)
    return found


def run(case, peer, node):
    server = Server(case["answers"])

    def fill(text):
        for place, path in PLACES.items():
            text = text.replace(place, server.base + path)
        return text

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        work = folder / "work"
        work.mkdir()
        for name, text in case["files"].items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(text.encode())
        (folder / "output").touch()
        (folder / "summary").touch()
        given = {**defaults(peer / "action.yml"), **case["inputs"]}
        variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **GITHUB,
                     "GITHUB_EVENT_PATH": str(HERE / "event.json"), "GITHUB_WORKSPACE": str(work),
                     "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
                     **{"INPUT_" + name.replace(" ", "_").upper(): fill(value) for name, value in given.items()},
                     **{name: fill(value) for name, value in case["env"].items()}}
        try:
            done = subprocess.run([node, str(peer / "dist/index.js")], cwd=work, env=variables, capture_output=True, timeout=30)
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = "none in time"
        told = outputs((folder / "output").read_text())
    server.shutdown()
    server.server_close()
    told.pop("time", None) if str(told.get("time", "")).isdigit() else None
    told = {name: value.replace(server.base, "{base}") for name, value in told.items()}
    return {"exit": code, "outputs": told, "requests": server.seen}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", action="append", required=True)
    parser.add_argument("--node", default="node")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    peers = {version: pathlib.Path(folder).resolve() for version, folder in (peer.split("=", 1) for peer in args.peer)}
    node = str(pathlib.Path(args.node).resolve()) if "/" in args.node else args.node
    names = [case["name"] for topic in cases.TOPICS.values() for case in topic]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    steps = runs = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for topic, given in cases.TOPICS.items():
            given = [case for case in given if args.only in case["name"]]
            done = {(case["name"], version): pool.submit(run, case, peer, node) for case in given for version, peer in peers.items()}
            written = []
            for case in given:
                answers = []
                for version in peers:
                    answer = done[case["name"], version].result()
                    same = next((one for one in answers if one["told"] == answer), None)
                    if same:
                        same["versions"].append(version)
                    else:
                        answers.append({"versions": [version], "told": answer})
                runs += len(peers)
                steps += 1
                written.append({**{key: value for key, value in case.items() if value}, "peer": [{"versions": one["versions"], **one["told"]} for one in answers]})
            if not written:
                continue
            if args.only:
                print(json.dumps(written, indent=1, ensure_ascii=False))
            else:
                lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in written)
                (HERE / (topic + ".json")).write_text("[\n%s\n]\n" % lines)
    print("%d steps, %d runs recorded" % (steps, runs))


if __name__ == "__main__":
    main()
