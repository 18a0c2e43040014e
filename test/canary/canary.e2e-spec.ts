import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Kysely } from 'kysely';
import { EmbeddedSource } from '../../src/store/database/database.source.js';
import { dumpOf } from './canary.dump.js';
import { promiseNoLeaks } from './canary.suite.js';
import { type Canary, encodingsOf, leaksIn } from './needles.js';

describe('a gateway whose every secret is a canary, on its embedded database', () => {
  promiseNoLeaks({
    dump: async ({ dataDir }, statement) => {
      const source = new EmbeddedSource(dataDir);
      const connections = await source.connect();
      try {
        return await dumpOf(connections.db('reads') as unknown as Kysely<never>, statement);
      } finally {
        await connections.close();
        await source.close();
      }
    },
  });
});

describe('the search for canaries', () => {
  const canary: Canary = { name: 'planted', text: 'Zq4/kn0+Wv"7&éXyLm2pQ' };

  it.each(Object.keys(encodingsOf(canary.text)))(
    'finds a leak that is planted as %s, in text and among bytes',
    (form) => {
      const text = encodingsOf(canary.text)[form] ?? '';
      const noise = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7_919) % 256));
      const outputs = [
        { name: 'text', bytes: Buffer.from(`"x":"${text}"`) },
        { name: 'bytes', bytes: Buffer.concat([noise, Buffer.from(text), noise]) },
        { name: 'clean', bytes: noise },
      ];
      const found = leaksIn(outputs, [canary, { name: 'other', text: 'not-there-at-all' }]);
      expect(found.map(({ canary: name, output }) => `${name} in ${output}`)).toEqual([
        'planted in text',
        'planted in bytes',
      ]);
    },
  );

  it('finds it inside a longer text in base64, wherever that begins', () => {
    for (const before of ['', 'c', 'cl', 'cli', 'client:']) {
      const bytes = Buffer.from(Buffer.from(`${before}${canary.text}:X`).toString('base64'));
      expect(leaksIn([{ name: 'credential', bytes }], [canary])).toHaveLength(1);
    }
  });

  it('finds it in the output of a process, and lets pass what was meant for its recipient', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'console.error(process.argv[1])',
      encodingsOf(canary.text)['hex'] ?? '',
    ]);
    const chunks: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    const output = { name: 'child stderr', bytes: Buffer.concat(chunks) };
    expect(leaksIn([output], [canary])).toEqual([{ canary: 'planted', form: 'hex', output: 'child stderr' }]);
    expect(leaksIn([output], [{ ...canary, allowedIn: ['child '] }])).toEqual([]);
  });
});
