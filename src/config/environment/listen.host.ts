import { isIPv6 } from 'node:net';
import { whiteSpaceAround } from '../errors/white.space.js';
import type { EnvironmentReader } from './environment.reader.js';

/** Embedded mode has published keys, so it listens on this machine only. */
export function readHost(reader: EnvironmentReader, mode: 'embedded' | 'configured'): string {
  const text = reader.text('HOST');
  if (text === undefined) return mode === 'embedded' ? '127.0.0.1' : '0.0.0.0';
  const reason = reasonOfForm(text) ?? (mode === 'embedded' ? reasonOfReach(text) : undefined);
  if (reason !== undefined) reader.report.error('HOST', reason);
  return text;
}

/** What a URL has around its host, which would otherwise be looked up as a name. */
function reasonOfForm(text: string): string | undefined {
  const around = whiteSpaceAround(text);
  if (around !== undefined) return around;
  const rule = 'must be a host name or an IP address';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return `${rule} alone, without a scheme such as http://`;
  if (/[\s/]/.test(text)) return rule;
  if (/^(\[[^[\]]*\]|[^:[\]]*):\d*$/.test(text))
    return `${rule} alone, without a port, which is set with PORT`;
  if (/[[\]]/.test(text)) return `${rule} without '[' and ']', which belong to URLs, for example ::1`;
  return text.includes(':') && !isIPv6(text) ? rule : undefined;
}

function reasonOfReach(text: string): string | undefined {
  if (['127.0.0.1', '::1', 'localhost'].includes(text)) return undefined;
  return (
    'must be 127.0.0.1, ::1 or localhost: without TOLLGATE_CONFIG the demo keys, which are published, are valid, so ' +
    'no other machine may reach them'
  );
}
