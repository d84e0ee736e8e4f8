// Started in `.changeset`, so that modules are found from there. The job and the answer are files:
// whatever the module prints is only words.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const scratch = process.argv[1];
const job = JSON.parse(readFileSync(`${scratch}/job.json`, "utf8"));

function answer(value) {
  writeFileSync(`${scratch}/answer.json`, JSON.stringify(value));
  process.exit(0);
}

function refuse(why, error) {
  answer({ refused: why, detail: String(error?.stack ?? error) });
}

let url;
try {
  url = import.meta.resolve(job.module);
  if (url.startsWith("file:") && !existsSync(fileURLToPath(url))) {
    throw new Error(`there is no ${fileURLToPath(url)}`);
  }
} catch (error) {
  refuse("missing", error);
}

process.chdir(job.root);
let functions;
try {
  functions = await import(url);
} catch (error) {
  refuse("broken", error);
}
for (let depth = 0; depth < 2 && functions?.default; depth += 1) {
  functions = functions.default;
}

const has = (name) => typeof functions?.[name] === "function";

function text(value, name) {
  if (!value) return "";
  if (typeof value === "string") return value;
  throw new TypeError(`${name} gave a ${typeof value} where a text was expected`);
}

const tasks = {
  async changelog() {
    if (!has("getReleaseLine") || !has("getDependencyReleaseLine")) {
      refuse("shape", "it must export the functions getReleaseLine and getDependencyReleaseLine");
    }
    const changesets = job.changesets.map((changeset) => ({
      ...changeset,
      commit: changeset.commit ?? undefined,
    }));
    const { options, releases } = job;
    // Everything is called before anything is awaited, so that a module can batch its requests.
    return Promise.all(
      job.entries.map(async (entry) => {
        const lines = entry.lines.map(async ([index, type]) =>
          functions.getReleaseLine(changesets[index], type, options),
        );
        const dependencies = (async () =>
          functions.getDependencyReleaseLine(
            entry.changesets.map((index) => changesets[index]),
            entry.dependencies.map((index) => releases[index]),
            options,
          ))();
        return {
          lines: (await Promise.all(lines)).map((line) => text(line, "getReleaseLine")),
          dependencies: text(await dependencies, "getDependencyReleaseLine"),
        };
      }),
    );
  },
  async commit() {
    if (!has("getAddMessage") && !has("getVersionMessage")) {
      refuse("shape", "it must export the function getAddMessage or getVersionMessage");
    }
    if (!has(job.function)) return null;
    const message = await functions[job.function](job.about, job.options);
    if (typeof message !== "string") {
      throw new TypeError(`${job.function} gave a ${typeof message} where a text was expected`);
    }
    return message;
  },
};

try {
  answer({ answer: await tasks[job.task]() });
} catch (error) {
  refuse("failed", error);
}
