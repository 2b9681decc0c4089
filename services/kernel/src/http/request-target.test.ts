import { readTarget } from './request-target';

describe('readTarget', () => {
  test.each([
    ['/', [''], ''],
    ['/api/boards', ['api', 'boards'], ''],
    ['/api/boards?limit=2', ['api', 'boards'], 'limit=2'],
    ['/api/%62oards', ['api', 'boards'], ''],
    ['/a/%EA%B0%80?q=%EA%B0%80', ['a', '가'], 'q=%EA%B0%80'],
    ['/api/boards/', ['api', 'boards', ''], ''],
    ['/%252e', ['%2e'], ''],
    ['/api/...', ['api', '...'], ''],
  ])('reads %s', (target, segments, query) => {
    expect(readTarget(target)).toEqual({ segments, query });
  });

  test.each([
    '',
    '*',
    'api/boards',
    'http://elsewhere/api/boards',
    '//api/boards',
    '/api//boards',
    '/api/./boards',
    '/api/../internal/users',
    '/api/..',
    '/api/%2e%2e/internal',
    '/api/%2E./internal',
    '/api%2Fboards',
    '/api%5cboards',
    '/api\\boards',
    '/api/boards%00',
    '/api/boards%0d%0aX: y',
    '/api/%',
    '/api/%2',
    '/api/%zz',
    '/api/%ff',
    '/api/%c0%af',
    '/api/%ed%a0%80',
    '/api/boards#x',
    '/api/\u00e9',
    '/api/boards?q=%',
    '/api/boards?q=%g0',
    '/api/boards?q=a#b',
  ])('refuses %j', (target) => {
    expect(() => readTarget(target)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
