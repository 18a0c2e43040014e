import { ValidateIf } from 'class-validator';
import { CallerDocument, IssuerDocument } from './caller.document.js';
import {
  Flag,
  ListOfMappings,
  ListOfTexts,
  Mapping,
  NAME,
  NAME_RULE,
  Optional,
  SecretField,
  type SecretReference,
  Text,
  WholeNumber,
  Word,
} from './settings.fields.js';
import { SNAPSHOT_POLICIES, type SnapshotPolicy } from './settings.js';

class TimeoutsDocument {
  @Optional()
  @WholeNumber(100, 120_000)
  readonly attemptMs?: number;

  @Optional()
  @WholeNumber(100, 120_000)
  readonly totalMs?: number;
}

/** Certificates of a private authority, in PEM. */
export class AuthorityDocument {
  @Text(/^[^\0]{1,4096}$/, 'the path of a file')
  readonly file: string;
}

export class SpidDocument {
  @Text(/^\S{1,2048}$/, 'a URL')
  readonly baseUrl: string;

  @Text(/^[\x21-\x39\x3b-\x7e]{1,128}$/, "1 to 128 visible ASCII characters without ':'")
  readonly clientId: string;

  @SecretField()
  readonly clientSecret: SecretReference;

  @Optional()
  @SecretField()
  readonly signatureSecret?: SecretReference;

  @Optional()
  @Word(['required', 'accepted'])
  readonly signedAnswers?: 'required' | 'accepted';

  @Text(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'an IANA time zone, for example Europe/Oslo')
  readonly timeZone: string;

  @Optional()
  @Mapping(() => TimeoutsDocument)
  readonly timeouts?: TimeoutsDocument;

  @Optional()
  @WholeNumber(1, 256)
  readonly connections?: number;

  @Optional()
  @Mapping(() => AuthorityDocument)
  readonly ca?: AuthorityDocument;
}

export class WebhookDocument {
  @Optional()
  @SecretField()
  readonly secret?: SecretReference;

  /** Also valid, while Import2's staff exchange one secret for the other. */
  @Optional()
  @SecretField()
  readonly previousSecret?: SecretReference;

  @Optional()
  @WholeNumber(1, 300)
  readonly maxAgeSeconds?: number;

  @Optional()
  @WholeNumber(0, 60)
  readonly clockSkewSeconds?: number;

  @Optional()
  @Flag()
  readonly acceptUnsigned?: boolean;
}

export class Import2Document {
  @Text(/^\S{1,2048}$/, 'a URL')
  readonly baseUrl: string;

  @SecretField()
  readonly apiToken: SecretReference;

  @Optional()
  @Mapping(() => TimeoutsDocument)
  readonly timeouts?: TimeoutsDocument;

  @Optional()
  @WholeNumber(1, 256)
  readonly connections?: number;

  @Optional()
  @Mapping(() => AuthorityDocument)
  readonly ca?: AuthorityDocument;

  /** Left out: no webhook of this tenant is taken. */
  @Optional()
  @Mapping(() => WebhookDocument)
  readonly webhook?: WebhookDocument;
}

export class EvidenceDocument {
  @Optional()
  @Word(SNAPSHOT_POLICIES)
  readonly snapshots?: SnapshotPolicy;
}

export class TenantDocument {
  @Text(NAME, NAME_RULE)
  readonly name: string;

  /** Lets the base URLs be http for other machines; for a private network such as compose's. */
  @Optional()
  @Flag()
  readonly allowPlainHttp?: boolean;

  @Optional()
  @Mapping(() => SpidDocument)
  readonly spid?: SpidDocument;

  @Optional()
  @Mapping(() => Import2Document)
  readonly import2?: Import2Document;

  @Optional()
  @Mapping(() => EvidenceDocument)
  readonly evidence?: EvidenceDocument;
}

export class AnswerKeyDocument {
  @Text(NAME, NAME_RULE)
  readonly id: string;

  @SecretField()
  readonly key: SecretReference;
}

export class LedgerDocument {
  @Optional()
  @ListOfMappings(() => AnswerKeyDocument, { max: 16 })
  readonly answerKeys?: readonly AnswerKeyDocument[];

  @Optional()
  @SecretField()
  readonly fingerprintKey?: SecretReference;

  @Optional()
  @WholeNumber(1_000, 3_600_000)
  readonly leaseMs?: number;

  @Optional()
  @WholeNumber(1, 3_660)
  readonly operationDays?: number;

  @Optional()
  @WholeNumber(1, 3_660)
  readonly keyDays?: number;
}

/** The settings file as it is written. */
export class SettingsDocument {
  @ListOfMappings(() => TenantDocument, { max: 1_000 })
  readonly tenants: readonly TenantDocument[];

  /** Callers with keys. May be left out where issuers vouch for all of them. */
  @ValidateIf(
    (settings: SettingsDocument, callers) => callers !== undefined || settings.issuers === undefined,
  )
  @ListOfMappings(() => CallerDocument, { max: 1_000 })
  readonly callers?: readonly CallerDocument[];

  @Optional()
  @ListOfMappings(() => IssuerDocument, { max: 32 })
  readonly issuers?: readonly IssuerDocument[];

  @Optional()
  @Mapping(() => LedgerDocument)
  readonly ledger?: LedgerDocument;

  /** Left out: clients are distinguished by the address of their connection. */
  @Optional()
  @ListOfTexts(/^[0-9A-Fa-f:.]{1,45}(\/\d{1,3})?$/, 'an IP address or a range such as 10.0.0.0/8', {
    max: 64,
  })
  readonly trustedProxies?: readonly string[];
}
