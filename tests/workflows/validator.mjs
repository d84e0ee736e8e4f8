// GitHub's own validator of workflows and action files. Versions: tests/oracles.toml.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';

import { fileProvider } from './own.mjs';

// A function of a file's name and text that gives its problems, each with `range` and `message`.
export async function validator() {
  const modules = process.env.LAUNCHWAY_NODE_MODULES;
  if (!modules) {
    console.error('LAUNCHWAY_NODE_MODULES is not set; run this through `cargo xtask test workflows`');
    process.exit(2);
  }
  const find = createRequire(join(resolve(modules), 'anchor.js'));

  // Bundled, because the package imports JSON in a way not every Node.js takes. Each process writes its own.
  const { build } = await import(pathToFileURL(find.resolve('esbuild')).href);
  const bundle = join(resolve(modules), `.launchway-validator-${process.pid}.mjs`);
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
  const { unlinkSync } = await import('node:fs');
  unlinkSync(bundle);
  const config = { fileProvider, featureFlags: new FeatureFlags({ all: true }) };

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
  return problems;
}
