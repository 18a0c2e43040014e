import { reasonOfTlsError } from '../../config/errors/tls.errors.js';
import { ExchangeError } from './socket/exchange.error.js';
import { UnreadableError } from './response/unreadable.error.js';
import {
  MisconfiguredError,
  NoTrustworthyResponseError,
  NotAdmittedError,
  NotSentError,
  ThrottledError,
} from './upstream.errors.js';

/** Chains of our own errors have at most four causes. */
const CAUSES_MAX = 5;

/** Why a call failed, for operators; never a text of the vendor, a host or a credential. */
export function wordsOfFailure(error: unknown): string {
  const chain = causesOf(error);
  const tls = chain.map(reasonOfTlsError).find((words) => words !== undefined);
  if (tls !== undefined) return `no TLS connection to the vendor: ${tls}`;
  if (error instanceof MisconfiguredError) {
    return error.refused ?? 'the vendor refuses this client: its rights, its IP address or its token';
  }
  if (error instanceof ThrottledError) return 'the vendor limits the rate of calls';
  if (error instanceof NotAdmittedError) return 'the budget of the vendor account had no room in time';
  const distrust = chain.find((each) => each instanceof NoTrustworthyResponseError);
  if (distrust) return wordsOfDistrust(distrust, chain);
  if (error instanceof NotSentError) {
    const reason = chain.find((each) => each instanceof ExchangeError)?.reason ?? error.reason;
    return `the vendor cannot be reached (${reason})`;
  }
  return 'an error of the gateway itself';
}

function wordsOfDistrust({ kind, reason }: NoTrustworthyResponseError, chain: readonly unknown[]): string {
  switch (kind) {
    case 'server-error':
      return `the vendor reports an error of its own (${reason})`;
    case 'lost':
      return `the vendor gave no complete response (${reason})`;
    case 'ambiguous':
      return 'the response does not show whether the call was executed';
    case 'garbled': {
      const place = chain.find((each) => each instanceof UnreadableError)?.message ?? reason;
      const isSignature = place.includes('signature');
      const advice = isSignature
        ? 'check the signature secret'
        : 'check that baseUrl is the API of the vendor';
      return `the response cannot be ${isSignature ? 'verified' : 'read'} (${place}): ${advice}`;
    }
    default:
      return kind satisfies never;
  }
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at instanceof Error && chain.length <= CAUSES_MAX; at = at.cause) chain.push(at);
  return chain;
}
