"""Trains the micro Whisper on 30 s windows assembled on the fly from the bank of utterances.

  nice -n 10 python train.py --minutes 50 --out ../ckpt.pt

Attention over 1500 frames is what costs, and most frames are silence: batches of kind A, B and C keep all
speech but only a sample of the silent frames, each standing for several (a log-count added to its
attention score, which leaves the sums right on average). Kind D has whole windows, as at run time. Training
goes from A (little speech a window) over B and C to C and D (as dense as a call). Two helper
losses make it quick: the encoder names the word in every frame, and one cross-attention head a layer is
told where the next token is spoken.
"""
import argparse, glob, os, pickle, random, time
import numpy as np
import torch, torch.nn.functional as F
import grammar, synth
from model import *

ap = argparse.ArgumentParser()
ap.add_argument("--bank", default="../bank")
ap.add_argument("--out", default="../ckpt.pt")
ap.add_argument("--resume")
ap.add_argument("--minutes", type=float, default=50)
ap.add_argument("--plan", default="0.5,0.85", help="when kinds B and C begin, then C and D, as parts of the whole")
ap.add_argument("--lr", type=float, default=2e-3)
ap.add_argument("--start", type=float, default=0.0, help="part of the schedule to start from")
ap.add_argument("--warm", type=int, default=150, help="steps of learning-rate warm-up")
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--bench", action="store_true")
args = ap.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(2)
rng = random.Random(args.seed)
tok = Tokenizer(os.path.join(synth.assets(), "gpt2.tiktoken"))

# ---- bank
items, mels, base = [], [], 0
for pkl in sorted(glob.glob(args.bank + ".*.pkl")):
    m = np.load(pkl[:-3] + "npy")
    for it in pickle.load(open(pkl, "rb")):
        it["frame"] += base
        items.append(it)
    base += len(m)
    mels.append(m)
MEL = np.concatenate(mels)
by_role = {r: [i for i, it in enumerate(items) if it["role"] == r] for r in ("agent", "caller")}
clean = lambda w: w.strip(".,?").lower()
names = sorted({clean(w) for it in items for w, _, _ in it["words"]})
aux_id = {w: i + 1 for i, w in enumerate(names)}  # 0: no speech
used = {SIL, EOT, SOT, PREV, NOSP, NOT}
for it in items:
    it["tok"] = [tok.encode(" " + w) for w, _, _ in it["words"]]
    for t in it["tok"]:
        used.update(t)
for w in grammar.all_words():  # every word in both cases, with each end mark
    for form in (w, w[0].upper() + w[1:]):
        for mark in ".,?":
            used.update(tok.encode(" " + form + mark))
used = sorted(used)
ROW = {t: i for i, t in enumerate(used)}
NU = len(used)
ts_row = lambda k: NU + min(1500, max(0, k))
print(len(items), "utterances,", len(names), "words,", NU, "tokens,", round(len(MEL) / 360000, 2), "h", flush=True)

# ---- noise, as mel power
gen = np.random.default_rng(args.seed)
white = gen.standard_normal(16000 * 40).astype(np.float32) * 0.01
f = np.fft.rfft(white)
pink = np.fft.irfft(f / np.sqrt(np.maximum(np.arange(len(f)), 50)), len(white)).astype(np.float32)
pink *= 0.01 / pink.std()
NOISE = [10 ** synth.log_mel(white), 10 ** synth.log_mel(pink)]


def gap():
    r = rng.random()
    return rng.uniform(0.22, 0.9) if r < 0.55 else rng.uniform(0.9, 5) if r < 0.9 else rng.uniform(5, 20)


