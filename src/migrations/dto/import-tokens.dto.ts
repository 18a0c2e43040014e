import { ValidateBy } from '../../config/fields/class.validator.js';
import { TextField } from '../../http/fields/fields.js';
import { TokensField } from '../../http/fields/tokens.field.js';
import { isWord } from '../../upstreams/spid/response/payload.object.js';

export class ImportTokensDto {
  @TextField({ description: 'A `name` of GET /v1/token-names.', maxLength: 128, example: 'newsletter' })
  @ListedName()
  readonly tokenName: string;

  // The vendor documents no limit (SPiD B15). 1,000 tokens are a small form; more in one call would risk a timeout, and
  // with it an unknown outcome for all of them.
  @TokensField({
    description: 'The tokens to import.',
    name: 'ImportToken',
    maxItems: 1_000,
    maxLength: 512,
    example: [123, 'first-token', '1as'],
  })
  readonly tokens: readonly (string | number)[];
}

/** Others are left out of the list of names. */
function ListedName(): PropertyDecorator {
  return ValidateBy(
    { name: 'isListedName', validator: { validate: isWord } },
    { message: 'must not be blank, nor contain control characters' },
  );
}
