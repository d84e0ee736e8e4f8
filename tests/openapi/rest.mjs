// REST requests and answers against the OpenAPI description.

const COMMON = new Set([304, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503]);

export class Rest {
  constructor(require) {
    const Ajv = require('ajv').default;
    const formats = require('ajv-formats').default;
    this.document = require('@octokit/openapi/generated/api.github.com.json');
    this.ajv = new Ajv({ strict: false, allErrors: false, logger: false, coerceTypes: false });
    // Query and path values arrive as text.
    this.text = new Ajv({ strict: false, logger: false, coerceTypes: 'array' });
    for (const ajv of [this.ajv, this.text]) {
      formats(ajv);
      ajv.addSchema({ $id: 'github', components: translate(this.document.components) });
    }
    this.compiled = new Map();
    this.routes = Object.keys(this.document.paths).map((path) => this.route(path));
    this.routes.sort((a, b) => b.literal - a.literal);
  }

  route(path) {
    const names = [];
    const item = this.document.paths[path];
    const operation = Object.values(item).find((value) => value.parameters);
    const long = new Set(
      [...(item.parameters ?? []), ...(operation?.parameters ?? [])]
        .map((parameter) => this.resolve(parameter))
        .filter((parameter) => parameter['x-multi-segment'] || ['ref', 'tag', 'branch', 'basehead'].includes(parameter.name))
        .map((parameter) => parameter.name),
    );
    const pattern = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{([^}]+)\}/g, (_, name) => {
      names.push(name);
      return long.has(name) ? '(.+)' : '([^/]+)';
    });
    return { path, item, names, pattern: new RegExp(`^${pattern}$`), literal: path.replace(/\{[^}]+\}/g, '').length };
  }

  resolve(thing) {
    let found = thing;
    while (found?.$ref) {
      found = found.$ref.slice(2).split('/').reduce((at, key) => at[key.replace(/~1/g, '/')], this.document);
    }
    return found;
  }

  validator(ajv, key, schema) {
    if (!this.compiled.has(key)) this.compiled.set(key, ajv.compile(translate(schema)));
    return this.compiled.get(key);
  }

  check(record, what) {
    const problems = [];
    const method = record.method.toLowerCase();
    let match;
    const route = this.routes.find((route) => route.item[method] && (match = route.pattern.exec(record.path)));
    const operation = `${record.method} ${route?.path ?? record.path}`;
    if (!route) {
      if (what.request) problems.push('GitHub has no such operation');
      return { operation, problems };
    }
    const description = route.item[method];
    if (what.request) {
      this.parameters(record, route, description, match, operation, problems);
      this.body(record, description, operation, problems);
    }
    if (what.response) this.answer(record, description, operation, problems);
    return { operation, problems };
  }

  parameters(record, route, description, match, operation, problems) {
    const given = { query: {}, path: {} };
    for (const [name, value] of new URLSearchParams(record.query)) given.query[name] = value;
    route.names.forEach((name, index) => (given.path[name] = decodeURIComponent(match[index + 1])));
    const declared = [...(route.item.parameters ?? []), ...(description.parameters ?? [])].map((p) => this.resolve(p));
    for (const parameter of declared) {
      const values = given[parameter.in];
      if (!values) continue;
      if (!(parameter.name in values)) {
        if (parameter.required) problems.push(`${parameter.in} parameter \`${parameter.name}\` is missing`);
        continue;
      }
      const holder = { value: values[parameter.name] };
      const schema = { type: 'object', properties: { value: parameter.schema ?? {} } };
      const valid = this.validator(this.text, `${operation} ${parameter.in} ${parameter.name}`, schema);
      if (!valid(holder)) problems.push(`${parameter.in} parameter \`${parameter.name}\`: ${explain(valid, holder)}`);
    }
    for (const name of Object.keys(given.query)) {
      if (!declared.some((parameter) => parameter.in === 'query' && parameter.name === name)) {
        problems.push(`query parameter \`${name}\` does not exist`);
      }
    }
  }

  body(record, description, operation, problems) {
    const declared = this.resolve(description.requestBody);
    if (!record.body) {
      if (declared?.required) problems.push('the request body is missing');
      return;
    }
    let body;
    try {
      body = JSON.parse(record.body);
    } catch (error) {
      problems.push(`the request body is no JSON: ${error.message}`);
      return;
    }
    if (!declared) {
      // Clients send `{}` or `null` where nothing is wanted.
      if (body && Object.keys(body).length) problems.push('a request body is sent, but none is described');
      return;
    }
    const schema = declared.content?.['application/json']?.schema;
    if (!schema) return;
    const valid = this.validator(this.ajv, `${operation} request`, schema);
    if (!valid(body)) problems.push(`request body: ${explain(valid, body)}`);
    for (const path of this.unknown(schema, body, '')) problems.push(`request body: \`${path}\` does not exist`);
  }

  // Properties a schema does not name: GitHub ignores them without a word, which hides slips.
  unknown(schema, value, at) {
    const plain = this.resolve(schema);
    if (Array.isArray(value)) {
      return plain?.items ? value.flatMap((item, index) => this.unknown(plain.items, item, `${at}/${index}`)) : [];
    }
    if (!value || typeof value !== 'object' || !plain?.properties) return [];
    if (plain.additionalProperties || plain.oneOf || plain.anyOf || plain.allOf) return [];
    return Object.entries(value).flatMap(([name, inner]) =>
      name in plain.properties ? this.unknown(plain.properties[name], inner, `${at}/${name}`) : [`${at}/${name}`],
    );
  }

  answer(record, description, operation, problems) {
    const described = this.resolve(description.responses[record.status]);
    if (!described && !COMMON.has(record.status)) {
      problems.push(`status ${record.status} is not described`);
      return;
    }
    const media = described?.content && (described.content['application/json'] ?? Object.values(described.content)[0]);
    if (record.status === 204 || record.status === 304) {
      if (record.response) problems.push(`status ${record.status} came with a body`);
      return;
    }
    let body;
    try {
      body = JSON.parse(record.response);
    } catch (error) {
      problems.push(`the answer is no JSON: ${error.message}`);
      return;
    }
    if (!media?.schema) {
      if (record.status >= 400 && typeof body.message !== 'string') problems.push('an error answer has no `message`');
      return;
    }
    const valid = this.validator(this.ajv, `${operation} ${record.status}`, media.schema);
    if (!valid(body)) problems.push(`answer ${record.status}: ${explain(valid, body)}`);
  }
}

