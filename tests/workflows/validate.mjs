// GitHub's own validator over workflows, action files and the workflows in Markdown pages:
// validate.mjs FILE...
// Prints each problem with file and line; exit 1 when there is one. Versions: tests/oracles.toml.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';

const modules = process.env.LAUNCHWAY_NODE_MODULES;
if (!modules) {
  console.error('LAUNCHWAY_NODE_MODULES is not set; run this through `cargo xtask test workflows`');
  process.exit(2);
}
const find = createRequire(join(resolve(modules), 'anchor.js'));

// Bundled, because the package imports JSON in a way not every Node.js takes.
const { build } = await import(pathToFileURL(find.resolve('esbuild')).href);
const bundle = join(resolve(modules), '.launchway-validator.mjs');
await build({
  stdin: {
    contents: `
      export { validate } from '@actions/languageservice';
      export { FeatureFlags } from '@actions/expressions';
      export { TextDocument } from 'vscode-languageserver-textdocument';`,
    resolveDir: resolve(modules, '..'),
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
  outfile: bundle,
  banner: { js: "import { createRequire as launchwayRequire } from 'node:module'; const require = launchwayRequire(import.meta.url);" },
});
const { validate, FeatureFlags, TextDocument } = await import(pathToFileURL(bundle).href);
const config = { featureFlags: new FeatureFlags({ all: true }) };

async function problems(name, text) {
  const document = TextDocument.create(pathToFileURL(resolve(name)).href, 'yaml', 1, text);
  return validate(document, config);
}

// A validator that finds nothing in a bad file would pass everything.
const bad = await problems('.github/workflows/planted.yml', 'on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n');
if (bad.length === 0) {
  console.error('the validator finds nothing in a planted bad workflow');
  process.exit(2);
}

// The workflows a page shows, each with the line it starts after.
function shown(page) {
  const found = [];
  for (const match of page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
    if (/^jobs:/m.test(match[1])) {
      found.push([match[1], page.slice(0, match.index).split('\n').length]);
    }
  }
  return found;
}

let count = 0;
let checked = 0;
for (const name of process.argv.slice(2)) {
  const text = readFileSync(name, 'utf8');
  const page = name.endsWith('.md');
  for (const [yaml, line] of page ? shown(text) : [[text, 0]]) {
    checked += 1;
    // The validator tells a workflow from an action file by the path.
    for (const { range, message } of await problems(page ? '.github/workflows/shown.yml' : name, yaml)) {
      count += 1;
      console.log(`  ${name}:${line + range.start.line + 1}:${range.start.character + 1}: ${message}`);
    }
  }
}
console.log(`  ${checked} workflows and action files, ${count} problems`);
process.exit(count === 0 ? 0 : 1);
