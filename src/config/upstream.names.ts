/** Every vendor, as named in the settings, in logs, in metrics and in the health of the upstreams. */
export const UPSTREAM_NAMES = ['spid', 'import2'] as const;

export type UpstreamName = (typeof UPSTREAM_NAMES)[number];
