// Checks recorded GitHub traffic against GitHub's own descriptions.
//
//   node validate.mjs [--modules DIR] FILE-OR-DIRECTORY…
//
// Tests write the records when LAUNCHWAY_RECORD_DIR names a directory: one `github-*.ndjson` per
// fake, one line per request (`launchway_testkit::Recorded`). Other files are left alone.
// The packages of package.json are looked up in DIR, then in $LAUNCHWAY_OPENAPI_MODULES, then next
// to this file; DIR is the directory that holds `node_modules`. Their versions stand in
// tests/oracles.toml. `node --test validate.test.mjs` tests the check itself.
//
// A request with the header `x-launchway-test: invalid` is wrong on purpose and only its answer is
// checked; of an answer made by an injected fault nothing is checked.
//
// Exit code 0: all valid. 1: violations, listed on stdout. 2: wrong use, or nothing to check.

import { createRequire } from 'node:module';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rest } from './rest.mjs';
import { GraphQL } from './graphql.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
let modules = process.env.LAUNCHWAY_OPENAPI_MODULES || here;
const places = [];
while (args.length) {
  const arg = args.shift();
  if (arg === '--modules') modules = args.shift() ?? '';
  else places.push(arg);
}
if (!places.length) {
  console.error('usage: node validate.mjs [--modules DIR] FILE-OR-DIRECTORY…');
  process.exit(2);
}

const require = createRequire(join(resolve(modules), 'package.json'));
const files = places.flatMap((place) =>
  statSync(place).isDirectory()
    ? readdirSync(place).sort().filter((name) => /^github-.*\.ndjson$/.test(name)).map((name) => join(place, name))
    : [place],
);

const rest = new Rest(require);
const graphql = new GraphQL(require);
const seen = { rest: 0, graphql: 0 };
const operations = new Set();
const violations = new Map();
let failed = 0;

for (const file of files) {
  readFileSync(file, 'utf8').split('\n').forEach((line, index) => {
    if (!line) return;
    const record = JSON.parse(line);
    const wrong = header(record.headers, 'x-launchway-test') === 'invalid';
    const checker = record.path === '/graphql' ? graphql : rest;
    seen[checker === graphql ? 'graphql' : 'rest'] += 1;
    const found = checker.check(record, { request: !wrong, response: !record.injected && record.status !== 0 });
    operations.add(found.operation);
    failed += found.problems.length ? 1 : 0;
    for (const problem of found.problems) {
      // The same mistake many times is one line with a count.
      const key = `${found.operation}: ${problem}`;
      const known = violations.get(key) ?? { count: 0, where: `${file}:${index + 1}` };
      known.count += 1;
      violations.set(key, known);
    }
  });
}

for (const [text, { count, where }] of violations) {
  console.log(`${where}: ${text}${count > 1 ? ` (${count} times)` : ''}`);
}
console.log(
  `${seen.rest} REST and ${seen.graphql} GraphQL requests in ${files.length} files, ` +
    `${operations.size} operations, ${violations.size} violations`,
);
if (seen.rest + seen.graphql === 0) {
  console.error('nothing was recorded: is LAUNCHWAY_RECORD_DIR set for the tests?');
  process.exit(2);
}
console.log(`${seen.rest + seen.graphql - failed} passed, ${failed} failed, 0 skipped`);
process.exit(violations.size ? 1 : 0);

function header(headers, name) {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
