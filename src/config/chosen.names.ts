/** Names that operators choose: of tenants, callers, issuers, keys. */
export const CHOSEN_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const CHOSEN_NAME_RULE =
  "1 to 64 lowercase letters, digits, '.', '_' or '-', the first one a letter or digit";
