// Random ranges and versions through npm's semver and through ours.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { Random } from "./random.mjs";

const number = (r) => r.pick([0, 0, 1, 1, 2, 3, 9, 10, 99]);
const identifier = (r) => r.pick(["alpha", "beta", "rc", "0", "1", "10", "x", "a-b", "-", "01a"]);
const pre = (r) => Array.from({ length: 1 + r.below(3) }, () => identifier(r)).join(".");
const full = (r) => `${number(r)}.${number(r)}.${number(r)}${r.chance(0.35) ? `-${pre(r)}` : ""}${r.chance(0.08) ? `+${pre(r)}` : ""}`;
const wild = (r) => r.pick(["x", "X", "*"]);
const partial = (r) =>
  r.pick([
    () => full(r), () => full(r), () => full(r), () => `${number(r)}`, () => `${number(r)}.${number(r)}`, () => wild(r), () => `${number(r)}.${wild(r)}`,
    () => `${number(r)}.${number(r)}.${wild(r)}`, () => `${number(r)}.${wild(r)}.${wild(r)}`, () => `v${full(r)}`, () => `${wild(r)}.${number(r)}`, () => `=${full(r)}`,
    () => `${number(r)}.${wild(r)}.${number(r)}`, () => `${number(r)}-${pre(r)}`, () => `${number(r)}.${number(r)}-${pre(r)}`,
  ])();
const operator = (r) => r.pick(["", "", "^", "^", "~", ">=", "<=", ">", "<", "=", "~>", "==", "!"]);
const comparator = (r) => `${operator(r)}${r.chance(0.15) ? " " : ""}${partial(r)}`;
const part = (r) => (r.chance(0.12) ? `${partial(r)} - ${partial(r)}` : Array.from({ length: 1 + r.below(3) * (r.chance(0.5) ? 1 : 0) }, () => comparator(r)).join(r.pick([" ", "  ", " ", ","])));
const range = (r) =>
  r.chance(0.04)
    ? r.pick(["", " ", "latest", "||", "1 ||", "|| 1", "a b", "^", ">", ">=*", "<*", ">x", "<0.0.0-0", "~", "1.2.3.4", "01.2.3", "1.2.3-01", "v", "^ 1", "~ >1", "9007199254740992.0.0", "^9007199254740991.0.0", "1.2.3 ", "\t1"])
    : Array.from({ length: 1 + (r.chance(0.2) ? 1 + r.below(2) : 0) }, () => part(r)).join(r.pick([" || ", "||", " ||"]));

// The answers: whether it is a range at all, whether the version satisfies it, its comparators.
export function compareRanges({ cli, program, count, seed, say }) {
  if (!program) {
    say("ranges: our example cannot be built");
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const require = createRequire(cli);
  const Range = require("semver/classes/range");
  const SemVer = require("semver/classes/semver");
  const inc = require("semver/functions/inc");
  const r = new Random(seed);
  const lines = Array.from({ length: count }, () => [range(r), r.chance(0.97) ? full(r) : partial(r)]);
  const done = spawnSync(program, [], { input: lines.map((line) => line.join("\u0001")).join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 28 });
  const answers = done.stdout.split("\n");
  let failed = 0;
  lines.forEach(([text, version], i) => {
    let wanted;
    try {
      const parsed = new Range(text);
      wanted = `${parsed.test(version)} [${parsed.range}]`;
    } catch {
      wanted = "no range";
    }
    try {
      const parsed = new SemVer(version);
      wanted += ` ${parsed.version} ${["patch", "minor", "major"].map((bump) => inc(version, bump)).join(" ")}`;
    } catch {
      wanted += " no version";
    }
    if (wanted !== answers[i]) {
      failed++;
      if (failed <= 20) say(`range ${JSON.stringify(text)} with ${JSON.stringify(version)}: npm says ${wanted}, we say ${answers[i]}`);
    }
  });
  say(`ranges: ${count - failed} equal, ${failed} differ`);
  return { passed: 1 - Math.min(1, failed), failed: Math.min(1, failed), skipped: 0 };
}
