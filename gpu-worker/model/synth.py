"""Speech synthesis, phone-line codecs and Whisper's log-mel front end.

  python synth.py bank --out ../bank --n 9000 --part 0 --parts 2     # training utterances (as mels)
  python synth.py test --out ../test                                 # held-out sentences and calls
  python synth.py demo --out demo                                    # six demo calls
  python synth.py split --out ../test                                # demo calls as 16 kHz mono WAVs

All audio comes from espeak-ng through its C library, which also reports when every word starts.
"""
import argparse, ctypes, functools, json, os, pickle, random, subprocess, tempfile
import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly
import grammar

SR, HOP = 16000, 160
VOICES = {"agent": ("en-us", 150, 45), "caller": ("en-us+f3", 155, 55)}  # voice, words/min, pitch


def assets():
    """Folder with gpt2.tiktoken and mel_filters.npz (see README.md); only training and export need it."""
    return os.environ["WHISPER_ASSETS"]


# ---------------------------------------------------------------- espeak-ng

class _Event(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("uid", ctypes.c_uint), ("text_position", ctypes.c_int),
                ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
                ("user_data", ctypes.c_void_p), ("id", ctypes.c_char * 8)]


class Espeak:
    """Synthesizes a sentence; returns 16 kHz audio without outer silence, and word times."""

    def __init__(self):
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        self.native = self.lib.espeak_Initialize(1, 2000, None, 0)  # 1 = retrieve audio
        proto = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int,
                                 ctypes.POINTER(_Event))

        def callback(wav, n, events):
            if n > 0 and wav:
                self.audio.append(np.ctypeslib.as_array(wav, (n,)).copy())
            k = 0
            while events[k].type != 0:
                if events[k].type == 1:  # word
                    self.words.append((events[k].text_position - 1, events[k].audio_position / 1000))
                k += 1
            return 0

        self.callback = proto(callback)
        self.lib.espeak_SetSynthCallback(self.callback)
        self.lib.espeak_Synth.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
                                          ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p]

    def say(self, text, role, rate=1.0, dpitch=0):
        voice, wpm, pitch = VOICES[role]
        lib = self.lib
        lib.espeak_SetVoiceByName(voice.encode())
        lib.espeak_SetParameter(1, int(round(wpm * rate)), 0)
        lib.espeak_SetParameter(3, int(pitch + dpitch), 0)
        self.audio, self.words = [], []
        data = text.encode()
        lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        lib.espeak_Synchronize()
        wav = np.concatenate(self.audio).astype(np.float32) / 32768
        wav = resample_poly(wav, 320, 441).astype(np.float32)  # 22050 -> 16000
        # outer silence: 10 ms energy below -45 dB of the loudest frame
        n = len(wav) // HOP
        e = np.sqrt((wav[:n * HOP].reshape(n, HOP) ** 2).mean(1))
        live = np.nonzero(e > e.max() * 10 ** (-45 / 20))[0]
        a, b = live[0] * HOP, (live[-1] + 1) * HOP
        wav = wav[a:b]
        # word starts: espeak may report one event for two words; split such a span evenly by letters
        spans, pos = [], 0
        for w in text.split(" "):
            spans.append([pos, w, None])
            pos += len(w) + 1
        for p, t in self.words:
            for s in spans:
                if s[0] <= p < s[0] + len(s[1]) and s[2] is None:
                    s[2] = t - a / SR
        spans[0][2] = 0.0
        i = 0
        while i < len(spans):
            j = i + 1
            while j < len(spans) and spans[j][2] is None:
                j += 1
            if j > i + 1:
                end = spans[j][2] if j < len(spans) else len(wav) / SR
                total = sum(len(s[1]) for s in spans[i:j])
                t = spans[i][2]
                for k in range(i, j):
                    spans[k][2] = t
                    t += (end - spans[i][2]) * len(spans[k][1]) / total
            i = j
        starts = [max(0.0, s[2]) for s in spans] + [len(wav) / SR]
        words = [(s[1], starts[k], max(starts[k] + 0.02, starts[k + 1])) for k, s in enumerate(spans)]
        return wav, words

# ---------------------------------------------------------------- phone line


