import { spawnSync } from 'node:child_process';

/**
 * The command that runs another on a new and empty file system of that size at `folder`, and lists what is in the folder
 * when it has ended. The file system ends then, too.
 * @param size such as `12m`
 * @throws where the system does not permit that
 */
export function onSmallDisk(folder: string, size: string): readonly string[] {
  const script =
    'mount -t tmpfs -o size="$0" tmpfs "$FOLDER" && { "$@"; code=$?; ls "$FOLDER"; exit $code; }';
  return [...permitted(['--mount']), 'env', `FOLDER=${folder}`, 'sh', '-c', script, size];
}

/**
 * The command that runs another in a PID namespace of its own, as a container does. `--kill-child` ends what it runs
 * with it.
 * @throws where the system does not permit that: what a test promises of namespaces must not pass unproved
 */
export function inOwnPidNamespace(): readonly string[] {
  return permitted(['--pid', '--fork', '--mount-proc', '--kill-child']);
}

function permitted(flags: readonly string[]): readonly string[] {
  const asRoot = ['unshare', ...flags];
  const asUser = ['unshare', '--user', '--map-root-user', ...flags];
  const works = ([command = '', ...args]: string[]) => spawnSync(command, [...args, 'true']).status === 0;
  const found = [asRoot, asUser].find(works);
  if (!found) throw new Error('this system does not permit a namespace: run the test as root on Linux');
  return found;
}
