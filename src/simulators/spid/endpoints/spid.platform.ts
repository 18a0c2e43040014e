import { element, type CallResult } from '../spid.call.js';
import type { SpidState } from '../spid.state.js';
import { spidTime, timeZone } from '../spid.clock.js';

const grantTypes = [
  'authorization_code',
  'password',
  'assertion',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
];

/** Differences between the published sample of 2014 and the recording of 2016 (SPiD B17). */
const forms = {
  2014: {
    grantTypes: grantTypes.join('|'),
    version: { webVersion: '2.14.0', webRevision: '47d6ba5' },
    timeZone,
  },
  // Stockholm and Oslo have always had the same time.
  2016: {
    grantTypes,
    version: { webVersion: '2.81.2', webRevision: 0 },
    timeZone: 'Europe/Stockholm',
  },
} as const;

/** GET status (SPiD B17). */
export function getStatus(state: SpidState): CallResult {
  const oauth = { flows: 'redirect|native|webview', grantTypes: platformForm(state).grantTypes };
  return element({ oauth, ...versionFields(state), block: false, platform: 'up' });
}

/** GET version (SPiD B18). */
export function getVersion(state: SpidState): CallResult {
  return element(versionFields(state));
}

function versionFields(state: SpidState): object {
  const { version, timeZone: zone } = platformForm(state);
  return {
    apiVersion: 2,
    apiRevision: '0',
    ...version,
    currentTime: spidTime(state.now()),
    timeZone: zone,
  };
}

function platformForm(state: SpidState): (typeof forms)[keyof typeof forms] {
  return forms[state.quirks.values.platformForm];
}
