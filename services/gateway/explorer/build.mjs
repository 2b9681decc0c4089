// Puts the page and the few files of Swagger UI that it needs into services/gateway/dist/explorer: the gateway's image
// has these, and not the package with all its bundles and maps.
import { copyFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const target = resolve(process.argv[2] ?? join(here, '..', 'dist', 'explorer'));

const files = [
  ...['index.html', 'explorer.js'].map((file) => join(here, file)),
  ...['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png', 'LICENSE'].map((file) =>
    join(swaggerUi, file),
  ),
];
const targetOf = (file) => join(target, relative(dirname(file), file));
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (files.some((file) => changed(file) > changed(targetOf(file)))) {
  // Whole or not at all: a gateway that starts meanwhile reads all of them.
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const file of files) copyFileSync(file, join(fresh, relative(dirname(file), file)));
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(
    `naru: explorer of the API: ${relative(process.cwd(), target)}, ${Math.round(bytes / 1000)} kB`,
  );
}
