import type { PostgresServer } from './postgres.server.js';
import { until } from './until.js';

/** Several times the pace of the run; what is not probed by then waits for the probe that a killed process has begun. */
const PROBED_MS_MAX = 2_500;

/** Waits until each unknown operation that evidence can decide has been probed once more. */
export async function waitForProbes(
  postgres: PostgresServer,
  schedule: string,
  kinds: readonly string[],
): Promise<void> {
  const [now] = await postgres.query<{ now: string }>(`select clock_timestamp()::text as now`);
  await until(
    'each is probed',
    async () => {
      const waiting = await postgres.query(
        `select id from operations where state = 'unknown' and awaits = 'evidence' and kind = any($1)
           and request_id like $2
           and not exists (select from jsonb_array_elements(evidence) as seen
             where seen->>'by' = 'evidence' and (seen->>'at')::timestamptz > $3::timestamptz)`,
        [kinds, `${schedule}-%`, now?.now],
      );
      return waiting.length === 0;
    },
    PROBED_MS_MAX,
  ).catch(() => undefined);
}