def _ffmpeg(args, data):
    return subprocess.run(["ffmpeg", "-v", "error"] + args, input=data, stdout=subprocess.PIPE, check=True).stdout


def codec(wav, kind):
    """Round trip of 16 kHz float audio through a codec; same length, time-aligned."""
    raw = lambda x: (np.clip(x, -1, 1) * 32767).astype("<i2").tobytes()
    src = ["-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "pipe:0"]
    out = ["-f", "s16le", "-ar", "16000", "-ac", "1", "pipe:1"]
    if kind == "clean":
        return wav
    if kind == "8k":
        mid = _ffmpeg(src + ["-ar", "8000", "-f", "s16le", "pipe:1"], raw(wav))
        got = _ffmpeg(["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0"] + out, mid)
    elif kind == "ulaw":
        mid = _ffmpeg(src + ["-ar", "8000", "-f", "mulaw", "pipe:1"], raw(wav))
        got = _ffmpeg(["-f", "mulaw", "-ar", "8000", "-ac", "1", "-i", "pipe:0"] + out, mid)
    else:  # e.g. mp3-8000-16
        _, rate, kbps = kind.split("-")
        tmp = os.path.join(tempfile.gettempdir(), f"codec{os.getpid()}.mp3")  # a file: the decoder needs the LAME tag to align
        _ffmpeg(["-y"] + src + ["-ar", rate, "-b:a", kbps + "k", tmp], raw(wav))
        got = _ffmpeg(["-i", tmp] + out, b"")
        os.unlink(tmp)
    x = np.frombuffer(got, "<i2").astype(np.float32) / 32767
    return np.pad(x, (0, max(0, len(wav) - len(x))))[:len(wav)]


KINDS = ["clean", "clean", "clean", "8k", "8k", "ulaw", "mp3-8000-16", "mp3-8000-24", "mp3-16000-32", "mp3-16000-24"]

# ---------------------------------------------------------------- log-mel


@functools.cache
def filters():
    return np.load(os.path.join(assets(), "mel_filters.npz"))["mel_80"].astype(np.float32)


_WIN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)).astype(np.float32)


def log_mel(wav):
    """log10 mel power, [frames, 80], one frame per 160 samples; clamp and scaling come later."""
    x = np.pad(wav, 200, mode="reflect")
    n = len(wav) // HOP
    frames = np.lib.stride_tricks.as_strided(x, (n, 400), (x.strides[0] * HOP, x.strides[0]))
    p = np.abs(np.fft.rfft(frames * _WIN, axis=1)).astype(np.float32) ** 2
    return np.log10(np.maximum(p @ filters().T, 1e-10))

# ---------------------------------------------------------------- training bank

LEAD, TAIL = 0.12, 0.20  # silence kept around an utterance in the bank (seconds)


