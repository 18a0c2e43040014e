/** What can be the name of a setting; any other key may be a value that slipped into the place of one, and is not shown. */
const SHOWN_KEY = /^[A-Za-z][\w-]{0,39}$/;

const HIDDEN_KEY = '(odd key)';

/** `tenants[0].spid` and `clientId` are `tenants[0].spid.clientId`; `callers` and `0` are `callers[0]`. */
export function joinPath(parent: string, step: string | number): string {
  if (typeof step === 'number' || /^\d+$/.test(step)) return `${parent}[${step}]`;
  const name = isShownKey(step) ? step : HIDDEN_KEY;
  return parent === '' ? name : `${parent}.${name}`;
}

/** The steps of a path; `undefined` where the key is not shown. */
export function stepsOf(path: string): (string | number | undefined)[] {
  return [...path.matchAll(/\[(\d+)\]|\(odd key\)|[^.[\]]+/g)].map(([step, index]) => {
    if (index !== undefined) return Number(index);
    return step === HIDDEN_KEY ? undefined : step;
  });
}

export function isShownKey(key: string): boolean {
  return SHOWN_KEY.test(key);
}
