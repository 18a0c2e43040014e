import { collection, element, type Call, type CallResult } from '../spid.call.js';
import { ApiException } from '../spid.errors.js';
import type { SpidState } from '../spid.state.js';

/** POST injectable/import (SPiD B15). Response and errors are guesses. An unknown name is created. */
export function importTokens(state: SpidState, call: Call): CallResult {
  const tokenName = required(call, 'tokenName');
  const content = contentOf(state, call);
  if (!Array.isArray(content)) throw new ApiException(400, 'The content parameter is not a valid JSON array');
  state.tokenNames.add(tokenName);
  state.effects.record('injectable_import', { tokenName, count: content.length });
  return element({ success: true });
}

/** GET injectable/names (SPiD B16). */
export function listTokenNames(state: SpidState): CallResult {
  return collection([...state.tokenNames]);
}

function contentOf(state: SpidState, call: Call): unknown {
  const isEmpty = call.parameters.get('content') === '';
  if (isEmpty && state.quirks.values.importContentEmpty === 'accepted') return [];
  return readJson(required(call, 'content'));
}

function required(call: Call, name: string): string {
  const value = call.parameters.filled(name);
  if (value === undefined) throw new ApiException(400, `Missing required parameter ${name}`);
  return value;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
