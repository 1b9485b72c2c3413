# The server with the built site. From the repository's root:
#   docker build --file server/deploy/container/server.Dockerfile --tag callscript-server .

FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends brotli && rm -rf /var/lib/apt/lists/*
RUN rustup target add wasm32-unknown-unknown
WORKDIR /callscript
# The tool before the sources: it is kept as long as its version stays.
COPY Cargo.toml Cargo.lock ./
COPY end2end/scripts/lib.sh end2end/scripts/install-wasm-bindgen.sh end2end/scripts/
RUN end2end/scripts/install-wasm-bindgen.sh
COPY . .
RUN end2end/scripts/build-site.sh
RUN cargo build --release --locked --package callscript-server

FROM debian:bookworm-slim
COPY --from=build /callscript/target/release/callscript-server /usr/local/bin/
COPY --from=build /callscript/target/site /srv/callscript/site
# It writes nothing: run it with a read-only root file system.
ENV CALLSCRIPT_SERVER_LISTEN=0.0.0.0:3000 \
    CALLSCRIPT_SERVER_MONITORING_LISTEN=0.0.0.0:9465 \
    CALLSCRIPT_SERVER_SITE_ROOT=/srv/callscript/site \
    CALLSCRIPT_SERVER_LOG_FORMAT=json
EXPOSE 3000 9465
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/callscript-server"]
