// GitHub's own validator over workflows and action files: validate.mjs FILE...
// Prints each problem with file and line; exit 1 when there is one. Pages are for snippets.mjs.
import { readFileSync } from 'node:fs';
import { validator } from './validator.mjs';

const problems = await validator();
let count = 0;
const files = process.argv.slice(2);
for (const name of files) {
  for (const { range, message } of await problems(name, readFileSync(name, 'utf8'))) {
    count += 1;
    console.log(`  ${name}:${range.start.line + 1}:${range.start.character + 1}: ${message}`);
  }
}
console.log(`  ${files.length} workflows and action files, ${count} problems`);
process.exit(count === 0 ? 0 : 1);
