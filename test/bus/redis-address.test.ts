import { expect, test } from 'vitest';
import { redisAddress } from '../../src/bus/index.js';

test.each([
  ['localhost:6379', 'redis://localhost:6379'],
  ['redis.lan', 'redis://redis.lan'],
  ['[::1]:6380', 'redis://[::1]:6380'],
  ['redis://127.0.0.1:6379/2', 'redis://127.0.0.1:6379/2'],
  ['rediss://cache.lan', 'rediss://cache.lan'],
  ['unix:///run/redis/redis.sock', 'unix:///run/redis/redis.sock'],
])('%s is %s', (text, url) => {
  expect(redisAddress(text)).toEqual({ url, username: null, password: null });
});

test('a login is taken out of the URL', () => {
  const address = redisAddress('redis://me:p%40ss@127.0.0.1:6379');
  expect(address.url).toBe('redis://127.0.0.1:6379');
  expect(address.username).toBe('me');
  expect(address.password?.()).toBe('p@ss');
  expect(JSON.stringify(address)).not.toContain('ss"');
});

test.each([
  '',
  ':6379',
  'http://127.0.0.1',
  'redis://',
  'localhost:99999',
  'a b:6379',
  '/tmp/redis.sock',
  'redis://me:%zz@127.0.0.1',
])('%j is refused without being repeated', (text) => {
  expect(() => redisAddress(text)).toThrow('The address of Redis is not one.');
});
