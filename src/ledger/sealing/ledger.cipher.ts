import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Secret } from '../../config/secrets/secret.js';
import { CiphertextUnreadableError } from '../ledger.errors.js';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits, the nonce size of GCM; random nonces are safe for 2^32 responses per key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** An encrypted response, as stored. */
export interface SealedText {
  readonly keyId: string;
  /** base64url of nonce, ciphertext, tag. */
  readonly ciphertext: string;
}

/**
 * Encrypts responses that contain voucher codes with AES-256-GCM. The operation id is authenticated data, so a
 * ciphertext moved to another row cannot be decrypted. Rotation: add a key, make it the current one, and keep the old
 * key until the last response under it is deleted.
 */
export class LedgerCipher {
  #keys: ReadonlyMap<string, Buffer> = new Map();
  #currentKeyId: string | undefined;
  /**
   * The last key that could encrypt: operations that started while a key existed keep their response after its
   * removal.
   */
  #sealing: { readonly id: string; readonly key: Buffer } | undefined;

  /**
   * @param currentKeyId encrypts; every key of the ring decrypts. Undefined: nothing can be encrypted
   * @param ring keys by id: 32 bytes in base64 or base64url
   * @throws TypeError for a key of another length or a current key that is not in the ring
   */
  constructor(currentKeyId?: string, ring: ReadonlyMap<string, Secret> = new Map()) {
    this.take(currentKeyId, ring);
  }

  /** Replaces the keys; same contract as the constructor. */
  take(currentKeyId: string | undefined, ring: ReadonlyMap<string, Secret>): void {
    const keys = new Map([...ring].map(([id, secret]) => [id, keyOf(id, secret)]));
    const key = currentKeyId === undefined ? undefined : keys.get(currentKeyId);
    if (currentKeyId !== undefined && !key) throw new TypeError(`no key '${currentKeyId}' in the ring`);
    this.#keys = keys;
    this.#currentKeyId = currentKeyId;
    if (currentKeyId !== undefined && key) this.#sealing = { id: currentKeyId, key };
  }

  /** Check before sending anything whose response must be encrypted. */
  get canSeal(): boolean {
    return this.#currentKeyId !== undefined;
  }

  /** @throws TypeError if there has never been a key */
  seal(operationId: string, text: string): SealedText {
    if (!this.#sealing) throw new TypeError('no key for confidential responses is configured');
    const { id: keyId, key } = this.#sealing;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce);
    cipher.setAAD(Buffer.from(operationId));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { keyId, ciphertext: sealed.toString('base64url') };
  }

  /** @throws CiphertextUnreadableError if the key was removed or the ciphertext was changed */
  open(operationId: string, { keyId, ciphertext }: SealedText): string {
    const key = this.#key(keyId);
    const sealed = Buffer.from(ciphertext, 'base64url');
    try {
      const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(operationId));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (error) {
      throw new CiphertextUnreadableError(`it does not belong to key '${keyId}' and this operation`, error);
    }
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id);
    if (!key) throw new CiphertextUnreadableError(`key '${id}' is not configured`);
    return key;
  }
}

function keyOf(id: string, secret: Secret): Buffer {
  const key = Buffer.from(secret.reveal(), 'base64');
  if (key.length !== KEY_BYTES) throw new TypeError(`key '${id}' must be ${KEY_BYTES} bytes in base64`);
  return key;
}
