/** The kernel's unit and component tests, on infrastructure that is up already, with a source file that may be edited. */
module.exports = async () => {
  const { projects } = (await import('../../jest.config.cjs')).default;
  const { rootDir, testEnvironment, moduleNameMapper, modulePathIgnorePatterns, transform } = projects[0];
  const [[pattern, [, options]]] = Object.entries(transform);
  return {
    rootDir,
    testEnvironment,
    moduleNameMapper,
    modulePathIgnorePatterns,
    testMatch: ['<rootDir>/services/kernel/{src,test}/**/*.test.ts'],
    transform: { [pattern]: ['<rootDir>/tests/promises/dist/mutating-transformer.js', options] },
  };
};
