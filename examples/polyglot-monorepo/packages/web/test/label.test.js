import assert from 'node:assert/strict';
import test from 'node:test';

import { label } from '../index.js';

test('a label has two digits behind the point', () => assert.equal(label(1000, 19), '11.90 €'));
