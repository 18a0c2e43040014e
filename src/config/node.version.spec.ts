import { createRequire } from 'node:module';
import { reasonOfOldNode } from './node.version.js';

const require = createRequire(import.meta.url);

describe('reasonOfOldNode', () => {
  it.each(['20.20.2', '22.18.0', '8.17.0'])('names %s and what is needed', (version) => {
    expect(reasonOfOldNode(version)).toMatch(
      new RegExp(
        `^Tollgate runs on Node 22\\.19 or newer, and this is ${version}\\. .*node_modules/.bin/node$`,
      ),
    );
  });

  it.each(['22.19.0', '23.0.0', '24.21.0'])('accepts %s', (version) => {
    expect(reasonOfOldNode(version)).toBeUndefined();
  });

  it('asks for no older Node than the dependencies do', () => {
    const { devDependencies } = require('../../package.json');
    expect(reasonOfOldNode(devDependencies.node)).toBeUndefined();
    expect(require('undici/package.json').engines.node).toBe('>=22.19.0');
  });
});
