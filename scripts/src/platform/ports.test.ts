import { candidateOffsets } from './port-reservation';
import { everyPort, portsFor } from './ports';
import { plannedPorts } from './planned-ports';

describe('ports', () => {
  it('are the documented ones without an offset', () => {
    const ports = portsFor(0);
    expect(ports).toMatchObject({
      brokers: [19092, 29092, 39092],
      controllers: [19093, 29093, 39093],
      database: 13306,
      redis: 16379,
      smtp: 1025,
      mailWeb: 1080,
      prometheus: 9090,
      registry: 18081,
      registryHealth: 18082,
    });
    expect([1, 2, 3].map((instance) => ports.service('email', instance))).toEqual([8089, 8189, 8289]);
    expect(ports.service('gateway')).toBe(8000);
  });

  it('move by the offset, the third broker to a place of its own', () => {
    const moved = portsFor(300);
    expect(moved).toMatchObject({ brokers: [19392, 29392, 24392], redis: 16679, smtp: 1325 });
    expect(moved.service('email', 2)).toBe(8489);
  });

  it('refuse an instance that has no port', () => {
    expect(() => portsFor(0).service('email', 4)).toThrow(RangeError);
    expect(() => portsFor(0).service('email', 0)).toThrow(RangeError);
  });

  it('of no two offsets that are handed out meet', () => {
    const all = [0, ...candidateOffsets].flatMap(everyPort);
    expect(new Set(all).size).toBe(all.length);
  });

  it('that are handed out are none that Linux gives to outgoing connections', () => {
    for (const port of candidateOffsets.flatMap(everyPort)) expect(port).toBeLessThan(32_768);
  });
});

describe('planned ports', () => {
  it('cover the selected parts and all instances of the selected services, and no more', () => {
    const planned = plannedPorts({
      portOffset: 0,
      parts: ['redis', 'mail'],
      services: ['email'],
      brokers: 3,
    });
    expect(planned).toEqual([
      { part: 'redis', port: 16379 },
      { part: 'mail', port: 1025 },
      { part: 'mail', port: 1080 },
      { part: 'email-1', port: 8089 },
      { part: 'email-2', port: 8189 },
      { part: 'email-3', port: 8289 },
    ]);
  });

  it('of what watches the others are those of its own', () => {
    const plan = { portOffset: 300, parts: ['prometheus'], services: [], brokers: 3 } as const;
    expect(plannedPorts(plan)).toEqual([{ part: 'prometheus', port: 9390 }]);
  });

  it('of a broker are two', () => {
    expect(plannedPorts({ portOffset: 0, parts: ['kafka'], services: [], brokers: 3 })).toHaveLength(6);
  });
});
