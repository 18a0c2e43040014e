import { TextField } from '../../http/fields/fields.js';

export class ListMigrationsQueryDto {
  @TextField({
    description: 'Login or e-mail in the destination tool: the only key by which migrations can be found.',
    maxLength: 320,
    example: 'anna@acme.example',
  })
  readonly destinationUsername: string;
}
