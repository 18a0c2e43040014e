/** A client as configured at the vendor. */
export interface Client {
  readonly id: string;
  /** undefined: a foreign client, which cannot log in here. */
  readonly secret: string | undefined;
  /** Clients of one merchant share users' content, subscriptions and voucher groups. */
  readonly merchant: string;
  /** Differs from the client secret (SPiD A7). */
  readonly signatureSecret: string;
  readonly signed: boolean;
  readonly tokenKind: 'opaque' | 'jwt';
  /** Lifetime is a setting of the client (SPiD A2). */
  readonly tokenSeconds: number;
}

export const plainClient: Client = {
  id: '4e8463569caf7ca019000007',
  secret: 'foobar',
  merchant: 'demo',
  signatureSecret: 'a274de',
  signed: false,
  tokenKind: 'opaque',
  tokenSeconds: 604_800,
};

export const signedClient: Client = {
  id: '52f4cce0efd04b9d68000007',
  secret: 'barfoo',
  merchant: 'demo',
  signatureSecret: 'a274de',
  signed: true,
  tokenKind: 'jwt',
  tokenSeconds: 900,
};

/** Owns things that the two demo clients must not access. */
export const strangerClient: Client = {
  ...plainClient,
  id: '5f0000000000000000000001',
  secret: undefined,
  merchant: 'stranger',
};

/** A caller without a token, allowed at `/status` and `/version` only. */
export const anonymous: Client = { ...strangerClient, id: 'anonymous', merchant: 'none' };

const clients = new Map([plainClient, signedClient, strangerClient].map((client) => [client.id, client]));

export function findClient(id: string): Client | undefined {
  return clients.get(id);
}

/** The valid secrets of each client. An old and a new one may overlap during a rotation. */
export class ClientSecrets {
  readonly #byClient = new Map<string, ReadonlySet<string>>();

  accepts(client: Client, secret: string | undefined): boolean {
    const secrets = this.#byClient.get(client.id);
    if (secrets) return secret !== undefined && secrets.has(secret);
    return client.secret !== undefined && client.secret === secret;
  }

  replace(client: Client, secrets: readonly string[]): void {
    this.#byClient.set(client.id, new Set(secrets));
  }
}

/** Whether client and owner belong to the same merchant; false for an unknown owner. */
export function sameMerchant(client: Client, ownerId: string): boolean {
  return clients.get(ownerId)?.merchant === client.merchant;
}
