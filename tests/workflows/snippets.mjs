// GitHub's own validator over the workflows, and parts of workflows, that pages show: snippets.mjs FILE
// FILE is JSON: a list of { page, line, text, part }. Exit 1 when there is a problem.
import { readFileSync } from 'node:fs';
import { validator } from './validator.mjs';

const problems = await validator();
let count = 0;
const cases = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const [index, { page, line, text, part }] of cases.entries()) {
  // Each has a name of its own: the validator keeps what it read, by name.
  for (const { range, message } of await problems(`.github/workflows/shown-${index}.yml`, text)) {
    // What a part refers to may stand in the rest of the workflow, and what a called workflow gives it cannot know.
    const calls = /uses: launchway\/launchway\/\.github\/workflows/.test(text);
    if ((part || calls) && message.startsWith('Context access might be invalid')) continue;
    // Of the reader's own repository, which is not here.
    if (message === 'Unable to find reusable workflow') continue;
    // Actions trim what they are given.
    if (message.startsWith('Block scalar')) continue;
    count += 1;
    console.log(`  ${page}:${Math.max(line + range.start.line, 1)}: ${message}`);
  }
}
console.log(`  ${cases.length} workflows and parts of workflows, ${count} problems`);
process.exit(count === 0 ? 0 : 1);
