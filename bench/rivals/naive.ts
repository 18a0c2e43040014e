/**
 * Rival (a): the version that a team writes first. NestJS on Express, @nestjs/axios with keep-alive, the default throttler,
 * a guard for the key, class-validator on every input. No ledger, no budget, no log, no metrics.
 */
import 'reflect-metadata';
import { Agent } from 'node:http';
import { HttpModule, HttpService } from '@nestjs/axios';
import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  Param,
  Post,
  Put,
  Query,
  UnauthorizedException,
  ValidationPipe,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { firstValueFrom } from 'rxjs';
import { fromVariables } from './rival.environment.js';

const { port, vendorUrl, vendorToken, callerKey, limitedKey } = fromVariables();

const headers = { authorization: `Bearer ${vendorToken}` };

interface Product {
  readonly productId: string;
  readonly result: boolean;
  readonly name: string;
  readonly created: string;
  readonly expires: string;
}

interface Container<T> {
  readonly data: T;
}

interface Keyed {
  readonly headers: { readonly authorization?: string };
}

class CheckQuery {
  @IsOptional()
  @IsIn(['merchant'])
  readonly scope?: string;
}

class HandoutBody {
  @IsString()
  @Matches(/^\d+$/)
  readonly userId: string;

  @IsString()
  @Matches(/^\d+$/)
  readonly voucherGroupId: string;
}

const keyOf = (context: ExecutionContext): string | undefined =>
  context.switchToHttp().getRequest<Keyed>().headers.authorization;

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const key = keyOf(context);
    if (key !== callerKey && key !== limitedKey) throw new UnauthorizedException();
    return true;
  }
}

@Injectable()
class Vendor {
  constructor(private readonly http: HttpService) {}

  async get<T>(path: string): Promise<T> {
    const { data } = await firstValueFrom(this.http.get<Container<T>>(path, { headers }));
    return data.data;
  }

  async post<T>(path: string, form: Record<string, string>): Promise<T> {
    const body = new URLSearchParams(form);
    const { data } = await firstValueFrom(this.http.post<Container<T>>(path, body, { headers }));
    return data.data;
  }
}

@Controller('v1/users/:userId/entitlements')
class EntitlementsController {
  constructor(private readonly vendor: Vendor) {}

  @Get(':productId')
  async check(
    @Param('userId') user: string,
    @Param('productId') product: string,
    @Query() _query: CheckQuery,
  ) {
    const access = await this.vendor.get<Product>(`/api/2/user/${user}/product/${product}`);
    return { productId: access.productId, granted: access.result };
  }

  @Get()
  async list(@Param('userId') user: string) {
    const products = await this.vendor.get<Record<string, Product>>(`/api/2/user/${user}/products`);
    const items = Object.values(products).map(({ productId, name, created, expires }) => ({
      productId,
      name,
      startsAt: created,
      expiresAt: expires,
    }));
    return { items };
  }

  @Put(':productId')
  async grant(@Param('userId') user: string, @Param('productId') product: string) {
    const access = await this.vendor.post<Product>(`/api/2/user/${user}/product/${product}`, {});
    return { productId: access.productId, granted: access.result };
  }
}

@Controller('v1/voucher-handouts')
class HandoutsController {
  constructor(private readonly vendor: Vendor) {}

  @Post()
  async handOut(@Body() { userId, voucherGroupId }: HandoutBody) {
    await this.vendor.post('/api/2/voucher_handout', { userId, voucherGroupId });
    return { userId, voucherGroupId, handedOut: true };
  }
}

/** The throttler that a team configures by caller, with its storage as it comes. */
const throttler = ThrottlerModule.forRoot([
  {
    ttl: 60_000,
    limit: (context) => (keyOf(context) === limitedKey ? 1 : 100_000_000),
    getTracker: (request) => (request as unknown as Keyed).headers.authorization ?? '',
  },
]);

const http = HttpModule.register({
  baseURL: vendorUrl,
  timeout: 5_000,
  httpAgent: new Agent({ keepAlive: true }),
});

@Module({
  imports: [http, throttler],
  controllers: [EntitlementsController, HandoutsController],
  providers: [
    Vendor,
    { provide: APP_GUARD, useClass: KeyGuard },
    { provide: APP_GUARD, useClass: ThrottlerGuard },
  ],
})
class NaiveModule {}

const app = await NestFactory.create(NaiveModule, { logger: false });
app.useGlobalPipes(new ValidationPipe({ transform: true }));
await app.listen(port, '127.0.0.1');
