# All images come from this file: --build-arg SERVICE=user, or any other folder of services/ with a main.ts, or
# SERVICE=tools for the operator's commands. Only the last two stages know SERVICE, so that further images cost no
# compilation, and on a node they share the layer that is nearly all of their size.

# To pin the bases: --build-arg NODE_IMAGE=node:20-bookworm-slim@sha256:… The last stage runs nothing but node, so
# that RUNTIME_IMAGE may be one without a shell.
ARG NODE_IMAGE=node:20-bookworm-slim
ARG RUNTIME_IMAGE=node:20-bookworm-slim

# What npm reads: packages are installed anew only when this changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /naru
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
  && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /naru
COPY --from=manifests /naru ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-update-notifier
COPY . .
RUN node_modules/.bin/tsc -b services/* services/console/ui scripts \
  && node services/console/ui/build.mjs \
  && node services/gateway/explorer/build.mjs \
  && find services scripts -path '*/dist/*' \( -name '*.map' -o -name '*.d.ts' -o -name .tsbuildinfo \) -delete

# What every image has: the kernel, the contracts and the packages of all services but the console. A service needs so
# little besides the kernel's packages that one layer for all of them costs less to build, to keep and to pull than one
# for each.
FROM ${NODE_IMAGE} AS common
WORKDIR /naru
COPY --from=manifests /naru ./
RUN --mount=type=cache,target=/root/.npm \
  npm ci --no-update-notifier --omit=dev $(find services -mindepth 1 -maxdepth 1 ! -name console -printf '--workspace=%p ') \
  && mkdir /common \
  && cp -a package.json package-lock.json node_modules services /common/ \
  && rm /common/node_modules/.package-lock.json
COPY --from=build /naru/services/contracts/dist /common/services/contracts/dist/
COPY --from=build /naru/services/kernel/dist /common/services/kernel/dist/

# What this image has besides: what was compiled, and what operators use has packages that no other service has.
FROM manifests AS service
ARG SERVICE
RUN --mount=type=cache,target=/root/.npm \
  --mount=type=bind,from=common,source=/common,target=/common \
  --mount=type=bind,from=build,source=/naru,target=/compiled \
  case "$SERVICE" in \
    tools) main=scripts/naru.mjs; workspace=scripts; folders='scripts services/audit services/operations' ;; \
    console) main=services/console/dist/main.js; workspace=services/console; \
      folders='services/console services/audit services/operations' ;; \
    *) main=services/$SERVICE/dist/main.js; workspace=; folders=services/$SERVICE ;; \
  esac \
  && if [ ! -f "/compiled/$main" ]; then echo "SERVICE=$SERVICE: no such service, there is no $main" >&2; exit 1; fi \
  && mkdir /service \
  && if [ -n "$workspace" ]; then \
    npm ci --no-update-notifier --omit=dev --workspace="$workspace" \
    && (cd /common && find . ! -type d -print0) | xargs -0 rm -f \
    && cp -a --parents node_modules $folders /service/; \
  fi \
  && for folder in $folders; do mkdir -p "/service/$folder" && cp -a "/compiled/$folder/dist" "/service/$folder/"; done \
  && if [ "$SERVICE" = tools ]; then cp -a /compiled/scripts/naru.mjs /service/scripts/; fi \
  && find /service -type d -empty -delete \
  && ln -s "$main" /service/main.js \
  && rm -rf node_modules

FROM ${RUNTIME_IMAGE}
ENV NODE_ENV=production
WORKDIR /naru
COPY --from=common /common ./
COPY --from=service /service ./
# A number, for Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
# main.js is a link to services/<name>/dist/main.js.
ENTRYPOINT ["node", "main.js"]
ARG SERVICE
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="naru/${SERVICE}" \
  org.opencontainers.image.description="Naru, an event-driven microservice platform on Kafka: ${SERVICE}" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