def window(begin, budget):
    """One 30 s window whose first utterance starts at `begin`, with at most `budget` seconds of speech.

    Returns the scaled mel, tokens [(row, span)] after SOT, and every frame's word id.
    """
    seconds = 30.0
    role, mixed = rng.choice(["agent", "caller"]), rng.random() < 0.2
    n = 3000
    power = np.full((n, 80), 1e-10, np.float32)
    gain = rng.uniform(-0.6, 0.4)
    t = begin
    placed = []
    while t < seconds:
        if mixed:  # both parties on one channel
            role = rng.choice(["agent", "caller"])
        it = items[rng.choice(by_role[role])]
        budget -= it["end"] - it["start"] + 0.6
        if budget < 0 and placed:
            break
        shift = int(round((t - it["start"]) * 100))  # frame of the slice's first frame
        t0 = shift / 100 + it["start"]
        m = MEL[it["frame"]:it["frame"] + it["frames"]]
        a, b = max(0, shift), min(n, shift + it["frames"])
        if b > a:
            power[a:b] += 10 ** (m[a - shift:b - shift].astype(np.float32) + gain + rng.uniform(-.1, .1))
        placed.append((it, t0, t0 + it["end"] - it["start"], shift / 100))
        t = t0 + it["end"] - it["start"] + gap()
        if rng.random() < 0.04:
            break
    if rng.random() < 0.5:
        nz = rng.choice(NOISE)
        s = rng.randint(0, len(nz) - n)
        nz = nz[s:s + n] * 10 ** rng.uniform(-4.5, -0.7)
        if rng.random() < 0.5:
            nz = nz * (np.arange(80) < 64)
        power += nz
    x = np.log10(np.maximum(power, 1e-10))
    top = max(x.max(), rng.uniform(0.8, 1.4)) + rng.uniform(0, 0.3)
    x = (np.maximum(x, top - 8) + 4) / 4
    # tokens
    seq, aux = [], np.zeros(n // 2, np.int64)
    k = lambda s: int(round(s / 0.02))
    cur = None  # time step of the last timestamp
    ended = False
    no_ts = []
    for it, t0, t1, z in placed:
        ws = [(tk, z + a, z + b, w) for (w, a, b), tk in zip(it["words"], it["tok"])]
        for tk, a, b, w in ws:
            aux[max(0, int(a * 50)):max(0, int(b * 50))] = aux_id[clean(w)]
        if t0 < 0:  # begins before the window: keep the words that are heard
            ws = [w for w in ws if w[1] > -0.10]
            if not ws:
                continue
            t0 = max(0.0, ws[0][1])
        elif t1 > seconds:  # cut off: only its start, so that the next window begins there
            if t0 > seconds - 0.12:
                break
            ws = None
        if k(t0) < 0:
            continue
        if cur is None and k(t0) > 5:
            seq += [(ts_row(0), None), (ROW[SIL], None)]
            cur = -1
        elif cur is None:
            cur = k(t0)
            seq.append((ts_row(cur), (cur - 2, cur + 3)))
        elif cur >= 0:
            seq += [(ts_row(cur), (cur - 3, cur + 3)), (ROW[SIL], None)]
            cur = -1
        if cur == -1:
            cur = k(t0)
            seq.append((ts_row(cur), (cur - 2, cur + 4)))
            seq.append((ts_row(cur), (cur - 2, cur + 4)))
        if ws is None:
            ended = True
            break
        for tk, a, b, w in ws:
            span = (k(a), max(k(a) + 2, k(b)))
            for i in tk:
                end_mark = i in END_MARKS
                seq.append((ROW[i], (span[1] - 3, span[1] + 3) if end_mark else span))
                no_ts.append(seq[-1])
        cur = k(min(t1, seconds))
        seq.append((ts_row(cur), (cur - 3, cur + 3)))
    silent = not seq
    if silent:
        seq = [(ts_row(0), None), (ROW[SIL], None), (ts_row(1500), None)]
    seq.append((ROW[EOT], None))
    if not silent and not ended and rng.random() < 0.04 and no_ts:
        seq = [(ROW[NOT], None)] + no_ts + [(ROW[EOT], None)]
    return x.astype(np.float32), seq, aux, silent, placed


END_MARKS = {tok.encode(c)[0] for c in ".,?"}


def keep_frames(placed, K):
    """All speech with 0.3 s around it and random blocks of the silence: K frames and their log-counts."""
    near = np.zeros(1500, bool)
    for it, t0, t1, _ in placed:
        near[max(0, int(t0 * 50) - 15):max(0, int(t1 * 50) + 15)] = True
    near[np.nonzero(near)[0][K - 20:]] = False
    score = near * 2.0 + np.repeat(gen.random(150), 10)
    kept = np.sort(np.argsort(-score, kind="stable")[:K])
    rest = ~near[kept]
    bias = np.where(rest, np.log(max(1, (~near).sum()) / max(1, rest.sum())), 0.0)
    return kept, bias.astype(np.float32)


SMOOTH = torch.tensor([0.05, 0.22, 0.46, 0.22, 0.05])


def batch(stage, B, prompts):
    mel, where, bias, seqs, auxs = [], [], [], [], []
    K = FRAMES[stage]
    for _ in range(B):
        r = rng.random()
        begin = rng.uniform(-0.05, 0.3) if r < 0.4 else rng.uniform(-1.5, 0) if r < 0.45 else rng.uniform(0, 2.5) if r < 0.6 \
            else rng.uniform(0, 29.9) if r < 0.97 else 31
        x, seq, aux, silent, placed = window(begin, K / 50 * 0.88 if K < 1500 else 99)
        if K < 1500:
            kept, w = keep_frames(placed, K)
            bias.append(torch.from_numpy(w))
        else:
            kept = np.arange(1500)
        where.append(torch.from_numpy(kept))
        auxs.append(aux[kept])
        mel.append(x.reshape(1500, 160)[kept].reshape(2 * K, 80).T)
        prompt = []
        if prompts and rng.random() < 0.25:
            prev = rng.choice(HISTORY) if HISTORY else []
            prompt = [ROW[PREV]] + prev[-223:]
        seqs.append((prompt + [ROW[SOT]], seq, silent))
        HISTORY.append([t for t, _ in seq[:-1]])
        if len(HISTORY) > 200:
            HISTORY.pop(0)
    T = max(len(p) + len(s) for p, s, _ in seqs)
    inp = torch.full((B, T), ROW[EOT])
    tgt = torch.full((B, T), -1)
    lo, hi = torch.full((B, T), 0), torch.full((B, T), -1)
    plo, phi = torch.full((B, T), 0), torch.full((B, T), -1)
    nosp = torch.zeros(B, T, dtype=torch.bool)
    for b, (p, s, silent) in enumerate(seqs):
        full = p + [t for t, _ in s]
        inp[b, :len(full) - 1] = torch.tensor(full[:-1])
        n0 = len(p) - 1
        tgt[b, n0:n0 + len(s)] = torch.tensor([t for t, _ in s])
        for i, (_, span) in enumerate(s):
            if span:
                lo[b, n0 + i], hi[b, n0 + i] = span
                if n0 + i + 1 < T:
                    plo[b, n0 + i + 1], phi[b, n0 + i + 1] = span
        nosp[b, n0] = silent
    index = (torch.stack(where), torch.stack(bias) if bias else None)
    return torch.from_numpy(np.stack(mel)), index, inp, tgt, (lo, hi), (plo, phi), torch.from_numpy(np.stack(auxs)), nosp


HISTORY = []
SIZES, FRAMES = {"A": 32, "B": 14, "C": 8, "D": 5}, {"A": 300, "B": 600, "C": 900, "D": 1500}
model = MicroWhisper(used, len(names) + 1)
if args.resume:
    ck = torch.load(args.resume, weights_only=False)
    assert ck["used"] == used and ck["names"] == names
    model.load_state_dict(ck["model"])
print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
decay = [p for n, p in model.named_parameters() if p.dim() > 1 and n != "pos"]
rest = [p for n, p in model.named_parameters() if not (p.dim() > 1 and n != "pos")]
opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.03}, {"params": rest, "weight_decay": 0.0}],
                        lr=args.lr, betas=(0.9, 0.98))
