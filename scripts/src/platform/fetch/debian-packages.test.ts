import { expect, test } from '@jest/globals';
import { packagesOf } from './debian-packages';

test('the package of a library is named after it and its version, in Debian’s way', () => {
  const first = (library: string) => packagesOf(library)[0];
  expect(first('libaio.so.1')).toBe('libaio1');
  expect(first('libnuma.so.1')).toBe('libnuma1');
  expect(first('libpcre2-8.so.0')).toBe('libpcre2-8-0');
  expect(first('libstdc++.so.6')).toBe('libstdc++6');
  expect(first('libXNVCtrl.so.0')).toBe('libxnvctrl0');
  expect(first('libgcc_s.so.1')).toBe('libgcc-s1');
  expect(first('libopenjp2.so.7')).toBe('libopenjp2-7');
  expect(first('libnss3.so')).toBe('libnss3');
  expect(packagesOf('libssl.so.3')).toEqual(['libssl3', 'libssl3t64']);
  expect(packagesOf('libaio.so.1t64')).toEqual(['libaio1t64']);
});

test('packages that are not named after their library are known', () => {
  expect(packagesOf('libz.so.1')[0]).toBe('zlib1g');
  expect(packagesOf('libglib-2.0.so.0')[0]).toBe('libglib2.0-0');
});
