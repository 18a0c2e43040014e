import { isObject } from '../json.object.js';

/** The properties of POST /imports that passed `refusals` (Import2 E2). */
export interface ImportRequest {
  readonly source_tool: string;
  readonly destination_instance_url?: string;
  readonly destination_username?: string;
  readonly destination_token?: string;
  /** Only `true` is true: how the vendor treats other values is unknown. */
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

/** The JSON object in a body, or undefined. */
export function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Messages by field, or undefined for a valid request. Valid fields are present with an empty list; the key
 * `destination`, which is no property, is present only for a failed connection (Import2 E2).
 */
export function refusals(request: Record<string, unknown>): Refusals | undefined {
  const found: Refusals = {
    source_tool: sourceToolErrors(request['source_tool']),
    destination_instance_url: urlErrors(request['destination_instance_url']),
    destination_username: stringErrors(request['destination_username']),
    destination_token: tokenErrors(request['destination_token']),
  };
  if (isRefusedToken(request['destination_token'])) {
    found['destination'] = ["Couldn't access your Demo CRM account due to: 401 Unauthorized"];
  }
  return Object.values(found).some((messages) => messages.length > 0) ? found : undefined;
}

function sourceToolErrors(value: unknown): string[] {
  if (isAbsent(value)) return ["can't be blank"];
  return TOOLS.some(({ name }) => name === value) ? [] : ['is not supported'];
}

function urlErrors(value: unknown): string[] {
  if (isAbsent(value)) return [];
  return typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value) ? [] : ['is invalid'];
}

function stringErrors(value: unknown): string[] {
  return isAbsent(value) || typeof value === 'string' ? [] : ['is invalid'];
}

/** Optional, but refused when given and blank, as in the sample (Import2 G28). */
function tokenErrors(value: unknown): string[] {
  return isBlankText(value) ? ["can't be blank"] : stringErrors(value);
}

/** Whether the simulated destination refuses the token. */
function isRefusedToken(value: unknown): boolean {
  return value === REFUSED_TOKEN || isBlankText(value);
}

function isBlankText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
