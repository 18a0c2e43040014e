import { ObjectsField } from '../../http/fields/fields.js';
import type { Subscription } from '../../upstreams/spid/spid.types.js';
import { SubscriptionDto } from './subscription.dto.js';

export class SubscriptionsDto {
  @ObjectsField({ description: 'In the order of the upstream.', type: () => SubscriptionDto })
  readonly items: readonly SubscriptionDto[];

  static from(subscriptions: readonly Subscription[]): SubscriptionsDto {
    return { items: subscriptions.map((each) => SubscriptionDto.from(each)) };
  }
}
