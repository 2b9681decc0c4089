import { secretRecipes } from './secrets';

async function made(mysqlPerService: boolean): Promise<Map<string, Record<string, string>>> {
  const recipes = secretRecipes(mysqlPerService);
  expect(new Set(recipes.map(({ name }) => name)).size).toBe(recipes.length);
  return new Map(await Promise.all(recipes.map(async ({ name, make }) => [name, await make()] as const)));
}

test('a service has a database, an account of the same name, and a password of its own', async () => {
  const secrets = await made(false);
  const order = secrets.get('order-database');
  expect(order?.['url']).toBe(`mysql://naru_order:${order?.['password']}@mysql:3306/naru_order`);
  expect(order?.['password']).not.toBe(secrets.get('user-database')?.['password']);
  expect(secrets.get('order-hmac')?.['secret']).toMatch(/^[0-9a-f]{64}$/);
  expect(secrets.has('gateway-database')).toBe(false);
  expect(secrets.has('mysql-root')).toBe(true);
  expect(secrets.get('console-operator')?.['token']).toMatch(/^[0-9a-f]{48}$/);
});

test('with a server for each service, each is at its own', async () => {
  const secrets = await made(true);
  expect(secrets.get('order-database')?.['url']).toContain('@mysql-order:3306/');
  expect(secrets.get('naru-operator-database')?.['url']).toMatch(/@mysql-\{service\}:3306$/);
  expect(secrets.has('mysql-order-root')).toBe(true);
  expect(secrets.has('mysql-root')).toBe(false);
});

test('the signing keys are in the form that the user service reads', async () => {
  const text = (await made(false)).get('user-jwt-keys')?.['jwt-keys.json'] ?? '';
  expect(JSON.parse(text)).toEqual({
    keys: [{ kid: expect.any(String), privateKeyPem: expect.stringContaining('PRIVATE KEY') }],
  });
});