LA = torch.tensor([0.15] + [1.0] * len(names))


def guide(p, span, where):
    """-log of the attention mass inside the span, for targets that have one."""
    lo, hi = span
    inside = (where[:, None, :] >= lo[..., None]) & (where[:, None, :] < hi[..., None])
    ok = inside.any(-1)
    mass = (p[:, 0] * inside).sum(-1)
    return -(torch.log(mass + 1e-4) * ok).sum() / ok.sum().clamp(min=1)


def step(stage, B, prompts):
    mel, index, inp, tgt, span, pspan, aux, nosp = batch(stage, B, prompts)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        audio = model.encode(mel, *index)
        table = model.table()
        logits, other, looks = model.decode(inp, audio, table, index[1])
        la = F.cross_entropy(model.aux(audio).float().flatten(0, 1), aux.flatten(), weight=LA)
    logp = torch.cat([logits, other[..., None]], -1).float().log_softmax(-1)
    ok = tgt >= 0
    lp, t, ns = logp[ok], tgt[ok], nosp[ok]
    is_ts = t >= NU
    text = -lp[~is_ts].gather(1, t[~is_ts][:, None])[:, 0]
    if is_ts.any():
        tt = t[is_ts]
        near = (tt[:, None] + torch.arange(-2, 3)).clamp(NU, NU + 1500)
        tsl = -(lp[is_ts].gather(1, near) * SMOOTH).sum(1)
        n2 = ns[is_ts]
        tsl = tsl + n2 * (-1.5 * lp[is_ts][:, ROW[NOSP]])
    else:
        tsl = torch.zeros(1)
    lc = (text.sum() + tsl.sum()) / len(t)
    g = guide(looks[0], pspan, index[0]) * 0.5 + guide(looks[1], span, index[0]) + guide(looks[2], span, index[0])
    with torch.no_grad():
        hit = (lp.argmax(-1) == t)
        near_ts = ((lp[is_ts][:, NU:NU + 1501].argmax(-1) + NU - t[is_ts]).abs() <= 3)
    return lc, la, g, (text.mean().item() if len(text) else 0, hit[~is_ts].float().mean().item(), near_ts.float().mean().item())


