import { faultEnvironment, faultOf, type Fault } from './fault';

test.each<Fault>([{ mode: 'crash', point: 'after-publish-before-mark', after: 3 }, { mode: 'unsafe-send' }])(
  '%j passes through the environment',
  (fault) => {
    const environment = faultEnvironment(fault);
    expect(faultOf(environment)).toEqual(fault);
    expect(environment['NODE_OPTIONS']).toMatch(/^--require=".*faulty-broker\.js"$/);
  },
);

test.each(['', 'null', '{"mode":"crash"}', '{"mode":"crash","point":"x","after":1}', '{"mode":"other"}'])(
  'a process is not started with %s instead of a fault',
  (text) => expect(() => faultOf({ NARU_FAULT: text })).toThrow('not a fault'),
);
