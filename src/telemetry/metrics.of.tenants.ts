/** Ours; all others are about the process, which is not a tenant's matter. */
const OURS = /^tollgate_/;

/** `# HELP name …` and `# TYPE name …` begin a family; a line of a series begins with its name. */
const NAME = /^(?:# (?:HELP|TYPE) )?([a-zA-Z_:][a-zA-Z0-9_:]*)/;

/** Label values are quoted, and quotes in them escaped, so this can only be a label. */
const TENANT = /[{,]tenant="([^"\\]*)"/;

/**
 * Of metrics in Prometheus' text format, what callers of some tenants may see: the series of these tenants, and those of
 * the process. What is counted over all tenants together would give away the others' traffic.
 */
export function metricsOfTenants(text: string, tenants: ReadonlySet<string>): string {
  return text
    .split('\n')
    .filter((line) => {
      const name = NAME.exec(line)?.[1];
      if (name === undefined || !OURS.test(name) || line.startsWith('#')) return true;
      const tenant = TENANT.exec(line)?.[1];
      return tenant !== undefined && tenants.has(tenant);
    })
    .join('\n');
}
