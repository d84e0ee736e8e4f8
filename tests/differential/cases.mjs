// One random repository and what is done in it.
const NAMES = ["alpha", "beta", "gamma", "delta", "@acme/core", "@acme/ui", "@other/core", "a-b", "a_b", "zeta.js"];
const VERSIONS = ["1.0.0", "0.1.0", "0.0.1", "2.3.4", "1.2.3", "10.20.30", "0.0.0", "1.0.0-beta.0", "1.2.0-next.3", "2.0.0-rc.1", "1.0.1-beta.11"];
const TAGS = ["next", "beta", "rc", "alpha"];

function rangeOf(r, target) {
  const v = target.version ?? "1.0.0";
  const core = v.split("-")[0];
  const [major, minor] = core.split(".");
  return r.pick([
    () => `^${v}`, () => `^${v}`, () => `^${v}`, () => `~${v}`, () => v, () => `=${v}`, () => `>=${v}`, () => `<=${v}`,
    () => "*", () => "", () => "x", () => `${major}.x`, () => `${major}`, () => `${major}.${minor}`, () => `^${major}`, () => `v${v}`,
    () => `>=${v} <${Number(major) + 1}.0.0`, () => `<${Number(major) + 1}.0.0 >=${v}`, () => `>${Number(major) - 1}.0.0 <=${v}`,
    () => `^${v} || ^${Number(major) + 1}.0.0`, () => `${v} - ${Number(major) + 2}.0.0`, () => `^99.0.0`, () => `>=0.0.0`, () => `>=${v}-0`,
    () => "workspace:*", () => "workspace:^", () => "workspace:~", () => `workspace:^${v}`, () => `workspace:${v}`, () => `workspace:~${v}`, () => `workspace:>=${v}`,
    () => `workspace:${target.dir}`, () => `workspace:./${target.dir}`, () => `workspace:^99.0.0`, () => "workspace:", () => `workspace:${target.name}@*`,
    () => `file:../${path(target)}`, () => `link:../${path(target)}`, () => `npm:${target.name}@^${v}`, () => "catalog:", () => "catalog:x", () => "latest", () => "next",
    () => `github:acme/${target.name}`, () => `~> ${v}`, () => ` ^${v} `, () => `>= ${v}`, () => `^${v}+build`, () => `${major}.*`, () => `>${v}`, () => `<${v}`,
    () => `^${v} ^${v}`, () => `>=${v} <=${v}`, () => `!${v}`, () => "nonsense range",
  ])();
}

const path = (target) => target.dir.split("/").pop();

function stringify(r, value) {
  const indent = r.pick([2, 2, 2, 4, "\t", 0]);
  let text = JSON.stringify(value, null, indent);
  if (r.chance(0.8)) text += "\n";
  if (r.chance(0.1)) text = text.replaceAll("\n", "\r\n");
  return text;
}

function packageJson(r, pkg, all) {
  const json = { name: pkg.name };
  if (pkg.version !== undefined) json.version = pkg.version;
  if (pkg.private) json.private = true;
  if (r.chance(0.2)) json.description = r.pick(["\u00e9t\u00e9", "a \"quoted\" text", "version 1.0.0", "<b>"]);
  for (const kind of r.shuffled(["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"])) {
    const chance = kind === "dependencies" ? 0.35 : 0.12;
    const table = {};
    for (const target of r.shuffled(all)) if (target !== pkg && r.chance(chance)) table[target.name] = rangeOf(r, target);
    if (r.chance(0.15)) table.lodash = "^4.0.0";
    if (Object.keys(table).length > 0 || r.chance(0.03)) json[kind] = table;
  }
  if (r.chance(0.1)) json.publishConfig = { access: "public" };
  return json;
}

