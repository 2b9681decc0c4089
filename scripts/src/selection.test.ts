import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UsageError } from './arguments';
import { platformPaths } from './platform';
import { parseSelection, selectionOf } from './selection';

describe('what is started', () => {
  it('is all that Naru needs, without what watches it', () => {
    expect(parseSelection(undefined).parts).toEqual(['kafka', 'database', 'redis', 'mail']);
  });

  it('is Prometheus too, where that is asked for', () => {
    expect(parseSelection(undefined, { observe: true }).parts).toContain('prometheus');
    expect(parseSelection('redis,gateway', { observe: true })).toEqual({
      parts: ['redis', 'prometheus'],
      services: ['gateway'],
    });
    expect(parseSelection('prometheus')).toEqual({ parts: ['prometheus'], services: [] });
  });

  it('is the schema registry too, where events are to be Avro', () => {
    expect(parseSelection(undefined, { avro: true }).parts).toEqual([
      ...['kafka', 'database', 'redis', 'mail', 'registry'],
    ]);
    expect(parseSelection('board', { avro: true })).toEqual({ parts: ['registry'], services: ['board'] });
  });

  it('is the registry again where there was one, for events that are still to be read', () => {
    const directory = mkdtempSync(join(tmpdir(), 'naru-selection-'));
    try {
      expect(selectionOf({ directory }).parts).not.toContain('registry');
      mkdirSync(platformPaths(directory).registryData, { recursive: true });
      expect(selectionOf({ directory }).parts).toContain('registry');
      expect(selectionOf({ directory, only: 'redis' }).parts).toEqual(['redis', 'registry']);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('is nothing that nobody knows', () => {
    expect(() => parseSelection('grafana', { observe: true })).toThrow(UsageError);
  });
});
