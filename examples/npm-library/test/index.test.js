import assert from 'node:assert/strict';
import test from 'node:test';

import { greet } from '../src/index.js';

test('a name is greeted', () => assert.equal(greet(' Ada '), 'Hello, Ada!'));
test('without a name everybody is', () => assert.equal(greet(), 'Hello!'));
