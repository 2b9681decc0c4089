import { services, type ServiceName } from '@naru/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PlatformError, repositoryDirectory } from '../platform';
import { findOnPath, runCommand } from '../platform/fetch/run-command';
import { observed } from '../platform/stages';
import type { Report } from '../platform/supervisor';

/** A folder of services/ each, and the operator's commands. */
export const imageTargets: readonly string[] = [...(Object.keys(services) as ServiceName[]), 'tools'];

export function imageName(target: string, tag: string): string {
  return `naru/${target}:${tag}`;
}

/** A program that builds images. */
export interface Builder {
  readonly program: string;
  build(image: string, buildArguments: readonly string[]): Promise<void>;
  /** Puts images into the nodes of a kind cluster. */
  loadIntoKind(images: readonly string[], kindCluster: string): Promise<void>;
}

const FIX = 'what it printed says why';
/** Those that take docker's flags, in the order of preference. */
const known = ['docker', 'podman', 'nerdctl', 'buildah'] as const;

/** The builder that NARU_IMAGE_BUILDER names, else the first that is on PATH. @throws PlatformError TOOL_MISSING */
export function findBuilder(plugged = process.env['NARU_IMAGE_BUILDER']): Builder {
  if (plugged) return pluggedBuilder(plugged);
  const program = known.find((candidate) => findOnPath(candidate) !== undefined);
  if (program) return dockerLikeBuilder(program);
  const fix = 'install one, or name a program in NARU_IMAGE_BUILDER (docs/kubernetes.md)';
  throw new PlatformError('TOOL_MISSING', `none of ${known.join(', ')} is on PATH`, fix);
}

function dockerLikeBuilder(program: (typeof known)[number]): Builder {
  return {
    program,
    async build(image, buildArguments) {
      // An older docker has its builder without cache mounts as the default.
      const environment = { ...process.env, DOCKER_BUILDKIT: '1' };
      const parameters = ['build', '--tag', image, ...buildArguments, repositoryDirectory];
      await runCommand(program, parameters, { environment, fix: FIX });
    },
    async loadIntoKind(images, kindCluster) {
      const kind = (...parameters: string[]) =>
        runCommand('kind', ['load', ...parameters, '--name', kindCluster], { fix: FIX });
      if (program === 'docker') return void (await kind('docker-image', ...images));
      const directory = await mkdtemp(join(tmpdir(), 'naru-images-'));
      try {
        for (const [index, image] of images.entries()) {
          const archive = join(directory, `${index}.tar`);
          await runCommand(program, saving(program, image, archive), { fix: FIX });
          await kind('image-archive', archive);
        }
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

function saving(program: string, image: string, archive: string): string[] {
  return program === 'buildah'
    ? ['push', image, `docker-archive:${archive}:${image}`]
    : ['save', '--output', archive, image];
}

/** Another tool: it also brings the image to where the cluster finds it. */
function pluggedBuilder(program: string): Builder {
  return {
    program,
    async build(image, buildArguments) {
      await runCommand(program, ['build', image, repositoryDirectory, ...buildArguments], { fix: FIX });
    },
    loadIntoKind: () => Promise.resolve(),
  };
}

export interface ImagesRequest {
  readonly targets: readonly string[];
  readonly tag: string;
  /** The commit that they are of, for their labels. */
  readonly revision: string;
  /** Passed on to the Dockerfile as NODE_IMAGE and RUNTIME_IMAGE. */
  readonly base?: string | undefined;
}

/** Builds images one after the other: the first compiles for all of them. */
export async function buildImages(
  builder: Builder,
  request: ImagesRequest,
  report: Report,
): Promise<string[]> {
  const { targets, tag, revision, base } = request;
  for (const target of targets) {
    const values = {
      SERVICE: target,
      VERSION: tag,
      REVISION: revision,
      ...(base !== undefined && { NODE_IMAGE: base, RUNTIME_IMAGE: base }),
    };
    const set = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const file = join(repositoryDirectory, 'Dockerfile');
    const image = imageName(target, tag);
    await observed(image, () => builder.build(image, ['-f', file, ...set]), report);
  }
  return targets.map((target) => imageName(target, tag));
}
