//! A model file of random weights in a given shape. Weights do not change the speed, so no trained
//! model is needed to measure one.

use std::io::{self, Write};

/// First bytes of every model file: "ggml", little-endian.
const MAGIC: u32 = 0x6767_6d6c;

/// ggml's numbers for the types of tensors; that of the whole file is that of its large tensors.
const TYPE_F32: i32 = 0;
const TYPE_F16: i32 = 1;

/// Words that are written into the file; whisper.cpp adds the special tokens behind them.
const WORDS: i32 = 50_257;

/// The token that ends a text, in vocabularies of this length.
const END_OF_TEXT: u64 = 50_257;

/// The token of a single space, which whisper.cpp looks up.
const SPACE: i32 = 220;

/// Frequencies of whisper's Fourier transform.
const FREQUENCIES: i32 = 201;

/// Different values in one tensor. Picking from a table is what makes 800 million weights quick.
const TABLE: usize = 4096;

/// What decides how much work a model is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub state: i32,
    pub heads: i32,
    pub audio_layers: i32,
    pub text_layers: i32,
}

impl Shape {
    /// As little as whisper.cpp loads: 7 MB, nearly all of it the vocabulary.
    pub const TINY: Self = Self { state: 64, heads: 2, audio_layers: 2, text_layers: 3 };
}

/// The same in every shape, as in large-v3-turbo.
const VOCABULARY: i32 = 51_866;
const AUDIO_CONTEXT: i32 = 1500;
const TEXT_CONTEXT: i32 = 448;
const MELS: i32 = 128;

/// Writes a model. The same shape gives the same file.
///
/// # Errors
/// Those of `file`, which should be buffered.
pub fn write(file: &mut impl Write, shape: Shape) -> io::Result<()> {
    let Shape { state, heads, audio_layers, text_layers } = shape;
    file.write_all(&MAGIC.to_le_bytes())?;
    let audio = [AUDIO_CONTEXT, state, heads, audio_layers];
    let text = [TEXT_CONTEXT, state, heads, text_layers];
    integers(file, &[VOCABULARY])?;
    integers(file, &[audio, text].concat())?;
    integers(file, &[MELS, TYPE_F16])?;
    filters(file)?;
    words(file)?;
    let mut tensors = Tensors { file, seed: 0x9e37_79b9_7f4a_7c15 };
    tensors.encoder(state, audio_layers)?;
    tensors.decoder(state, text_layers)
}

fn integers(file: &mut impl Write, values: &[i32]) -> io::Result<()> {
    values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
}

/// Triangles over the spectrum.
fn filters(file: &mut impl Write) -> io::Result<()> {
    integers(file, &[MELS, FREQUENCIES])?;
    let width = FREQUENCIES as f32 / MELS as f32;
    for mel in 0..MELS {
        for frequency in 0..FREQUENCIES {
            let off = (frequency as f32 / width - mel as f32).abs();
            file.write_all(&(1.0 - off).max(0.0).to_le_bytes())?;
        }
    }
    Ok(())
}

fn words(file: &mut impl Write) -> io::Result<()> {
    integers(file, &[WORDS])?;
    for word in 0..WORDS {
        let text = if word == SPACE { " ".to_owned() } else { format!(" w{word}") };
        integers(file, &[i32::try_from(text.len()).unwrap_or(0)])?;
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}

struct Tensors<'a, W> {
    file: &'a mut W,
    seed: u64,
}

