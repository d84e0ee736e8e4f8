'use strict';
// Finds the program of this platform and becomes it as far as Node.js can: arguments, streams, signals and exit code
// are the program's.

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const path = require('node:path');
const own = require('../package.json');

const PREFIX = 'launchway-';
const programs = Object.keys(own.bin)
  .filter((name) => name.startsWith(PREFIX))
  .map((name) => name.slice(PREFIX.length));

function fail(what, hint) {
  process.stderr.write(`error: ${what}\nhint: ${hint}\n`);
  process.exit(2);
}

function find(program) {
  const name = `@launchway/${process.platform}-${process.arch}`;
  if (!(name in own.optionalDependencies)) {
    const known = Object.keys(own.optionalDependencies).map((known) => known.slice('@launchway/'.length));
    fail(`there are no programs for ${process.platform} on ${process.arch}`, `there are some for ${known.join(', ')}`);
  }
  let manifest;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch {
    fail(
      `the package ${name}, which holds the programs, is not installed`,
      'install with optional dependencies (not --omit=optional or --no-optional); where the lock file was made on another platform, remove node_modules and install again',
    );
  }
  const { version } = require(manifest);
  if (version !== own.version) {
    fail(`${name} is of version ${version}, and launchway of ${own.version}`, 'remove node_modules and install again');
  }
  const file = process.platform === 'win32' ? `${PREFIX}${program}.exe` : PREFIX + program;
  return path.join(path.dirname(manifest), 'bin', file);
}

// In a terminal ctrl-C reaches the program by itself: handed on it would count twice.
const inTerminal = [0, 1, 2].some((stream) => require('node:tty').isatty(stream));

function run(program, args) {
  const file = find(program);
  const child = spawn(file, args, { stdio: 'inherit', windowsHide: false });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK']) {
    if (!(signal in constants.signals)) continue;
    const typed = signal === 'SIGINT' || signal === 'SIGQUIT' || signal === 'SIGBREAK';
    process.on(signal, () => {
      if (!(typed && inTerminal)) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    fail(`cannot start ${file}: ${error.code || error.message}`, 'remove node_modules and install again');
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Who waits for us is to see what ended the program.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
  });
}

function main(args) {
  const [program, ...rest] = args;
  if (program === '--version' || program === '-V') {
    process.stdout.write(`launchway ${own.version}\n`);
  } else if (program === undefined || program === '--help' || program === '-h' || program === 'help') {
    process.stdout.write(`Usage: launchway <program> [arguments]\n\nPrograms: ${programs.join(', ')}\n\nlaunchway <program> --help says more.\n`);
  } else if (programs.includes(program)) {
    run(program, rest);
  } else {
    fail(`there is no program \`${program}\``, `there are ${programs.join(', ')}`);
  }
}

module.exports = { main, run };