function config(r, packages) {
  const names = packages.map((pkg) => pkg.name);
  const json = {};
  if (r.chance(0.1)) json.$schema = "x";
  const group = () => (r.chance(0.25) ? [r.pick(["@acme/*", "a*", "*", "@*/core", "!alpha", "{alpha,beta}", "nobody"])] : r.some(names, 0.5));
  const groups = () => {
    const list = [group()];
    if (r.chance(0.2)) list.push(group());
    return list;
  };
  if (r.chance(0.2)) json.fixed = groups();
  if (r.chance(0.2)) json.linked = groups();
  if (r.chance(0.15)) json.ignore = group();
  if (r.chance(0.25)) json.updateInternalDependencies = r.pick(["patch", "minor"]);
  if (r.chance(0.3)) json.privatePackages = r.pick([true, false, { version: true }, { version: true, tag: true }, { version: false }, { tag: true }, {}]);
  else if (r.chance(0.5)) json.privatePackages = { version: true, tag: r.chance(0.5) };
  if (r.chance(0.12)) json.bumpVersionsWithWorkspaceProtocolOnly = r.chance(0.8);
  if (r.chance(0.1)) json.changelog = r.pick([false, "@changesets/cli/changelog", ["@changesets/changelog-git", null], "@changesets/changelog-git"]);
  if (r.chance(0.12)) json.commit = r.pick([true, false, ["@changesets/cli/commit", { skipCI: r.pick([true, "add", "version", false]) }], "@changesets/cli/commit"]);
  if (r.chance(0.15)) json.snapshot = r.pick([{ useCalculatedVersion: true }, { prereleaseTemplate: "{tag}-{commit-short}" }, { prereleaseTemplate: "{commit}" }, { useCalculatedVersion: true, prereleaseTemplate: "{tag}.{timestamp}" }]);
  if (r.chance(0.2)) {
    json.___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH = {};
    if (r.chance(0.6)) json.___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH.updateInternalDependents = r.pick(["always", "out-of-range"]);
    if (r.chance(0.6)) json.___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH.onlyUpdatePeerDependentsWhenOutOfRange = r.chance(0.7);
  }
  // A module that is not there is refused by both, but here before anything is written: not compared.
  if (r.chance(0.01)) json[r.pick(["commit", "changelog"])] = r.pick([1, null, { a: 1 }]);
  if (r.chance(0.03)) json[r.pick(["access", "ignore", "fixed", "format", "snapshot", "privatePackages"])] = r.pick([1, "x", null, { a: 1 }]);
  return json;
}

const SUMMARIES = [
  "A fix", "First line\n\nSecond paragraph\n- list\n  - nested", "  padded  ", "", "Ends with blanks  \nand more   ", "---\nnot a fence\n---", "`code` and $(shell) and \u00fcml\u00e4ut",
  "# Heading\n\n```js\nlet a = 1;\n```", "\ttab", "x".repeat(300), "a\r\nb\r\n", "emoji \u{1f98b}", "line\n\n\n\nfar",
];

function changeset(r, names) {
  const chosen = r.shuffled(r.some(names, 0.35));
  if (chosen.length === 0 && !r.chance(0.1)) chosen.push(r.pick(names));
  if (r.chance(0.02)) chosen.push("unknown");
  const quote = r.pick(['"', '"', '"', "'"]);
  const lines = chosen.map((name) => {
    const type = r.pick(["patch", "patch", "minor", "minor", "major", "none"]);
    return `${quote}${name}${quote}: ${r.chance(0.1) ? `"${type}"` : type}`;
  });
  const end = r.chance(0.1) ? "\r\n" : "\n";
  let text = ["---", ...lines, "---", ...(r.chance(0.9) ? [""] : []), r.pick(SUMMARIES), ""].join(end);
  if (r.chance(0.02)) text = r.pick(["", "no fence", "---\nalpha: wrong\n---\n", "---\n- alpha\n---\n", "---\nalpha: patch\n", "words\n---\nalpha: patch\n---\nx", "---\n{\"alpha\": \"patch\"}\n---\nx", "---\n# note\nalpha: patch # why\n---\nx"]);
  return text;
}

function changelog(r, pkg) {
  return r.pick([
    `# ${pkg.name}\n\n## ${pkg.version}\n\n### Patch Changes\n\n- old\n`, `# ${pkg.name}\n`, "", "# 1.0 notes\ntext\n", "no heading at all", `# ${pkg.name}\r\n\r\n## 0.1.0\r\n\r\n- old\r\n`, `intro\n\n# Changes\n\n## [1.0.0]\n`, `# ${pkg.name}\n\n## Unreleased\n\n##   1.2\n`,
  ]);
}