impl<W: Write> Tensors<'_, W> {
    fn encoder(&mut self, state: i32, layers: i32) -> io::Result<()> {
        self.random_f32("encoder.positional_embedding", &[state, AUDIO_CONTEXT])?;
        self.linear("encoder.conv1.weight", &[3, MELS, state])?;
        self.same("encoder.conv1.bias", &[1, state], 0.0)?;
        self.linear("encoder.conv2.weight", &[3, state, state])?;
        self.same("encoder.conv2.bias", &[1, state], 0.0)?;
        self.norm("encoder.ln_post", state)?;
        for layer in 0..layers {
            let block = format!("encoder.blocks.{layer}");
            self.attention(&format!("{block}.attn"), state)?;
            self.feed_forward(&block, state)?;
        }
        Ok(())
    }

    fn decoder(&mut self, state: i32, layers: i32) -> io::Result<()> {
        self.random_f32("decoder.positional_embedding", &[state, TEXT_CONTEXT])?;
        self.token_embedding(state)?;
        self.norm("decoder.ln", state)?;
        for layer in 0..layers {
            let block = format!("decoder.blocks.{layer}");
            self.attention(&format!("{block}.attn"), state)?;
            self.attention(&format!("{block}.cross_attn"), state)?;
            self.feed_forward(&block, state)?;
        }
        Ok(())
    }

    fn attention(&mut self, name: &str, state: i32) -> io::Result<()> {
        self.norm(&format!("{name}_ln"), state)?;
        for part in ["query", "key", "value", "out"] {
            self.linear(&format!("{name}.{part}.weight"), &[state, state])?;
            if part != "key" {
                self.same(&format!("{name}.{part}.bias"), &[state], 0.0)?;
            }
        }
        Ok(())
    }

    fn feed_forward(&mut self, block: &str, state: i32) -> io::Result<()> {
        self.norm(&format!("{block}.mlp_ln"), state)?;
        self.linear(&format!("{block}.mlp.0.weight"), &[state, 4 * state])?;
        self.same(&format!("{block}.mlp.0.bias"), &[4 * state], 0.0)?;
        self.linear(&format!("{block}.mlp.2.weight"), &[4 * state, state])?;
        self.same(&format!("{block}.mlp.2.bias"), &[state], 0.0)
    }

    fn norm(&mut self, name: &str, state: i32) -> io::Result<()> {
        self.same(&format!("{name}.weight"), &[state], 1.0)?;
        self.same(&format!("{name}.bias"), &[state], 0.0)
    }

    /// The end of the text has a row of zeros. Its score is 0 thus, and of 50,000 others with random
    /// rows one is always above that: no text ends by itself.
    fn token_embedding(&mut self, state: i32) -> io::Result<()> {
        self.head("decoder.token_embedding.weight", &[state, VOCABULARY], TYPE_F16)?;
        let row = state.unsigned_abs().into();
        self.random_f16(END_OF_TEXT * row, 0.04)?;
        self.random_f16(row, 0.0)?;
        self.random_f16((u64::from(VOCABULARY.unsigned_abs()) - END_OF_TEXT - 1) * row, 0.04)
    }

    /// Scaled so that what comes out is about as large as what goes in: nothing overflows.
    fn linear(&mut self, name: &str, extent: &[i32]) -> io::Result<()> {
        let count = self.head(name, extent, TYPE_F16)?;
        let (_, inputs) = extent.split_last().unwrap_or((&1, &[1]));
        let inputs: i32 = inputs.iter().product();
        self.random_f16(count, (3.0 / inputs as f32).sqrt())
    }

    fn random_f16(&mut self, count: u64, largest: f32) -> io::Result<()> {
        let table: Vec<[u8; 2]> = (0..TABLE)
            .map(|step| (step as f32 / (TABLE - 1) as f32 * 2.0 - 1.0) * largest)
            .map(|value| half(value).to_le_bytes())
            .collect();
        let mut left = usize::try_from(count).unwrap_or(usize::MAX);
        let mut piece = Vec::with_capacity(2 * TABLE * 5);
        while left > 0 {
            piece.clear();
            for _ in 0..TABLE.min(left.div_ceil(5)) {
                let bits = self.random();
                for part in 0..5 {
                    piece.extend_from_slice(&table[(bits >> (12 * part)) as usize % TABLE]);
                }
            }
            let weights = left.min(piece.len() / 2);
            self.file.write_all(&piece[..2 * weights])?;
            left -= weights;
        }
        Ok(())
    }

    fn random_f32(&mut self, name: &str, extent: &[i32]) -> io::Result<()> {
        for _ in 0..self.head(name, extent, TYPE_F32)? {
            let value = (self.random() >> 40) as f32 / (1_u64 << 24) as f32 * 0.04 - 0.02;
            self.file.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    }

    fn same(&mut self, name: &str, extent: &[i32], value: f32) -> io::Result<()> {
        for _ in 0..self.head(name, extent, TYPE_F32)? {
            self.file.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    }

    /// Writes what stands before the weights, and says how many there are.
    fn head(&mut self, name: &str, extent: &[i32], kind: i32) -> io::Result<u64> {
        let lengths = [extent.len(), name.len()].map(|length| i32::try_from(length).unwrap_or(i32::MAX));
        integers(self.file, &[lengths[0], lengths[1], kind])?;
        integers(self.file, extent)?;
        self.file.write_all(name.as_bytes())?;
        Ok(extent.iter().map(|length| u64::from(length.unsigned_abs())).product())
    }

    /// Xorshift.
    fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }
}

/// A number of at most 2 in 16 bits, cut off rather than rounded; what is too small becomes 0.
pub fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) & 0x8000;
    let exponent = (bits >> 23) & 0xff;
    if exponent <= 112 {
        return sign as u16;
    }
    (sign | ((exponent - 112) << 10) | ((bits >> 13) & 0x3ff)) as u16
}
