import { spawnSync } from 'node:child_process';

/**
 * The command that runs another in a PID namespace of its own, as a container does. `--kill-child` ends what it runs
 * with it.
 * @throws where the system does not permit that: what a test promises of namespaces must not pass unproved
 */
export function inOwnPidNamespace(): readonly string[] {
  const flags = ['--pid', '--fork', '--mount-proc', '--kill-child'];
  const asRoot = ['unshare', ...flags];
  const asUser = ['unshare', '--user', '--map-root-user', ...flags];
  const works = ([command = '', ...args]: string[]) => spawnSync(command, [...args, 'true']).status === 0;
  const permitted = [asRoot, asUser].find(works);
  if (!permitted)
    throw new Error('this system does not permit a PID namespace: run the test as root on Linux');
  return permitted;
}
