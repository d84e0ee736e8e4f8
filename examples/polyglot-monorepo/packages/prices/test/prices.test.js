import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { gross } from '../index.js';

const cases = JSON.parse(readFileSync(new URL('../../../shared/prices.json', import.meta.url)));

test('prices are those that every language gives', () => {
  for (const [cents, percent, wanted] of cases) assert.equal(gross(cents, percent), wanted);
});
