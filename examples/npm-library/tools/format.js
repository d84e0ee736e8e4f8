// Stands for the formatter of your choice: no tabs, no blanks at the end of a line.
import { readdirSync, readFileSync } from 'node:fs';

const folders = ['src', 'test', 'tools'];
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
const bad = files.filter((file) => /\t|[ ]+$/m.test(readFileSync(file, 'utf8')));
for (const file of bad) console.error(`${file} is not formatted`);
process.exitCode = bad.length === 0 ? 0 : 1;