export function makeCase(r) {
  const files = {};
  const later = [];
  const single = r.chance(0.12);
  const tool = single ? "root" : r.pick(["npm", "pnpm", "pnpm", "yarn", "bun", "bun-binary", "lerna"]);
  const count = single ? 1 : 1 + r.below(5);
  const packages = r.shuffled(NAMES).slice(0, count).map((name) => {
    const folder = r.pick(["packages", "packages", "packages", "libs", "packages/nested"]);
    return { name, dir: single ? "" : `${folder}/${name.replace("@", "").replace("/", "-")}`, version: r.chance(0.04) ? undefined : r.pick(VERSIONS), private: r.chance(0.15) };
  });
  for (const pkg of packages) {
    const json = packageJson(r, pkg, packages);
    const prefix = pkg.dir ? `${pkg.dir}/` : "";
    files[`${prefix}package.json`] = stringify(r, json);
    if (r.chance(0.3)) files[`${prefix}CHANGELOG.md`] = changelog(r, pkg);
  }
  if (!single) {
    const root = { name: "root", private: true };
    if (r.chance(0.3)) root.version = "0.0.0";
    const globs = r.pick([["packages/*", "libs/*", "packages/nested/*"], ["packages/**", "libs/*"], ["**"], ["packages/*", "packages/nested/*", "libs/*", "!libs/alpha"]]);
    if (["npm", "yarn", "bun", "bun-binary"].includes(tool)) root.workspaces = tool === "yarn" && r.chance(0.4) ? { packages: globs } : globs;
    if (tool === "pnpm") files["pnpm-workspace.yaml"] = `packages:\n${globs.map((glob) => `  - "${glob}"\n`).join("")}`;
    if (tool === "npm") files["package-lock.json"] = "{}\n";
    if (tool === "yarn") files["yarn.lock"] = "\n";
    if (tool === "bun") files["bun.lock"] = "{}\n";
    if (tool === "bun-binary") files["bun.lockb"] = "x";
    if (tool === "lerna") files["lerna.json"] = JSON.stringify({ packages: globs });
    if (r.chance(0.25)) {
      const table = {};
      for (const target of r.some(packages, 0.6)) table[target.name] = rangeOf(r, target);
      root[r.pick(["dependencies", "devDependencies"])] = table;
    }
    files["package.json"] = stringify(r, root);
  }
  const names = packages.map((pkg) => pkg.name);
  files[".changeset/config.json"] = stringify(r, config(r, packages));
  if (r.chance(0.3)) files[".changeset/README.md"] = "# Changesets\n";
  const fresh = (n, prefix) => {
    const made = {};
    for (let i = 0; i < n; i++) made[`.changeset/${prefix}${r.pick(["brave-cats", "b", "B", "a9", "a10", "b-c", "z"])}-${i}.md`] = changeset(r, names);
    return made;
  };
  for (const [name, text] of Object.entries(fresh(r.chance(0.1) ? 0 : 1 + r.below(4), ""))) {
    files[name] = text;
    if (r.chance(0.7)) later.push(name);
  }
  if (r.chance(0.03)) files[".changeset/pre.json"] = r.pick(['{"mode":"pre","tag":"beta"}', '{"mode":"exit","tag":"beta"}']);
  return { files, later, loose: r.chance(0.2), steps: steps(r, packages, fresh) };
}

function steps(r, packages, fresh) {
  const names = packages.map((pkg) => pkg.name);
  const list = [];
  const status = () => ({ run: ["status", ...(r.chance(0.9) ? ["--output", "status.json"] : []), ...(r.chance(0.2) ? ["--since", r.pick(["HEAD~1", "HEAD", "main", "nowhere"])] : [])] });
  if (r.chance(0.4)) list.push(status());
  if (r.chance(0.1)) list.push({ run: ["add", "--message", "added", `--${r.pick(["major", "minor", "patch"])}`, r.pick([...names, "unknown"])] });
  if (r.chance(0.05)) list.push({ run: ["add", "--empty"] });
  const kind = r.next();
  if (kind < 0.45) list.push({ run: ["version", ...(r.chance(0.1) ? ["--ignore", r.pick([...names, "unknown"])] : [])] });
  else if (kind < 0.6) {
    const args = ["version", "--snapshot", ...(r.chance(0.5) ? [r.pick(["pr", "canary", "x.y"])] : [])];
    if (r.chance(0.25)) args.push("--snapshot-prerelease-template", r.pick(["{tag}", "{datetime}", "{tag}-{commit-short}", "a.{timestamp}"]));
    list.push({ run: args });
  } else {
    const rounds = 1 + r.below(3);
    list.push({ run: ["pre", "enter", r.pick(TAGS)] });
    if (r.chance(0.1)) list.push({ run: ["pre", "enter", "again"] });
    for (let i = 0; i < rounds; i++) {
      if (i > 0) list.push({ write: fresh(r.below(3), `round${i}-`) });
      if (r.chance(0.3)) list.push(status());
      list.push({ run: ["version"] });
      if (r.chance(0.5)) list.push({ commit: `round ${i}` });
    }
    if (r.chance(0.7)) {
      list.push({ run: ["pre", "exit"] });
      if (r.chance(0.3)) list.push({ write: fresh(1, "late-") });
      if (r.chance(0.3)) list.push(status());
      list.push({ run: ["version"] });
      if (r.chance(0.2)) list.push({ run: ["pre", "exit"] });
    }
  }
  if (r.chance(0.2)) list.push({ write: fresh(2, "second-") }, { commit: "second" }, { run: ["version"] });
  if (r.chance(0.25)) list.push({ commit: "released" }, { run: ["git-tag"] }, { run: ["git-tag"] });
  return list;
}
