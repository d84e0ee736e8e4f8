// Random repositories through the real command line and through ours: same tree, same zero or
// non-zero exit, same tags, same last commit, same `status --output`.
//
//   LAUNCHWAY_NODE            the Node.js that runs the real one (default: the one that runs this)
//   LAUNCHWAY_CHANGESETS_CLI  bin.js of @changesets/cli
//   LAUNCHWAY_CHANGESET       our program
//   LAUNCHWAY_RANGES          our range example; built if it is not given
//
//   run.mjs [--cases N] [--ranges N] [--seed S] [--fast | --process] [--keep] [--only SEED]
//
// Four cases of five call the real commands inside this process: the same code, without starting it
// each time. `--fast` does so with all, `--process` with none.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makeCase } from "./cases.mjs";
import { compareRanges } from "./ranges.mjs";
import { Random } from "./random.mjs";

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const flag = (name) => process.argv.includes(`--${name}`);
const say = (text) => fs.writeSync(1, `${text}\n`);

const cli = process.env.LAUNCHWAY_CHANGESETS_CLI;
const ours = process.env.LAUNCHWAY_CHANGESET;
const node = process.env.LAUNCHWAY_NODE || process.execPath;
if (!cli || !ours) {
  say("set LAUNCHWAY_CHANGESETS_CLI and LAUNCHWAY_CHANGESET");
  process.exit(2);
}
const count = Number(option("cases", process.env.LAUNCHWAY_DIFFERENTIAL_CASES || "60"));
const rangeCount = Number(option("ranges", "20000"));
const seed = Number(option("seed", String(Date.now() % 1_000_000_000)));
const only = option("only");
const every = flag("fast") ? Infinity : flag("process") ? 1 : 5;

const base = fs.mkdtempSync(path.join(os.tmpdir(), "launchway-differential-"));
const env = {
  PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
  HOME: base,
  LANG: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  TZ: "UTC",
  NO_COLOR: "1",
  CI: "true",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: os.devNull,
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.test",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.test",
  GIT_AUTHOR_DATE: "1700000000 +0000",
  GIT_COMMITTER_DATE: "1700000000 +0000",
  GIT_CEILING_DIRECTORIES: base,
};

function git(dir, ...args) {
  const done = spawnSync("git", args, { cwd: dir, env, encoding: "utf8" });
  return done.stdout;
}

function write(dir, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

function tree(dir, below = "", found = {}) {
  for (const entry of fs.readdirSync(path.join(dir, below), { withFileTypes: true })) {
    if (entry.name === ".git") continue;
    const name = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) tree(dir, name, found);
    else found[name] = timeless(fs.readFileSync(path.join(dir, name), "utf8"));
  }
  return found;
}

const timeless = (text) =>
  text
    .replace(/(?<!\d)20[2-9]\d[01]\d[0-3]\d[0-2]\d[0-5]\d[0-5]\d(?!\d)/g, "<DATETIME>")
    .replace(/(?<!\d)1[6-9]\d{11}(?!\d)/g, "<MILLIS>");

// New changesets have random names, which decide their order: both sides get the same one.
function nameAdded(dir, known, number) {
  const folder = path.join(dir, ".changeset");
  for (const name of fs.readdirSync(folder)) {
    if (!name.endsWith(".md") || known.has(`.changeset/${name}`)) continue;
    const given = `.changeset/added-${number}.md`;
    fs.renameSync(path.join(folder, name), path.join(dir, given));
    known.add(given);
    if (git(dir, "ls-files", `.changeset/${name}`)) {
      git(dir, "add", "-A", ".changeset");
      git(dir, "commit", "-q", "--amend", "--no-edit");
    }
  }
}

