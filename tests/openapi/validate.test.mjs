// The check itself: what is right passes, and every planted error is found.
//   LAUNCHWAY_OPENAPI_MODULES=DIR node --test validate.test.mjs

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), 'validate.mjs');

function record(method, path, body, status, response, more = {}) {
  const text = (value) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
  return {
    sequence: 1, method, path, query: '', headers: [], body: text(body), status,
    response_headers: [], response: text(response), injected: false, ...more,
  };
}

function run(records) {
  const dir = mkdtempSync(join(tmpdir(), 'launchway-openapi-'));
  try {
    writeFileSync(join(dir, 'github-1-1.ndjson'), records.map((r) => JSON.stringify(r) + '\n').join(''));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, dir], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const label = {
  id: 1, node_id: 'LA_1', name: 'a', url: 'https://api.github.com/repos/o/r/labels/a',
  color: 'ededed', default: false, description: null,
};
const refusal = { message: 'no', documentation_url: 'https://docs.github.com/rest' };
const labels = '/repos/o/r/labels';
const graphql = (query, variables, data) => record('POST', '/graphql', { query, variables }, 200, { data });
const viewer = '{ viewer { login } }';

const statuses = '/repos/o/r/deployments/1/statuses';
const user = {
  login: 'o', id: 1, node_id: 'U_1', avatar_url: 'https://a.example', gravatar_id: '', type: 'User', site_admin: false,
  ...Object.fromEntries(
    ['url', 'html_url', 'followers_url', 'following_url', 'gists_url', 'starred_url', 'subscriptions_url', 'organizations_url', 'repos_url', 'events_url', 'received_events_url']
      .map((name) => [name, 'https://a.example']),
  ),
};
const deployed = {
  id: 1, node_id: 'DS_1', state: 'success', creator: user, description: '', deployment_url: 'https://a.example/1',
  repository_url: 'https://a.example', url: 'https://a.example/2', target_url: '', environment_url: '',
  created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z',
};

const planted = {
  'an address that is none where one may be empty': [
    record('POST', statuses, { state: 'success' }, 201, { ...deployed, target_url: 'nowhere' }), /\/target_url must match format/,
  ],
  'an operation that does not exist': [record('GET', '/repos/o/r/lables', undefined, 404, refusal), /no such operation/],
  'a body without a required field': [record('POST', labels, { color: 'ededed' }, 201, label), /required property 'name'/],
  'a body with a field that does not exist': [record('POST', labels, { name: 'a', colour: 'x' }, 201, label), /`\/colour` does not exist/],
  'a body with a field of the wrong type': [record('POST', labels, { name: 7 }, 201, label), /request body: \/name must be string/],
  'no body where one is needed': [record('POST', labels, undefined, 201, label), /request body is missing/],
  'a body that is no JSON': [record('POST', labels, '{', 201, label), /no JSON/],
  'a value outside its list': [
    record('POST', '/repos/o/r/statuses/abc', { state: 'ok' }, 422, refusal), /allowed values/,
  ],
  'a field inside a list of the wrong type': [
    record('POST', '/repos/o/r/git/trees', { tree: [{ path: 'a', mode: '644' }] }, 422, refusal), /mode/,
  ],
  'a query parameter that does not exist': [
    record('GET', labels, undefined, 200, [label], { query: 'perpage=100' }), /`perpage` does not exist/,
  ],
  'a query parameter of the wrong type': [
    record('GET', labels, undefined, 200, [label], { query: 'per_page=many' }), /`per_page`.*integer/,
  ],
  'an answer without a required field': [
    record('POST', labels, { name: 'a' }, 201, { ...label, color: undefined }), /required property 'color'/,
  ],
  'an answer with null where none is allowed': [
    record('POST', labels, { name: 'a' }, 201, { ...label, name: null }), /answer 201: \/name must be string/,
  ],
  'an answer deep inside a list that is wrong': [
    record('GET', labels, undefined, 200, [label, { ...label, id: 'x' }]), /\/\*\/id must be integer/,
  ],
  'a status that is not described': [record('POST', labels, { name: 'a' }, 200, label), /status 200 is not described/],
  'an error without a message': [record('POST', labels, { name: 'a' }, 422, { documentation_url: 'x' }), /required property 'message'/],
  'an error no schema describes, without a message': [record('POST', labels, { name: 'a' }, 401, {}), /has no `message`/],
  'a body after 204': [record('DELETE', `${labels}/a`, undefined, 204, {}), /came with a body/],
  'a GraphQL field that does not exist': [graphql('{ viewer { nick } }', {}, { viewer: {} }), /Cannot query field "nick"/],
  'a GraphQL document that cannot be read': [graphql('{ viewer', {}, {}), /cannot be read/],
  'a GraphQL variable that is missing': [
    graphql('query($id: ID!) { node(id: $id) { id } }', {}, { node: null }), /\$id.*required/,
  ],
  'a GraphQL variable of the wrong shape': [
    graphql(
      'mutation($i: UpdateRefsInput!) { updateRefs(input: $i) { clientMutationId } }',
      { i: { repositoryId: 'R', refUpdates: [{ name: 'refs/heads/a', afterOid: 7 }] } }, { updateRefs: null },
    ),
    /GitObjectID/,
  ],
  'a GraphQL variable that is not declared': [
    graphql(viewer, { x: 1 }, { viewer: { login: 'a' } }), /\$x is sent, but not declared/,
  ],
  'a GraphQL answer without a selected field': [graphql(viewer, {}, { viewer: {} }), /\/viewer\/login is missing/],
  'a GraphQL answer with null where none is allowed': [
    graphql(viewer, {}, { viewer: { login: null } }), /login must not be null/,
  ],
};

const right = [
  record('POST', labels, { name: 'a', color: 'ff0000', description: 'd' }, 201, label),
  record('GET', labels, undefined, 200, [label], { query: 'per_page=100&page=2' }),
  record('GET', '/repos/o/r/git/ref/heads/a/b', undefined, 404, refusal),
  record('DELETE', `${labels}/a`, undefined, 204, undefined),
  record('POST', statuses, { state: 'success' }, 201, deployed),
  graphql(viewer, {}, { viewer: { login: 'a' } }),
  // Made by a fault, or wrong on purpose.
  record('GET', labels, undefined, 502, 'oops', { injected: true }),
  record('GET', labels, undefined, 0, '', { injected: true }),
  record('POST', labels, { nme: 'a' }, 422, refusal, { headers: [['x-launchway-test', 'invalid']] }),
];

test('what is right passes', () => {
  const { status, said } = run(right);
  assert.equal(status, 0, said);
  assert.match(said, /8 REST and 1 GraphQL requests in 1 files/);
});

test('nothing recorded is not a pass', () => {
  assert.equal(run([]).status, 2);
});

test('every planted error is found, and only it', () => {
  const names = Object.keys(planted);
  const { status, said } = run(names.map((name) => planted[name][0]));
  assert.equal(status, 1, said);
  const lines = said.split('\n');
  names.forEach((name, index) => {
    const found = lines.filter((line) => line.includes(`.ndjson:${index + 1}: `));
    assert.ok(found.some((line) => planted[name][1].test(line)), `${name}: ${found.join(' | ') || said}`);
    assert.equal(found.length, 1, `${name}: ${found.join(' | ')}`);
  });
});
