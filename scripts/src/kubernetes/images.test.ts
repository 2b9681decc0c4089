import { services } from '@naru/contracts';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { repositoryDirectory } from '../platform';
import { buildImages, findBuilder, imageTargets } from './images';

let directory: string;
let program: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'naru-images-'));
  program = join(directory, 'builder');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${directory}/calls\n`, { mode: 0o755 });
});
afterEach(() => rmSync(directory, { recursive: true }));

const request = { targets: ['user', 'tools'], tag: '1.2.3', revision: 'abc' };

test('a program that is plugged in is called once an image, as the documentation says', async () => {
  const reports: string[] = [];
  const built = await buildImages(findBuilder(program), request, (part, phase) =>
    reports.push(`${part} ${phase}`),
  );
  expect(built).toEqual(['naru/user:1.2.3', 'naru/tools:1.2.3']);
  expect(reports).toEqual(built.flatMap((image) => [`${image} starting`, `${image} ready`]));
  const [first, second] = readFileSync(join(directory, 'calls'), 'utf8').split('\n');
  expect(first).toBe(
    `build naru/user:1.2.3 ${repositoryDirectory} -f ${repositoryDirectory}/Dockerfile ` +
      '--build-arg SERVICE=user --build-arg VERSION=1.2.3 --build-arg REVISION=abc',
  );
  expect(second).toContain('SERVICE=tools');
});

test('a base replaces both that are built on and run on', async () => {
  await buildImages(
    findBuilder(program),
    { ...request, targets: ['user'], base: 'node:20@sha256:0' },
    () => {},
  );
  const calls = readFileSync(join(directory, 'calls'), 'utf8');
  expect(calls).toContain(
    '--build-arg NODE_IMAGE=node:20@sha256:0 --build-arg RUNTIME_IMAGE=node:20@sha256:0',
  );
});

test('a build that fails ends it, with what the program printed', async () => {
  writeFileSync(program, '#!/bin/sh\necho no space left >&2\nexit 3\n', { mode: 0o755 });
  await expect(buildImages(findBuilder(program), request, () => {})).rejects.toThrow(
    /ended with 3:\nno space left/,
  );
});

test('there is an image for every service', () => {
  for (const service of Object.keys(services)) {
    expect(imageTargets).toContain(service);
    expect(existsSync(join(repositoryDirectory, 'services', service, 'src/main.ts'))).toBe(true);
  }
});
