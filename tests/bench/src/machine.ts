import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { repositoryDirectory } from '@naru/scripts';

/** Where and on what the results came about. */
export interface Machine {
  readonly commit: string;
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memory_gib: number;
  readonly node: string;
  readonly system: string;
}

export function machine(): Machine {
  const processors = cpus();
  return {
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
  };
}

function commit(): string {
  const git = (...parameters: string[]) =>
    execFileSync('git', parameters, { cwd: repositoryDirectory, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!docs') !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown (not a git checkout)';
  }
}
