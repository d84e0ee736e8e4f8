// Validates CycloneDX 1.6 documents by the official schema: node sbom.mjs FILE…

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const modules = process.env.LAUNCHWAY_NODE_MODULES;
if (!modules) throw new Error("LAUNCHWAY_NODE_MODULES is not set");
const require = createRequire(join(modules, "x.js"));
const Ajv = require("ajv").default;
const addFormats = require("ajv-formats").default;

const schemas = join(modules, "@cyclonedx/cyclonedx-library/res/schema");
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
// Formats ajv has no rule for; the documents hold no addresses of people, and their links are checked as URLs.
ajv.addFormat("idn-email", true);
ajv.addFormat("iri-reference", (text) => URL.canParse(text));
for (const name of ["spdx", "jsf-0.82", "cryptography-defs"]) {
  const file = `${name}.SNAPSHOT.schema.json`;
  ajv.addSchema({ ...read(join(schemas, file)), $id: `http://cyclonedx.org/schema/${file}` });
}
const validate = ajv.compile(read(join(schemas, "bom-1.6.SNAPSHOT.schema.json")));

let bad = 0;
for (const file of process.argv.slice(2)) {
  const document = read(file);
  const within = (components) => (components ?? []).flatMap((it) => [it, ...within(it.components)]);
  const parts = [document.metadata.component, ...within(document.components), ...(document.services ?? [])];
  const references = new Set(parts.map((it) => it["bom-ref"]));
  const dangling = document.dependencies
    .flatMap(({ ref, dependsOn = [], provides = [] }) => [ref, ...dependsOn, ...provides])
    .filter((it) => !references.has(it));
  const complaints = validate(document) ? [] : validate.errors.map((it) => `${it.instancePath} ${it.message}`);
  if (parts.length !== references.size) complaints.push("a component stands twice");
  complaints.push(...dangling.map((it) => `${it} is no component`));
  for (const complaint of complaints.slice(0, 10)) console.log(`${file}: ${complaint}`);
  bad += complaints.length;
}
console.log(`${process.argv.length - 2} documents, ${bad} complaints`);
process.exitCode = bad === 0 ? 0 : 1;
