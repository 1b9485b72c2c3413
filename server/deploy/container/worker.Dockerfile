# The worker, for processors or for NVIDIA GPUs. From the repository's root:
#   docker build --file server/deploy/container/worker.Dockerfile --target cpu --tag callscript-worker:cpu .
#   docker build --file server/deploy/container/worker.Dockerfile --target cuda --tag callscript-worker:cuda .

FROM rust:1.95-bookworm AS build-cpu
RUN apt-get update && apt-get install --yes --no-install-recommends cmake libclang-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /callscript
COPY . .
# For any x86-64 server of the last ten years, and not for the machine that builds.
ENV GGML_NATIVE=OFF GGML_AVX2=ON GGML_FMA=ON GGML_F16C=ON GGML_BMI2=ON
RUN cargo build --release --locked --package gpu-worker
RUN install -d -o 65532 -g 65532 /models

FROM nvidia/cuda:12.8.1-devel-ubuntu24.04 AS build-cuda
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential cmake libclang-dev \
    && rm -rf /var/lib/apt/lists/*
COPY --from=rust:1.95-bookworm /usr/local/rustup /usr/local/rustup
COPY --from=rust:1.95-bookworm /usr/local/cargo /usr/local/cargo
ENV RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/cuda/bin:$PATH
WORKDIR /callscript
COPY . .
# T4, A100, A10 and RTX 30, L4 and RTX 40, H100, and what comes after them.
ENV GGML_NATIVE=OFF GGML_AVX2=ON GGML_FMA=ON GGML_F16C=ON GGML_BMI2=ON \
    CMAKE_CUDA_ARCHITECTURES=75;80;86;89;90
RUN cargo build --release --locked --package gpu-worker --features cuda
RUN install -d -o 65532 -g 65532 /models

FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04 AS cuda
COPY --from=build-cuda /callscript/target/release/gpu-worker /usr/local/bin/
COPY --from=build-cuda /models /models
# It writes to /models, when it fetches a model, and to /tmp: recordings while they are at work. Give it both as
# volumes and the rest read-only.
ENV CALLSCRIPT_WORKER_MODELS=/models CALLSCRIPT_WORKER_LISTEN=0.0.0.0:9464
EXPOSE 9464
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/gpu-worker"]

FROM debian:bookworm-slim AS cpu
RUN apt-get update && apt-get install --yes --no-install-recommends libstdc++6 && rm -rf /var/lib/apt/lists/*
COPY --from=build-cpu /callscript/target/release/gpu-worker /usr/local/bin/
COPY --from=build-cpu /models /models
ENV CALLSCRIPT_WORKER_MODELS=/models CALLSCRIPT_WORKER_LISTEN=0.0.0.0:9464
EXPOSE 9464
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/gpu-worker"]
