/** What is used of js-yaml, which comes without types. */
declare module 'js-yaml' {
  export interface TypeOptions {
    readonly kind: 'scalar';
    /** Whether a text, null where there is none, is of this type. */
    resolve(text: string | null): boolean;
    construct(text: string): unknown;
  }

  export class Type {
    constructor(tag: string, options: TypeOptions);
  }

  export interface Schema {
    extend(types: { readonly implicit: readonly Type[] }): Schema;
  }

  export const FAILSAFE_SCHEMA: Schema;

  /** Throws at a syntax error or a repeated key. */
  export function load(text: string, options: { readonly schema: Schema }): unknown;
}
