import { spawnSync } from 'node:child_process';

const PID = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const MOUNT = ['--mount'];

/**
 * Linux permits namespaces to root and mostly to other users. Elsewhere tests that need them are skipped, but not in CI: what
 * they promise must not pass unproved.
 */
export const runsInNamespaces =
  process.env['CI'] !== undefined || (commandWith(PID) !== undefined && commandWith(MOUNT) !== undefined);

/**
 * The command that runs another on a new and empty file system of that size at `folder`, and lists what is in the folder
 * when it has ended. The file system ends then, too.
 * @param size such as `12m`
 * @throws where the system does not permit that
 */
export function onSmallDisk(folder: string, size: string): readonly string[] {
  const script =
    'mount -t tmpfs -o size="$0" tmpfs "$FOLDER" && { "$@"; code=$?; ls "$FOLDER"; exit $code; }';
  return [...permitted(MOUNT), 'env', `FOLDER=${folder}`, 'sh', '-c', script, size];
}

/**
 * The command that runs another in a PID namespace of its own, as a container does. `--kill-child` ends what it runs
 * with it.
 * @throws where the system does not permit that
 */
export function inOwnPidNamespace(): readonly string[] {
  return permitted(PID);
}

function permitted(flags: readonly string[]): readonly string[] {
  const command = commandWith(flags);
  if (!command) throw new Error('this system does not permit a namespace: run the test as root on Linux');
  return command;
}

function commandWith(flags: readonly string[]): readonly string[] | undefined {
  const asRoot = ['unshare', ...flags];
  const asUser = ['unshare', '--user', '--map-root-user', ...flags];
  return [asRoot, asUser].find(
    ([command = '', ...args]) => spawnSync(command, [...args, 'true']).status === 0,
  );
}
