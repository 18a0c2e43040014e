import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MODULE = 'github.com/krakend/krakend-ce/v2/cmd/krakend-ce@latest';

/** Some hundred modules are compiled. */
const BUILD_MS_MAX = 10 * 60_000;

/** A proxy that does not have the module today does not have it tomorrow. */
const REFUSED_MS = 7 * 24 * 3_600_000;

/**
 * Builds KrakenD once, into the user's cache; needs Go and a module proxy. Returns the path of the program.
 * @throws Error with the reason when it cannot be built
 */
export async function builtKrakend(progress: (text: string) => void): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tollgate-bench');
  const program = join(folder, 'krakend-ce');
  if (existsSync(program)) return program;
  const refusal = join(folder, 'krakend-ce.refused');
  if (existsSync(refusal) && Date.now() - statSync(refusal).mtimeMs < REFUSED_MS) {
    throw new Error(`${readFileSync(refusal, 'utf8')} (to try again: rm ${refusal})`);
  }
  mkdirSync(folder, { recursive: true });
  progress('building KrakenD with Go, only this once: some minutes');
  try {
    const env = { ...process.env, GOBIN: folder };
    await promisify(execFile)('go', ['install', MODULE], { env, timeout: BUILD_MS_MAX });
  } catch (error) {
    const reason = reasonOf(error);
    writeFileSync(refusal, reason);
    throw new Error(reason, { cause: error });
  }
  return program;
}

function reasonOf(error: unknown): string {
  const { code, killed, stderr = '' } = error as { code?: unknown; killed?: boolean; stderr?: string };
  if (code === 'ENOENT') return 'there is no go on the PATH to build it';
  if (killed === true) return `go install took longer than ${BUILD_MS_MAX / 60_000} minutes`;
  return stderr.trim().replaceAll(/\s*\n\s*/g, ' ');
}
