# docker buildx build --platform linux/amd64,linux/arm64 --tag shardline .     (docs/image.md)
ARG NODE_VERSION=24.21.0
# What the service runs on: any image with Node 24 and nothing else. Pin it by digest for a release.
ARG BASE=node:${NODE_VERSION}-bookworm-slim

# The content is plain JavaScript, the same for every processor: it is made once, on the builder's own.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS content
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/image.mjs /image

FROM ${BASE}
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="shardline" \
      org.opencontainers.image.description="Carries every record of an Amazon Kinesis data stream into daily OpenSearch indices" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=content --chown=0:0 /image/app /app
# Dead letters in files: mount a volume here. Everything else may be read-only.
COPY --from=content --chown=65532:65532 /image/data /var/lib/shardline
# Where the official and the distroless image keep Node.
ENV PATH=/usr/local/bin:/nodejs/bin:/usr/bin:/bin HOME=/
# What `run` would otherwise start Node anew for, as with the size below: a process 1 hears no SIGTERM until its program
# has begun.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=8388608
# shardline.yaml and transforms of your own are looked for here.
WORKDIR /etc/shardline
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/bin/shardline.js", "livez"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/bin/shardline.js"]
CMD ["run"]
