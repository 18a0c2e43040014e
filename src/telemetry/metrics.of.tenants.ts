/** Metrics of ours; all others describe Node.js and the process. */
const OURS = /^tollgate_/;

/** Ours, and of the process too: they reveal nothing of a tenant. */
const OF_PROCESS: ReadonlySet<string> = new Set([
  'tollgate_build_info',
  'tollgate_database_up',
  'tollgate_operations_counted_timestamp_seconds',
  'tollgate_settings_refused',
]);

/** The name of the metric in `# HELP name …`, `# TYPE name …` and the line of a series. */
const NAME = /^(?:# (?:HELP|TYPE) )?([a-zA-Z_:][a-zA-Z0-9_:]*)/;

/** Matches only a label: quotes inside label values are escaped. */
const TENANT = /[{,]tenant="([^"\\]*)"/;

/**
 * Filters metrics in Prometheus' text format to the series of some tenants and of the process. Series counted over all
 * tenants are removed, because they would reveal the traffic of the others.
 */
export function metricsOfTenants(text: string, tenants: ReadonlySet<string>): string {
  return text
    .split('\n')
    .filter((line) => {
      const name = NAME.exec(line)?.[1];
      if (name === undefined || !OURS.test(name) || OF_PROCESS.has(name) || line.startsWith('#')) return true;
      const tenant = TENANT.exec(line)?.[1];
      return tenant !== undefined && tenants.has(tenant);
    })
    .join('\n');
}