pB, pC = map(float, args.plan.split(","))
t0 = time.time()
if args.bench:
    for st in "ABCD":
        for i in range(4):
            s = time.time()
            b = batch(st, SIZES[st], True)
            s1 = time.time()
            lc, la, g, info = step(st, SIZES[st], True)
            (lc + la + g).backward()
            print(st, "batch", round(s1 - s, 3), "all", round(time.time() - s1, 3), b[2].shape, float(lc), float(la), float(g))
    raise SystemExit
n, last, logs, seen = 0, time.time(), [], 0
model.train()
while True:
    done = args.start + (1 - args.start) * (time.time() - t0) / (args.minutes * 60)
    if done >= 1:
        break
    stage = "A" if done < pB else rng.choice("BC" if done < pC else "CCD")
    lr = args.lr * min(1, (n + 1) / args.warm) * (0.5 * (1 + np.cos(np.pi * done)) * 0.97 + 0.03)
    for gparam in opt.param_groups:
        gparam["lr"] = lr
    lc, la, g, info = step(stage, SIZES[stage], done > pB)
    wg = max(0.05, 0.3 * (1 - done))
    (lc + 0.8 * la + wg * g).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    opt.zero_grad(set_to_none=True)
    n += 1
    seen += SIZES[stage]
    logs.append((lc.item(), la.item(), g.item()) + info)
    if n % 25 == 0:
        a = np.nanmean(np.array(logs), 0)
        print(f"{stage} step {n} {(time.time() - t0) / 60:.1f} min lr {lr:.2e} ce {a[0]:.3f} aux {a[1]:.3f} guide {a[2]:.3f} "
              f"text {a[3]:.3f} acc {a[4]:.3f} ts60ms {a[5]:.3f}", flush=True)
        logs = []
    if time.time() - last > 90:
        torch.save({"model": model.state_dict(), "used": used, "names": names, "dims": model.dims}, args.out)
        last = time.time()
torch.save({"model": model.state_dict(), "used": used, "names": names, "dims": model.dims, "steps": n, "seen": seen}, args.out)
print("steps", n, "windows", seen, "minutes", round((time.time() - t0) / 60, 1))
