// Bundles the pages into services/console/dist/ui. Run after the compiler, which has checked the types by then.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileAsync } from 'sass';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, '..', 'dist', 'ui'));
const page = join(target, 'index.html');

const sources = [
  ...['build.mjs', 'index.html', 'package.json', '../src/views.ts'].map((file) => join(here, file)),
  ...readdirSync(join(here, 'src'), { recursive: true }).map((file) => join(here, 'src', file)),
];

/** Pico is written in Sass, which is where its parts are chosen. */
const sass = {
  name: 'sass',
  setup(bundler) {
    bundler.onLoad({ filter: /\.scss$/ }, async ({ path }) => {
      const { css } = await compileAsync(path, {
        loadPaths: [join(here, '..', '..', '..', 'node_modules')],
        quietDeps: true,
      });
      return { contents: css, loader: 'css' };
    });
  },
};

function changed(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: ['src/main.tsx', 'src/style.css', 'src/icon.svg'],
    outdir: join(target, 'assets'),
    entryNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    plugins: [sass],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const made = Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [
    entryPoint ?? Object.keys(metafile.outputs[path].inputs)[0],
    basename(path),
  ]);
  const assetOf = (entry) => `/assets/${new Map(made).get(entry)}`;
  const html = readFileSync(join(here, 'index.html'), 'utf8')
    .replace('%ICON%', assetOf('src/icon.svg'))
    .replace('%STYLE%', assetOf('src/style.css'))
    .replace('%SCRIPT%', assetOf('src/main.tsx'));
  const before = readBefore();
  mkdirSync(target, { recursive: true });
  writeFileSync(`${page}.new`, html);
  renameSync(`${page}.new`, page);
  // A console that runs, and pages that are open, may still ask for what the page before this one named.
  for (const file of readdirSync(join(target, 'assets')))
    if (!html.includes(file) && !before.includes(file)) rmSync(join(target, 'assets', file));
  const bytes = made.reduce(
    (sum, [, file]) => sum + statSync(join(target, 'assets', file)).size,
    html.length,
  );
  console.log(
    `naru: pages of the console: ${relative(process.cwd(), target)}, ${Math.round(bytes / 1000)} kB`,
  );
}

function readBefore() {
  try {
    return readFileSync(page, 'utf8');
  } catch {
    return '';
  }
}

if (Math.max(...sources.map(changed)) >= changed(page)) await bundle();
