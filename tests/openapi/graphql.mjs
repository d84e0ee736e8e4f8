// GraphQL documents, variables and answers against GitHub's schema.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export class GraphQL {
  constructor(require) {
    this.graphql = require('graphql');
    // The package cannot be required; its schema is read as a file.
    const places = require.resolve.paths('@octokit/graphql-schema');
    const file = places.map((place) => join(place, '@octokit/graphql-schema/schema.graphql')).find(existsSync);
    if (!file) throw new Error('@octokit/graphql-schema is not installed');
    this.schema = this.graphql.buildSchema(readFileSync(file, 'utf8'), { assumeValidSDL: true, assumeValid: true });
    // A schema read from text takes anything for its own scalars.
    const scalars = {
      GitObjectID: /^[0-9a-f]{40}$/,
      Base64String: /^[A-Za-z0-9+/]*={0,2}$/,
      DateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
      URI: /^[a-z]+:\/\//,
    };
    for (const [name, pattern] of Object.entries(scalars)) {
      this.schema.getType(name).parseValue = (value) => {
        if (typeof value === 'string' && pattern.test(value)) return value;
        throw new this.graphql.GraphQLError(`${name} cannot be ${String(JSON.stringify(value)).slice(0, 80)}`);
      };
    }
  }

  check(record, what) {
    const problems = [];
    let operation = 'POST /graphql';
    let body;
    let document;
    try {
      body = JSON.parse(record.body);
      document = this.graphql.parse(body.query);
    } catch (error) {
      if (what.request) problems.push(`the document cannot be read: ${error.message}`);
      return { operation, problems };
    }
    const definition = document.definitions.find(
      (d) => d.kind === 'OperationDefinition' && (!body.operationName || d.name?.value === body.operationName),
    );
    if (!definition) return { operation, problems: ['the document has no such operation'] };
    const fields = definition.selectionSet.selections.map((field) => field.name?.value).join(' ');
    operation = `${operation} ${definition.operation} ${fields}`;
    const errors = this.graphql.validate(this.schema, document, undefined, { maxErrors: 5 });
    if (what.request) {
      for (const error of errors) problems.push(error.message);
      const { errors: wrong } = this.graphql.getVariableValues(
        this.schema, definition.variableDefinitions ?? [], body.variables ?? {}, { maxErrors: 5 },
      );
      for (const error of wrong ?? []) problems.push(error.message);
      const declared = new Set((definition.variableDefinitions ?? []).map((v) => v.variable.name.value));
      for (const name of Object.keys(body.variables ?? {})) {
        if (!declared.has(name)) problems.push(`variable $${name} is sent, but not declared`);
      }
    }
    if (what.response && !errors.length) this.answer(record, document, definition, problems);
    return { operation, problems };
  }

  answer(record, document, definition, problems) {
    if (record.status !== 200) {
      if (record.status < 400) problems.push(`status ${record.status}`);
      return;
    }
    const { data, errors } = JSON.parse(record.response);
    if (!data && !errors) problems.push('the answer has neither data nor errors');
    if (!data) return;
    const fragments = Object.fromEntries(
      document.definitions.filter((d) => d.kind === 'FragmentDefinition').map((d) => [d.name.value, d]),
    );
    const root = this.schema.getRootType(definition.operation);
    this.object(root, data, definition.selectionSet, fragments, '', problems);
  }

  object(type, value, selectionSet, fragments, at, problems) {
    for (const selection of selectionSet.selections) {
      if (selection.kind === 'Field') {
        const key = selection.alias?.value ?? selection.name.value;
        if (selection.name.value === '__typename') continue;
        const field = type.getFields?.()[selection.name.value];
        if (!field) continue;
        if (!(key in value)) {
          const skipped = selection.directives?.length;
          if (!skipped) problems.push(`answer: ${at}/${key} is missing`);
          continue;
        }
        this.value(field.type, value[key], selection.selectionSet, fragments, `${at}/${key}`, problems);
        continue;
      }
      const inner = selection.kind === 'FragmentSpread' ? fragments[selection.name.value] : selection;
      const on = inner.typeCondition ? this.schema.getType(inner.typeCondition.name.value) : type;
      // Which of the alternatives came is told only by __typename, or by a field of it being there.
      const told = value.__typename ? value.__typename === on.name : this.some(inner, value);
      if (told || on === type) this.object(on, value, inner.selectionSet, fragments, at, problems);
    }
  }

  some(fragment, value) {
    return fragment.selectionSet.selections.some((s) => s.kind === 'Field' && (s.alias ?? s.name).value in value);
  }

  value(type, value, selectionSet, fragments, at, problems) {
    const { isNonNullType, isListType, isLeafType } = this.graphql;
    if (isNonNullType(type)) {
      if (value === null) problems.push(`answer: ${at} must not be null`);
      else this.value(type.ofType, value, selectionSet, fragments, at, problems);
      return;
    }
    if (value === null) return;
    if (isListType(type)) {
      if (!Array.isArray(value)) problems.push(`answer: ${at} must be a list`);
      else value.forEach((item) => this.value(type.ofType, item, selectionSet, fragments, `${at}/*`, problems));
      return;
    }
    if (isLeafType(type)) {
      try {
        type.parseValue(value);
      } catch (error) {
        problems.push(`answer: ${at}: ${error.message}`);
      }
      return;
    }
    this.object(type, value, selectionSet, fragments, at, problems);
  }
}
