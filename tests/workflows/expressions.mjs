// GitHub's own evaluator: expressions.mjs < {"inputs": {...}, "expressions": ["...", ...]}
// Prints a JSON list: the text each expression becomes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.LAUNCHWAY_NODE_MODULES;
const entry = join(modules, '@actions/expressions/dist/index.js');
const { Evaluator, Lexer, Parser, data } = await import(pathToFileURL(entry));

const { inputs, expressions } = JSON.parse(readFileSync(0, 'utf8'));
const pairs = Object.entries(inputs).map(([key, value]) => ({ key, value: new data.StringData(value) }));
const context = new data.Dictionary({ key: 'inputs', value: new data.Dictionary(...pairs) });
const texts = expressions.map((text) => {
  const tree = new Parser(new Lexer(text).lex().tokens, ['inputs'], []).parse();
  return new Evaluator(tree, context).evaluate().coerceString();
});
console.log(JSON.stringify(texts));
