import { generateKeyPairSync } from 'node:crypto';
import { InfrastructureError } from '../errors';
import { toJwk } from './jwk';
import { createJwksCache } from './jwks-cache';

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

function newScene() {
  const scene = { now_ms: 1_000_000, fetches: 0, kids: ['k1'], isDown: false };
  const fetchJwks = async () => {
    scene.fetches++;
    await new Promise(setImmediate);
    if (scene.isDown) throw new Error('down');
    return { keys: scene.kids.map((kid) => toJwk(kid, publicKey)) };
  };
  return { scene, cache: createJwksCache(fetchJwks, () => scene.now_ms) };
}

test('many askers at once make one fetch', async () => {
  const { scene, cache } = newScene();
  const keys = await Promise.all(Array.from({ length: 50 }, () => cache.keyOf('k1')));
  expect(keys.every((key) => key?.equals(publicKey))).toBe(true);
  expect(scene.fetches).toBe(1);
});

test('a flood of unknown kids makes one fetch in 10 s', async () => {
  const { scene, cache } = newScene();
  await cache.keyOf('k1');
  for (let n = 0; n < 1000; n++) {
    scene.now_ms += 20;
    expect(await cache.keyOf(`unknown${n}`)).toBeUndefined();
  }
  expect(scene.fetches).toBe(1 + 2);
});

test('a new key is found when a token first names it', async () => {
  const { scene, cache } = newScene();
  await cache.keyOf('k1');
  scene.kids = ['k2', 'k1'];
  scene.now_ms += 10_000;
  expect(await cache.keyOf('k2')).toBeDefined();
});

test('the last keys stay good while there are no newer ones to be had', async () => {
  const { scene, cache } = newScene();
  await cache.keyOf('k1');
  scene.isDown = true;
  scene.now_ms += 24 * 60 * 60 * 1000;
  cache.refreshWhenDue();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(scene.fetches).toBe(2);
  expect(await cache.keyOf('k1')).toBeDefined();
});

test('without any keys yet it says so, and tries again after a second', async () => {
  const { scene, cache } = newScene();
  scene.isDown = true;
  await expect(cache.keyOf('k1')).rejects.toThrow(InfrastructureError);
  await expect(cache.keyOf('k1')).rejects.toThrow(InfrastructureError);
  expect(scene.fetches).toBe(1);
  scene.isDown = false;
  scene.now_ms += 1_000;
  expect(await cache.keyOf('k1')).toBeDefined();
});
