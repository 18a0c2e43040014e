# The version that package.json pins, so that development and production run on the same Node.
FROM node:24.21.0-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# Install scripts are refused throughout: none of the dependencies needs one here, and none should run as root.
FROM base AS build
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
RUN node node_modules/@nestjs/cli/bin/nest.js build && rm dist/.tsbuildinfo

FROM base AS modules
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-slim
WORKDIR /app
ENV NODE_ENV=production
# One arena of the C library for all threads: the compilers of a start would leave 4 MB free in arenas of their own.
ENV MALLOC_ARENA_MAX=1
# package.json declares that the files are ES modules.
COPY package.json ./
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
# Owns nothing here. With DATABASE_URL set the process writes no files, so the root file system may be read-only.
# By number, the image's user `node`: Kubernetes' runAsNonRoot cannot know whether a name is root.
USER 1000:1000
EXPOSE 3000
# Starting includes bringing the schema up to date, which may wait for another replica.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No npm and no shell in between: SIGTERM has to arrive, or requests in flight end as unknown outcomes.
CMD ["node", "dist/main.js"]
