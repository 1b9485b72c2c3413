#!/usr/bin/env bash
# Measures how much sound one NVIDIA GPU hears in a second, for 1, 2, 4 and 8 slots.
#
#   gpu-worker/bench/gpu.sh [--cpu] [OPTIONS]    (OPTIONS: see gpu-worker/bench/README.md)
#
# --cpu builds without CUDA and runs the smallest model: it shows that the benchmark works, no more.
set -euo pipefail
cd "$(dirname "$0")/../.."

features=(--features cuda)
if [ "${1:-}" = --cpu ]; then
  shift
  features=()
fi

missing=()
need() { # PROGRAM WHAT-FOR
  command -v "$1" >/dev/null || missing+=("$1: $2")
}
found() { # FILE-PATTERN...: whether one of them is a file
  local file
  for file in "$@"; do [ ! -e "$file" ] || return 0; done
  return 1
}

need cargo 'https://rustup.rs'
need cmake 'builds whisper.cpp (Debian: cmake)'
need c++ 'builds whisper.cpp (Debian: g++)'
found ${LIBCLANG_PATH:+"$LIBCLANG_PATH"/libclang*.so*} /usr/lib/llvm-*/lib/libclang*.so* \
  /usr/lib/*/libclang*.so* /usr/lib64/libclang*.so* ||
  missing+=('libclang: reads the headers of whisper.cpp (Debian: libclang-dev); LIBCLANG_PATH names its folder')
if [ ${#features[@]} -gt 0 ]; then
  export CUDA_PATH=${CUDA_PATH:-/usr/local/cuda}
  export PATH=$PATH:$CUDA_PATH/bin
  # whisper-rs looks in /usr/local/cuda and /opt/cuda only; the linker looks here, too.
  export LIBRARY_PATH=$CUDA_PATH/lib64:$CUDA_PATH/lib64/stubs${LIBRARY_PATH:+:$LIBRARY_PATH}
  # Only for the GPU of this machine: for all of them the build takes half an hour.
  export CMAKE_CUDA_ARCHITECTURES=${CMAKE_CUDA_ARCHITECTURES:-native}
  need nvcc 'the CUDA toolkit; CUDA_PATH names its folder'
  need nvidia-smi "the GPU's driver"
  found "$CUDA_PATH"/lib64/libculibos.a /opt/cuda/lib64/libculibos.a /usr/lib/*/libculibos.a ||
    missing+=("libculibos.a: a part of the CUDA toolkit that whisper-rs links; CUDA_PATH is $CUDA_PATH")
fi
if [ ${#missing[@]} -gt 0 ]; then
  printf 'Something is missing:\n' >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi
if [ ${#features[@]} -gt 0 ]; then
  nvidia-smi --id=0 --query-gpu=name,memory.total,driver_version --format=csv,noheader || {
    printf 'The driver finds no GPU.\n' >&2
    exit 1
  }
fi

exec cargo bench --quiet -p gpu-worker --bench gpu "${features[@]}" -- "$@"
