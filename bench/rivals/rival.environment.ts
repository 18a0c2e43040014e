/** What every rival is started with, in its environment. */
export interface RivalEnvironment {
  readonly port: number;
  /** Without a path. */
  readonly vendorUrl: string;
  readonly vendorToken: string;
  /** Whole values of `Authorization`. */
  readonly callerKey: string;
  /** Of a caller that may send one request a minute. */
  readonly limitedKey: string;
}

export const inVariables = (rival: RivalEnvironment): Record<string, string> => ({
  PORT: String(rival.port),
  VENDOR_URL: rival.vendorUrl,
  VENDOR_TOKEN: rival.vendorToken,
  CALLER_KEY: rival.callerKey,
  LIMITED_KEY: rival.limitedKey,
});

/** @throws Error for a variable that is not set */
export function fromVariables(): RivalEnvironment {
  const read = (name: string): string => {
    const value = process.env[name];
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  };
  return {
    port: Number(read('PORT')),
    vendorUrl: read('VENDOR_URL'),
    vendorToken: read('VENDOR_TOKEN'),
    callerKey: read('CALLER_KEY'),
    limitedKey: read('LIMITED_KEY'),
  };
}
