#!/usr/bin/env node
// Entry of the npm scripts. Plain Node without dependencies, since on a fresh clone it is what installs them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MIN = [20, 15];
const LINGER_MS_MAX = 3_000;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const compiled = join(root, 'scripts', 'dist', 'cli.js');
const pages = join(root, 'services', 'console', 'ui');
const explorer = join(root, 'services', 'gateway', 'explorer');
// An image holds what was compiled, and nothing to compile it from.
const isCheckout = existsSync(join(root, 'tsconfig.json'));

function fail(message) {
  console.error(`naru: ${message}`);
  process.exit(1);
}

function run(what, command, parameters) {
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit' });
  if (error) fail(`${what}: ${error.message}`);
  if (status !== 0) fail(`${what} failed; what it printed above says why`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  fail(`Node ${NODE_MIN.join('.')} or newer is needed, this is ${process.versions.node}`);
}

function installPackages() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && (!existsSync(lock) || statSync(installed).mtimeMs >= statSync(lock).mtimeMs))
    return;
  console.log('naru: installing npm packages (npm ci)');
  run('npm ci', ...npm('ci'));
}

/** The npm that runs this, if one does, else the one on PATH. */
function npm(...parameters) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script, ...parameters]] : ['npm', parameters];
}

/** What a command runs, and for those that prove something the tests too: a mistake in a test must not keep Naru from starting. */
function compile(command) {
  const services = readdirSync(join(root, 'services'))
    .map((name) => join(root, 'services', name))
    .filter((directory) => existsSync(join(directory, 'tsconfig.json')));
  const proves = ['test', 'test-k8s', 'chaos', 'bench', 'promises', 'load'].includes(command);
  const projects = proves ? [root] : [...services, pages, join(root, 'scripts')];
  const parameters = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ...projects];
  // What is about to be generated may be what the compiler misses.
  if (command === 'generate') spawnSync(process.execPath, parameters, { cwd: root, stdio: 'inherit' });
  else run('compiling (tsc -b)', process.execPath, parameters);
  if (command === 'generate') return;
  run('bundling the console’s pages', process.execPath, [join(pages, 'build.mjs')]);
  run('copying the explorer of the API', process.execPath, [join(explorer, 'build.mjs')]);
}

const [command = 'help', ...parameters] = process.argv.slice(2);
const looksOnly = ['help', '--help', '-h', 'stop', 'status', 'reset'].includes(command);
checkNode();
if (isCheckout) installPackages();
// Looking at a running platform, or ending it, must not depend on code that compiles just now.
if (isCheckout && (!looksOnly || !existsSync(compiled))) compile(command);

// In this process rather than in a child: one process less between Ctrl-C and the platform.
const { main } = createRequire(import.meta.url)(compiled);
process.exitCode = await main([command, ...parameters]);
setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