function run(program, args, dir) {
  return new Promise((resolve) => {
    let said = "";
    const child = spawn(program, args, { cwd: dir, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (data) => (said += data));
    child.stderr.on("data", (data) => (said += data));
    child.on("error", (error) => resolve({ exit: 2, said: String(error) }));
    child.on("close", (code) => resolve({ exit: code === 0 ? 0 : 1, said }));
  });
}

const started = { run: (args, dir) => run(node, [cli, ...args], dir) };
const theirs = {};
{
  Object.assign(process.env, env);
  const load = (name) => import(pathToFileURL(path.join(path.dirname(cli), "dist", `${name}.mjs`)));
  const modules = Object.fromEntries(await Promise.all(["add", "version", "status", "pre", "git-tag"].map(async (name) => [name, await load(name)])));
  const calls = {
    version: (o) => modules.version.version(o),
    status: (o) => modules.status.status(o),
    add: (o) => modules.add.add(o),
    "git-tag": (o) => modules["git-tag"].gitTag(o),
    pre: (o, words) => modules.pre.pre({ ...o, command: words[0], tag: words[1] }),
  };
  theirs.run = async ([verb, ...rest], dir) => {
    const options = { cwd: dir };
    const words = [];
    for (let i = 0; i < rest.length; i++) {
      if (!rest[i].startsWith("--")) words.push(rest[i]);
      else {
        const name = rest[i].slice(2).replace(/-([a-z])/g, (_, c) => c.toUpperCase());
        const value = rest[i + 1] === undefined || rest[i + 1].startsWith("--") ? true : rest[++i];
        options[name] = ["ignore", "major", "minor", "patch"].includes(name) ? value.split(",") : value;
      }
    }
    const [out, err] = [process.stdout.write, process.stderr.write];
    const consoles = { log: console.log, warn: console.warn, error: console.error, info: console.info };
    let said = "";
    const take = (text) => ((said += text), true);
    process.stdout.write = process.stderr.write = take;
    for (const name of Object.keys(consoles)) console[name] = (...all) => take(all.join(" "));
    try {
      process.chdir(dir);
      await calls[verb](options, words);
      return { exit: 0, said };
    } catch (error) {
      return { exit: 1, said: said + error.stack };
    } finally {
      process.stdout.write = out;
      process.stderr.write = err;
      Object.assign(console, consoles);
    }
  };
}

async function side(one, dir, tool) {
  const known = new Set(Object.keys(one.files).filter((name) => name.startsWith(".changeset/")));
  const exits = [];
  const said = [];
  for (const step of one.steps) {
    if (step.write) {
      write(dir, step.write);
      Object.keys(step.write).forEach((name) => known.add(name));
    }
    if (step.commit) {
      git(dir, "add", "-A");
      git(dir, "commit", "-q", "--allow-empty", "-m", step.commit);
    }
    if (step.run) {
      const done = await tool.run(step.run, dir);
      if (step.run[0] === "add") nameAdded(dir, known, exits.length);
      exits.push(`${step.run.join(" ")}: ${done.exit}`);
      said.push(done.said);
    }
  }
  // A commit after a snapshot holds its time, so hashes differ: each is called by its number.
  const hashes = git(dir, "log", "--all", "--topo-order", "--reverse", "--format=%H").split("\n").filter(Boolean);
  const numbered = (text) => hashes.reduce((text, hash, i) => text.replaceAll(hash, `<C${i}>`).replaceAll(hash.slice(0, 7), `<c${i}>`), text);
  return {
    exits,
    files: Object.fromEntries(Object.entries(tree(dir)).map(([name, text]) => [name, numbered(text)])),
    tags: timeless(git(dir, "tag", "-l")),
    head: timeless(git(dir, "log", "-1", "--format=%B")),
    said,
  };
}

// A TypeError is no refusal but a crash: nobody relies on it, and what comes after it says nothing.
const crashed = (real) => real.said.some((text) => /TypeError/.test(text));

function difference(real, own) {
  const text = (value) => JSON.stringify(value, null, 1);
  if (text(real.exits) !== text(own.exits)) return `exits\n  real ${real.exits.join(" | ")}\n  ours ${own.exits.join(" | ")}`;
  for (const name of new Set([...Object.keys(real.files), ...Object.keys(own.files)])) {
    const [a, b] = [real.files[name], own.files[name]];
    if (a !== b) return `${name}\n--- real\n${a ?? "(not there)"}\n--- ours\n${b ?? "(not there)"}`;
  }
  if (real.tags !== own.tags) return `tags\n  real ${text(real.tags)}\n  ours ${text(own.tags)}`;
  if (real.head !== own.head) return `head\n  real ${text(real.head)}\n  ours ${text(own.head)}`;
  return null;
}

async function compare(caseSeed, realTool) {
  const one = makeCase(new Random(caseSeed));
  const dir = path.join(base, String(caseSeed));
  const [a, b] = [path.join(dir, "real"), path.join(dir, "ours")];
  fs.mkdirSync(a, { recursive: true });
  git(a, "init", "-q", "-b", "main");
  git(a, "config", "core.autocrlf", "false");
  const later = new Set(one.later);
  write(a, Object.fromEntries(Object.entries(one.files).filter(([name]) => !later.has(name))));
  git(a, "add", "-A");
  git(a, "commit", "-q", "-m", "base");
  write(a, Object.fromEntries(one.later.map((name) => [name, one.files[name]])));
  if (one.later.length > 0 && !one.loose) {
    git(a, "add", "-A");
    git(a, "commit", "-q", "-m", "later");
  }
  fs.cpSync(a, b, { recursive: true });
  const real = await side(one, a, realTool);
  const own = await side(one, b, { run: (args, dir) => run(ours, args, dir) });
  const differs = difference(real, own);
  if (!flag("keep")) fs.rmSync(dir, { recursive: true, force: true });
  return { differs, one, real, own, dir };
}

say(`seed ${seed}, ${only ? 1 : count} cases`);
let [equal, differ, refused, crashes, versioned] = [0, 0, 0, 0, 0];
for (let i = 0; i < (only ? 1 : count); i++) {
  const caseSeed = only ? Number(only) : seed + i;
  const { differs, one, real, own, dir } = await compare(caseSeed, i % every === every - 1 ? started : theirs);
  if (real.exits.some((exit) => exit.endsWith(": 1"))) refused++;
  if (real.exits.some((exit) => exit.startsWith("version") && exit.endsWith(": 0"))) versioned++;
  if (differs && crashed(real) && !only) {
    crashes++;
    continue;
  }
  if (!differs) {
    equal++;
    continue;
  }
  differ++;
  say(`seed ${caseSeed} differs: ${differs}`);
  if (only) {
    say(JSON.stringify(one, null, 1));
    say(`real said:\n${real.said.join("\n")}\nours said:\n${own.said.join("\n")}`);
    if (flag("keep")) say(dir);
  }
}
if (!flag("keep")) {
  process.chdir(os.tmpdir());
  fs.rmSync(base, { recursive: true, force: true });
}
say(`${equal} equal, ${differ} differ (${versioned} with a version step that went through, ${refused} with a refusal, ${crashes} not compared: the real one crashed)`);
function rangeProgram() {
  if (process.env.LAUNCHWAY_RANGES) return process.env.LAUNCHWAY_RANGES;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const built = spawnSync("cargo", ["build", "--quiet", "--package", "launchway-workspace", "--example", "range"], { cwd: root, stdio: "inherit" });
  return built.status === 0 ? path.join(path.dirname(ours), "examples", process.platform === "win32" ? "range.exe" : "range") : undefined;
}
const ranges = only ? { passed: 0, failed: 0, skipped: 0 } : compareRanges({ cli, program: rangeProgram(), count: rangeCount, seed, say });
say(`${equal + ranges.passed} passed, ${differ + ranges.failed} failed, ${ranges.skipped} skipped`);
process.exit(differ + ranges.failed > 0 ? 1 : 0);
