import type { Access } from '@naru/contracts';
import { callerScope, identify } from './caller';

const gateway = { 'x-naru-via': 'gateway' };

describe('identify', () => {
  test.each<[Access, Record<string, string>, object]>([
    ['public', gateway, { kind: 'public' }],
    ['public', {}, { kind: 'public' }],
    ['public', { ...gateway, 'x-user-id': 'nonsense' }, { kind: 'public' }],
    [
      'user',
      { ...gateway, 'x-user-id': '7', 'authenticated-user': 'a@b.c' },
      { kind: 'user', userId: 7, email: 'a@b.c' },
    ],
    ['user', { 'x-user-id': '7' }, { kind: 'user', userId: 7 }],
    ['user-or-direct', {}, { kind: 'direct' }],
    [
      'user-or-direct',
      { 'x-user-id': '9007199254740991' },
      { kind: 'user', userId: Number.MAX_SAFE_INTEGER },
    ],
    ['internal', {}, { kind: 'direct' }],
  ])('%s with %j', (access, headers, caller) => expect(identify(access, headers)).toEqual(caller));

  test.each<[Access, Record<string, string>, number]>([
    ['user', gateway, 401],
    ['user-or-direct', gateway, 401],
    ['user', {}, 401],
    ['internal', gateway, 404],
    ['internal', { ...gateway, 'x-user-id': '1' }, 404],
    ...['0', '-1', '1.5', '01', '1e3', ' 1', '', 'x', '1, 2', '9007199254740992', '١'].map(
      (id): [Access, Record<string, string>, number] => ['user', { 'x-user-id': id }, 400],
    ),
  ])('refuses %s with %j by %d', (access, headers, status) => {
    expect(() => identify(access, headers)).toThrow(expect.objectContaining({ status }));
  });
});

test('each caller has idempotency keys of its own', () => {
  const scopes = [
    callerScope({ kind: 'user', userId: 1 }),
    callerScope({ kind: 'direct' }),
    callerScope({ kind: 'public' }),
  ];
  expect(scopes).toEqual(['user:1', 'direct', 'public']);
});
