"""Writes a checkpoint as a whisper.cpp ggml file.

  python export.py ../ckpt.pt ggml-micro-call-en.bin --type q5_0
"""
import argparse, os, struct
import numpy as np
import torch
import synth
from model import *

TYPES = {"f32": (0, 0), "f16": (1, 1), "q4_0": (2, 2), "q5_0": (8, 6), "q5_1": (9, 7), "q8_0": (7, 8)}  # ftype, tensor type


def pack(x, kind):
    """A float array as the bytes of one ggml type (blocks of 32 along the last axis)."""
    x = np.ascontiguousarray(x, np.float32)
    if kind == "f32":
        return x.tobytes()
    if kind == "f16":
        return x.astype(np.float16).tobytes()
    b = x.reshape(-1, 32)
    n = len(b)
    if kind == "q8_0":
        d = np.abs(b).max(1) / 127
        q = np.round(b / np.where(d == 0, 1, d)[:, None]).astype(np.int8)
        return np.concatenate([d.astype(np.float16).view(np.uint8).reshape(n, 2), q.view(np.uint8)], 1).tobytes()
    if kind == "q5_1":
        lo = b.min(1)
        d = (b.max(1) - lo) / 31
        q = np.clip(np.round((b - lo[:, None]) / np.where(d == 0, 1, d)[:, None]), 0, 31).astype(np.uint32)
        head = [d.astype(np.float16).view(np.uint8).reshape(n, 2), lo.astype(np.float16).view(np.uint8).reshape(n, 2)]
    else:
        levels = 16 if kind == "q5_0" else 8
        peak = b[np.arange(n), np.abs(b).argmax(1)]
        d = peak / -levels
        q = np.clip(np.floor(b / np.where(d == 0, 1, d)[:, None] + levels + 0.5), 0, 2 * levels - 1).astype(np.uint32)
        head = [d.astype(np.float16).view(np.uint8).reshape(n, 2)]
    if kind.startswith("q5"):
        bits = ((q >> 4) << np.arange(32, dtype=np.uint32)).sum(1, dtype=np.uint64).astype("<u4")
        head.append(bits.view(np.uint8).reshape(n, 4))
    nib = ((q[:, :16] & 15) | ((q[:, 16:] & 15) << 4)).astype(np.uint8)
    return np.concatenate(head + [nib], 1).tobytes()


def tensors(sd, used, d):
    """(whisper's tensor name, array) for everything whisper.cpp expects."""
    yield "encoder.positional_embedding", sd["pe"][:AUDIO_CTX], "f32"
    for c in ("conv1", "conv2"):
        yield f"encoder.{c}.weight", sd[c + ".weight"], "conv"
        yield f"encoder.{c}.bias", sd[c + ".bias"][:, None], "f32"
    yield "encoder.ln_post.weight", sd["ln_post.weight"], "f32"
    yield "encoder.ln_post.bias", sd["ln_post.bias"], "f32"
    table = sd["other"][None].repeat(N_VOCAB, 1)
    table[torch.tensor(used)] = sd["rows"]
    table[BEG:BEG + 1501] = sd["pe"] @ sd["ts.weight"].T + sd["ts.bias"]
    yield "decoder.token_embedding.weight", table, "big"
    yield "decoder.positional_embedding", sd["pos"], "f32"
    yield "decoder.ln.weight", sd["ln.weight"], "f32"
    yield "decoder.ln.bias", sd["ln.bias"], "f32"
    for k, v in sd.items():
        side, _, rest = k.partition(".")
        if side in ("enc", "dec"):
            yield ("encoder" if side == "enc" else "decoder") + ".blocks." + rest, v, "big" if v.dim() == 2 else "f32"


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("ckpt")
    ap.add_argument("out")
    ap.add_argument("--type", default="q5_0", choices=list(TYPES))
    a = ap.parse_args()
    ck = torch.load(a.ckpt, weights_only=False, map_location="cpu")
    sd = {k: v.float() for k, v in ck["model"].items()}
    dm = ck["dims"]
    tok = Tokenizer(os.path.join(synth.assets(), "gpt2.tiktoken"))
    ftype, ttype = TYPES[a.type]
    with open(a.out, "wb") as f:
        f.write(struct.pack("<I", 0x67676D6C))
        f.write(struct.pack("<11i", N_VOCAB, AUDIO_CTX, dm["d"], dm["audio_heads"], dm["audio_layers"], TEXT_CTX,
                            dm["d"], dm["text_heads"], dm["text_layers"], N_MELS, ftype + (2000 if ftype > 1 else 0)))
        f.write(struct.pack("<2i", *synth.filters().shape))
        f.write(synth.filters().tobytes())
        f.write(struct.pack("<i", len(tok.bytes)))
        for i in range(len(tok.bytes)):
            f.write(struct.pack("<I", len(tok.bytes[i])) + tok.bytes[i])
        for name, v, how in tensors(sd, ck["used"], dm["d"]):
            kind = how if how == "f32" else ("f32" if a.type == "f32" else "f16") if how == "conv" else a.type
            code = TYPES[kind][1]
            v = v.detach().numpy()
            f.write(struct.pack("<3i", v.ndim, len(name), code))
            f.write(struct.pack(f"<{v.ndim}i", *v.shape[::-1]))
            f.write(name.encode() + pack(v, kind))
    print(a.out, os.path.getsize(a.out), "bytes", a.type, ck.get("steps"))


main()
