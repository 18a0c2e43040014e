/** A client of SPiD, as set up by the vendor. */
export interface Client {
  readonly id: string;
  /** undefined: belongs to somebody else, nobody here can log in as it. */
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

/** Owns what the two others must not touch. */
export const strangerClient: Client = {
  ...plainClient,
  id: '5f0000000000000000000001',
  secret: undefined,
  merchant: 'stranger',
};

/** Stands for a caller without a token, whom only `/status` and `/version` let in. */
export const anonymous: Client = { ...strangerClient, id: 'anonymous', merchant: 'none' };

const clients = new Map([plainClient, signedClient, strangerClient].map((client) => [client.id, client]));

export function findClient(id: string): Client | undefined {
  return clients.get(id);
}

/** Which secrets each client can log in with; a vendor lets an old and a new one overlap while they are exchanged. */
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

/** Whether both belong to one merchant; an unknown owner belongs to nobody. */
export function sameMerchant(client: Client, ownerId: string): boolean {
  return clients.get(ownerId)?.merchant === client.merchant;
}