def bank(out, n, part, parts, plain, seed=1):
    rng = random.Random(seed * 1000 + part)
    esp, words = Espeak(), grammar.all_words()
    items, mels, frame = [], [], 0
    todo = []
    per = n // parts
    while len(todo) < per:
        role = rng.choice(["agent", "caller"])
        r = rng.random()
        if r < plain:
            text = grammar.sentence(rng, role if rng.random() < 0.8 else rng.choice(["agent", "caller"]))
            if grammar.held_out(text) or text in grammar.NOVEL:
                continue
        elif r < 0.95:
            text = grammar.scramble(rng, words) if rng.random() < 0.5 else grammar.splice(rng)
        else:
            w = rng.choice(words)
            text = w[0].upper() + w[1:] + "."
        todo.append((role, text))
    for c in range(0, per, 60):
        kind = rng.choice(KINDS)
        stream, rows, at = [], [], 0
        for role, text in todo[c:c + 60]:
            wav, ws = esp.say(text, role, 1 + rng.uniform(-.05, .05), rng.randint(-4, 4))
            wav = wav * (rng.uniform(0.25, 0.9) / max(1e-3, np.abs(wav).max()))
            shift = rng.randint(0, 159)
            piece = np.concatenate([np.zeros(int(LEAD * SR) + shift, np.float32), wav,
                                    np.zeros(int(TAIL * SR) + 480 - shift, np.float32)])
            piece = np.pad(piece, (0, -len(piece) % HOP))
            s = LEAD + shift / SR
            rows.append((role, text, [(w, s + a, s + b) for w, a, b in ws], s, s + len(wav) / SR, at, len(piece)))
            stream.append(piece)
            at += len(piece)
        x = codec(np.concatenate(stream), kind)
        m = log_mel(x)
        for role, text, ws, s, e, at, k in rows:
            items.append({"role": role, "text": text, "kind": kind, "words": ws, "start": s, "end": e,
                          "frame": frame + at // HOP, "frames": k // HOP})
        mels.append(m.astype(np.float16))
        frame += len(m)
    np.save(f"{out}.{part}.npy", np.concatenate(mels))
    pickle.dump(items, open(f"{out}.{part}.pkl", "wb"))
    print(f"part {part}: {len(items)} utterances, {frame / 100 / 3600:.2f} h")

# ---------------------------------------------------------------- calls


def render_call(esp, script, rng, rate=SR):
    """script: [(channel role, [sentences...], kind-of-violation or None per sentence)]; returns stereo, truth."""
    t, truth, pieces = 0.6, [], []
    for role, sentences in script:
        for k, item in enumerate(sentences):
            text, violation = item if isinstance(item, tuple) else (item, None)
            wav, ws = esp.say(text, role)
            wav = wav * (0.6 / np.abs(wav).max())
            pieces.append((role, t, wav))
            row = {"channel": 0 if role == "agent" else 1, "speaker": role, "start_s": round(t, 3),
                   "end_s": round(t + len(wav) / SR, 3), "text": text}
            if violation:
                row["violation"] = violation
            row["words"] = [[w, round(t + a, 3), round(t + b, 3)] for w, a, b in ws]
            truth.append(row)
            t += len(wav) / SR + rng.uniform(0.3, 0.6)
        t += rng.uniform(0.2, 0.9)
    n = int((t + 0.5) * SR)
    stereo = np.zeros((n, 2), np.float32)
    for role, t0, wav in pieces:
        a = int(round(t0 * SR))
        stereo[a:a + len(wav), 0 if role == "agent" else 1] += wav
    return stereo, truth


def call_truth(file, title, whole, stereo, rows):
    """The ground truth of one call; `whole` names the violations of the call as a whole."""
    length = round(len(stereo) / SR, 2)
    return {"file": file, "title": title, "duration_s": length, "channels": {"0": "agent", "1": "caller"},
            "violations": [{"kind": v, "start_s": 0.0, "end_s": length} for v in whole]
            + [{"kind": r["violation"], "channel": r["channel"], "start_s": r["start_s"], "end_s": r["end_s"],
                "text": r["text"]} for r in rows if "violation" in r],
            "segments": rows}


def write_wav(path, x, rate=SR):
    wavfile.write(path, rate, (np.clip(x, -1, 1) * 32767).astype(np.int16))


def random_turns(rng, seconds, held):
    """Alternating turns of random sentences; with `held` no slot filling that training had."""
    script, length = [], 0.0
    role = "agent"
    while length < seconds:
        sents = []
        for _ in range(rng.randint(1, 3 if role == "agent" else 2)):
            while True:
                s = grammar.sentence(rng, role)
                if not held or s in grammar.FIXED or grammar.held_out(s):
                    break
            sents.append(s)
            length += 0.35 * len(s.split()) + 0.5
        script.append((role, sents))
        length += 0.6
        role = "caller" if role == "agent" else "agent"
    return script


def test_set(out, seed=7):
    os.makedirs(out, exist_ok=True)
    rng, esp, rows, seen = random.Random(seed), Espeak(), [], set()
    kinds = ["clean", "8k", "ulaw", "mp3-8000-16", "mp3-16000-32"]
    while len(rows) < 100:
        role = rng.choice(["agent", "caller"])
        text = grammar.sentence(rng, role)
        if not grammar.held_out(text) or (role, text) in seen:
            continue
        seen.add((role, text))
        wav, ws = esp.say(text, role)
        lead = rng.uniform(0.1, 2.5)
        x = np.concatenate([np.zeros(int(lead * SR), np.float32), wav * (0.6 / np.abs(wav).max()), np.zeros(SR // 2, np.float32)])
        kind = kinds[len(rows) % len(kinds)]
        name = f"sent{len(rows):03d}.wav"
        write_wav(f"{out}/{name}", codec(x, kind))
        rows.append({"file": name, "kind": kind, "segments": [
            {"start_s": round(lead, 3), "end_s": round(lead + len(wav) / SR, 3), "text": text}]})
    for k, text in enumerate(grammar.NOVEL):
        wav, ws = esp.say(text, ("agent", "caller")[k % 2])
        lead = rng.uniform(0.1, 2.5)
        x = np.concatenate([np.zeros(int(lead * SR), np.float32), wav * (0.6 / np.abs(wav).max()), np.zeros(SR // 2, np.float32)])
        write_wav(f"{out}/novel{k:02d}.wav", codec(x, kinds[k % 5]))
        rows.append({"file": f"novel{k:02d}.wav", "kind": kinds[k % 5], "segments": [
            {"start_s": round(lead, 3), "end_s": round(lead + len(wav) / SR, 3), "text": text}]})
    for c in range(5):
        stereo, truth = render_call(esp, random_turns(rng, 110, held=True), rng)
        for ch in (0, 1):
            name = f"call{c}_{ch}.wav"
            kind = kinds[c]
            write_wav(f"{out}/{name}", codec(np.ascontiguousarray(stereo[:, ch]), kind))
            rows.append({"file": name, "kind": kind, "segments": [
                {k: r[k] for k in ("start_s", "end_s", "text", "words")} for r in truth if r["channel"] == ch]})
    json.dump(rows, open(f"{out}/truth.json", "w"), indent=1)
    print(len(rows), "test files")


def demo(out):
    import demo_calls
    os.makedirs(out, exist_ok=True)
    esp = Espeak()
    for k, (name, title, whole, script) in enumerate(demo_calls.CALLS):
        stereo, truth = render_call(esp, script, random.Random(100 + k))
        wav, mp3 = os.path.join(tempfile.gettempdir(), f"{name}.wav"), f"{out}/{name}.mp3"
        write_wav(wav, stereo)
        _ffmpeg(["-y", "-i", wav, "-ar", "16000" if k % 2 == 0 else "8000", "-b:a", "48k" if k % 2 == 0 else "32k",
                 "-joint_stereo", "0", mp3], b"")
        os.unlink(wav)
        json.dump(call_truth(f"{name}.mp3", title, whole, stereo, truth), open(f"{out}/{name}.json", "w"), indent=1)
        print(name, round(len(stereo) / SR, 1), "s,", sum("violation" in r for r in truth), "violations")


def split(out, src="demo"):
    """The demo calls as the recognizer gets them: each channel, and both mixed, at 16 kHz."""
    rows = []
    for k, f in enumerate(sorted(x for x in os.listdir(src) if x.endswith(".json"))):
        truth = json.load(open(f"{src}/{f}"))
        for name, pan, keep in ((f"demo{k}_0", "c0=c0", [0]), (f"demo{k}_1", "c0=c1", [1]),
                                (f"mono{k}_m", "c0=0.5*c0+0.5*c1", [0, 1])):
            _ffmpeg(["-y", "-i", f"{src}/{truth['file']}", "-af", f"pan=mono|{pan}", "-ar", "16000", f"{out}/{name}.wav"], b"")
            rows.append({"file": name + ".wav", "kind": ["mp3-16000-48", "mp3-8000-32"][k % 2],
                         "segments": [r for r in truth["segments"] if r["channel"] in keep]})
    json.dump(rows, open(f"{out}/demo_truth.json", "w"), indent=1)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["bank", "test", "demo", "split"])
    p.add_argument("--out", required=True)
    p.add_argument("--n", type=int, default=9000)
    p.add_argument("--plain", type=float, default=0.6, help="share of whole template sentences")
    p.add_argument("--part", type=int, default=0)
    p.add_argument("--parts", type=int, default=2)
    a = p.parse_args()
    if a.what == "bank":
        bank(a.out, a.n, a.part, a.parts, a.plain)
    elif a.what == "test":
        test_set(a.out)
    elif a.what == "demo":
        demo(a.out)
    else:
        split(a.out)
