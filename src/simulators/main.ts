import { startSimulators } from './simulators.js';

async function main(): Promise<void> {
  const simulators = await startSimulators({
    spidPort: port('SPID_SIMULATOR_PORT', 4001),
    import2Port: port('IMPORT2_SIMULATOR_PORT', 4002),
    host: process.env['SIMULATOR_HOST'] || '127.0.0.1',
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void simulators.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const { spid, import2 } = simulators;
  process.stderr.write(`SPiD simulator     ${spid.url}/api/2\nImport2 simulator  ${import2.url}/api/v2.1\n`);
}

function port(name: string, fallback: number): number {
  const given = process.env[name] ?? '';
  // Kubernetes and Docker set such a variable for a service of that name: tcp://10.0.0.1:4001.
  const text = given === '' || /^(tcp|udp|sctp):\/\//.test(given) ? String(fallback) : given;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 65_535) return number;
  throw new Error(`${name} must be a whole number from 0 to 65535`);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `The simulators do not start: ${error instanceof Error ? error.message : 'unknown'}\n`,
  );
  process.exit(1);
});
