/**
 * How jest runs the tests that need servers: mostly they wait, so that two at once take half of the time. Each worker
 * has a PostgreSQL database and a Redis of its own.
 */
module.exports = {
  ...require('../../../package.json').jest,
  rootDir: '../../..',
  testMatch: ['<rootDir>/test/**/*.server-spec.ts'],
  globalSetup: '<rootDir>/test/support/runner/servers.setup.mjs',
  globalTeardown: '<rootDir>/test/support/runner/servers.teardown.cjs',
  testEnvironment: '<rootDir>/test/support/runner/servers.environment.cjs',
  forceExit: true,
};