// OpenAPI 3.0 to JSON Schema: `nullable`, references, and keywords that mean nothing there.
function translate(node) {
  if (Array.isArray(node)) return node.map(translate);
  if (!node || typeof node !== 'object') return node;
  if (typeof node.$ref === 'string') return { $ref: node.$ref.replace(/^#/, 'github#') };
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (['nullable', 'example', 'examples', 'discriminator', 'deprecated', 'xml', 'externalDocs'].includes(key) && typeof value !== 'object') continue;
    if (['example', 'examples', 'discriminator', 'externalDocs'].includes(key) && !value?.type && !value?.$ref) continue;
    out[key] = translate(value);
  }
  const any = [out];
  if (node.nullable === true) any.unshift({ type: 'null' });
  // GitHub's own default is the empty text, which is no URI, and that is what it answers.
  if (node.format && node.default === '') any.push({ const: '' });
  return any.length > 1 ? { anyOf: any } : out;
}

function explain(valid, value) {
  const errors = valid.errors ?? [];
  // The deepest complaint says most where alternatives failed.
  const error = errors.reduce((best, next) => (next.instancePath.length > best.instancePath.length ? next : best));
  const seen = error.instancePath.split('/').slice(1).reduce((at, key) => at?.[key], value);
  const path = error.instancePath.replace(/\/\d+(?=\/|$)/g, '/*');
  const detail = JSON.stringify(error.params);
  return `${path || '/'} ${error.message} ${detail}, found ${String(JSON.stringify(seen)).slice(0, 80)}`;
}
