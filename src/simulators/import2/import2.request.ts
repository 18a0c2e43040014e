/** The properties of POST /imports that passed `refusals` (Import2 E2). */
export interface ImportRequest {
  readonly source_tool: string;
  readonly destination_instance_url?: string;
  readonly destination_username?: string;
  readonly destination_token?: string;
  /** Anything but `true` is false: what the vendor makes of other values is unknown. */
  readonly start_full?: unknown;
}

export type Refusals = Record<string, string[]>;

export const TOOLS = [
  { name: 'highrise', label: 'Highrise' },
  { name: 'posterous', label: 'Posterous' },
  { name: 'tumblr', label: 'Tumblr' },
  { name: 'wordpress', label: 'Wordpress' },
];

/** A destination token that the simulated destination does not accept. */
export const REFUSED_TOKEN = 'refused';

/** The JSON object in a body, `undefined` when there is none. */
export function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Messages by field, or `undefined` when the request is fine. Fields without a fault are present with an empty list;
 * the key `destination`, which is no property, stands there only for a failed connection (Import2 E2).
 */
export function refusals(request: Record<string, unknown>): Refusals | undefined {
  const found: Refusals = {
    source_tool: sourceToolFaults(request['source_tool']),
    destination_instance_url: urlFaults(request['destination_instance_url']),
    destination_username: textFaults(request['destination_username']),
    destination_token: tokenFaults(request['destination_token']),
  };
  if (opensNothing(request['destination_token'])) {
    found['destination'] = ["Couldn't access your Demo CRM account due to: 401 Unauthorized"];
  }
  return Object.values(found).some((messages) => messages.length > 0) ? found : undefined;
}

function sourceToolFaults(value: unknown): string[] {
  if (isAbsent(value)) return ["can't be blank"];
  return TOOLS.some(({ name }) => name === value) ? [] : ['is not supported'];
}

function urlFaults(value: unknown): string[] {
  if (isAbsent(value)) return [];
  return typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value) ? [] : ['is invalid'];
}

function textFaults(value: unknown): string[] {
  return isAbsent(value) || typeof value === 'string' ? [] : ['is invalid'];
}

/** It may be left out; one that is there and blank is refused as in the sample (Import2 E2). */
function tokenFaults(value: unknown): string[] {
  return isBlankText(value) ? ["can't be blank"] : textFaults(value);
}

/** With such a token the destination was asked in vain. */
function opensNothing(value: unknown): boolean {
  return value === REFUSED_TOKEN || isBlankText(value);
}

function isBlankText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
