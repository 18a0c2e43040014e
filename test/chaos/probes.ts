import type { PostgresServer } from './processes/postgres.server.js';
import { until } from '../support/until.js';

/** Several times the pace of the run; what is not probed by then cannot be read. */
const PROBED_MS_MAX = 4_000;

/** Far longer than a probe takes. */
const PROBE_SECONDS = 2;

/**
 * A probe that a killed process has begun holds up its tenant's others until the queue gives it up, two minutes later:
 * those have passed now.
 */
async function giveUpBegunProbes(postgres: PostgresServer): Promise<void> {
  await postgres.query(
    `update tollgate_jobs.job set state = 'retry', start_after = now()
     where name = 'operation-evidence' and state = 'active' and started_on < now() - $1 * interval '1 second'`,
    [PROBE_SECONDS],
  );
}

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
      await giveUpBegunProbes(postgres);
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
