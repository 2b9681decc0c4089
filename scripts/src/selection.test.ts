import { UsageError } from './arguments';
import { parseSelection } from './selection';

describe('what is started', () => {
  it('is all that Naru needs, without what watches it', () => {
    expect(parseSelection(undefined).parts).toEqual(['kafka', 'database', 'redis', 'mail']);
  });

  it('is Prometheus too, where that is asked for', () => {
    expect(parseSelection(undefined, true).parts).toContain('prometheus');
    expect(parseSelection('redis,gateway', true)).toEqual({
      parts: ['redis', 'prometheus'],
      services: ['gateway'],
    });
    expect(parseSelection('prometheus')).toEqual({ parts: ['prometheus'], services: [] });
  });

  it('is nothing that nobody knows', () => {
    expect(() => parseSelection('grafana', true)).toThrow(UsageError);
  });
});
