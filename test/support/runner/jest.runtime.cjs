/**
 * The module loader of jest, replaced by Node's own: `import` of a test file is Node's, so modules are loaded once for
 * each worker, not once for each file. There are no mocks of modules. TypeScript is read by test/support/runner/typescript.loader.mjs.
 */
const { pathToFileURL } = require('node:url');
const { sourceMaps } = require('./typescript.maps.cjs');

module.exports = class NativeRuntime {
  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    await import(pathToFileURL(path).href);
  }

  requireModule(path) {
    return require(path);
  }

  /** The test framework: a fresh copy for each file, because it keeps the tests and handlers of the file before. */
  requireInternalModule(path) {
    delete require.cache[path];
    return require(path);
  }

  getSourceMaps() {
    return sourceMaps;
  }

  getAllCoverageInfoCopy() {
    return undefined;
  }

  setGlobalsForRuntime() {}
  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
};
