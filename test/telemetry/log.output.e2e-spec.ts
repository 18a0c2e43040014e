import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OUTPUT = fileURLToPath(new URL('../../dist/telemetry/log.output.js', import.meta.url));

/** Writes 1 MB, reports it, and ends when it is asked to. */
const PROGRAM = `
  const { standardOutput } = await import(process.argv[1]);
  const output = standardOutput();
  process.on('exit', () => output.end());
  output.startBatches();
  for (let at = 0; at < 10_000; at += 1) output.write(String(at).padStart(99, '.') + '\\n');
  process.on('message', () => process.exit(0));
  process.send('written');
`;

describe('the standard output of a process', () => {
  let folder: string;
  let reader: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-log-'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    reader = openSync(join(folder, 'pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
  });

  afterEach(() => {
    closeSync(reader);
    rmSync(folder, { recursive: true });
  });

  it('does not make it wait for a reader that is behind, and has every line once that has caught up', async () => {
    // Writes to this descriptor would wait.
    const writer = openSync(join(folder, 'pipe'), constants.O_WRONLY);
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, OUTPUT], {
      stdio: ['ignore', writer, 'inherit', 'ipc'],
    });
    closeSync(writer);
    await once(child, 'message');
    let text = '';
    const buffer = Buffer.alloc(64 * 1024);
    const read = () => {
      try {
        const bytes = readSync(reader, buffer);
        text += buffer.toString('latin1', 0, bytes);
      } catch {
        // Nothing to read yet.
      }
    };
    const reading = setInterval(read, 1);
    child.send('end');
    expect(await once(child, 'exit')).toEqual([0, null]);
    clearInterval(reading);
    for (let before = -1; before < text.length;) {
      before = text.length;
      read();
    }
    expect(text).toBe(
      Array.from({ length: 10_000 }, (_, at) => `${String(at).padStart(99, '.')}\n`).join(''),
    );
  });
});
