//! whisper.cpp.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState, WhisperTokenId,
};

use super::stop::Stop;
use super::{Care, Engine, EngineError, HeardSegment, Piece, abort};
use crate::audio::SAMPLE_RATE;
use crate::transcript::ModelName;

/// First bytes of every model file: "ggml", little-endian.
const MODEL_MAGIC: [u8; 4] = *b"lmgg";

/// whisper.cpp refuses less than 0.1 s; shorter sound is filled up with silence.
const SHORTEST_SAMPLES: usize = SAMPLE_RATE as usize;

/// Where sampling starts after a loop; from 0 whisper.cpp would take the same way into it.
const TEMPERATURE_AFTER_LOOP: f32 = 0.4;

/// How the model is run.
#[derive(Debug, Clone)]
pub struct WhisperSettings {
    pub model: PathBuf,
    /// ISO 639-1 code.
    pub language: String,
    /// Stretches that are heard at the same time.
    pub slots: u16,
    /// Of each slot.
    pub threads: u16,
}

impl WhisperSettings {
    /// What transcripts say about who heard them.
    pub fn model_name(&self) -> ModelName {
        let file_name =
            self.model.file_name().unwrap_or(self.model.as_os_str()).to_string_lossy().into_owned();
        ModelName { file_name, language: self.language.clone() }
    }
}

/// One slot: the loaded model, which all slots share, with a state of its own that is used again and
/// again.
pub struct Whisper {
    context: Arc<WhisperContext>,
    state: WhisperState,
    usual: FullParams<'static, 'static>,
    after_loop: FullParams<'static, 'static>,
    /// Ids from here on are special tokens and timestamps.
    first_special: WhisperTokenId,
}

impl Whisper {
    /// Loads the model once and makes its slots.
    ///
    /// # Errors
    /// [`EngineError::Model`] with a sentence for whoever starts the worker.
    pub fn load(settings: &WhisperSettings) -> Result<Vec<Self>, EngineError> {
        whisper_rs::install_logging_hooks();
        if whisper_rs::get_lang_id(&settings.language).is_none() {
            return Err(EngineError::Model(format!("There is no language {:?}.", settings.language)));
        }
        check_file(&settings.model)?;
        let name = settings.model.display();
        let context =
            WhisperContext::new_with_params(&settings.model, WhisperContextParameters::default())
                .map_err(|_| EngineError::Model(format!("The model {name} is damaged or not complete.")))?;
        if settings.language != "en" && !context.is_multilingual() {
            return Err(EngineError::Model(format!(
                "The model {name} hears English only; the language is set to {}.",
                settings.language
            )));
        }
        let context = Arc::new(context);
        let usual = parameters(&settings.language, settings.threads);
        let mut after_loop = usual.clone();
        after_loop.set_temperature(TEMPERATURE_AFTER_LOOP);
        let slot = |_| {
            let state = context.create_state().map_err(|_| {
                EngineError::Model(format!(
                    "There is not enough memory for {} slots of the model {name}; set fewer with CALLSCRIPT_WORKER_SLOTS.",
                    settings.slots
                ))
            })?;
            Ok(Self {
                context: Arc::clone(&context),
                state,
                usual: usual.clone(),
                after_loop: after_loop.clone(),
                first_special: context.token_eot(),
            })
        };
        (0..settings.slots).map(slot).collect()
    }

    /// One run of whisper.cpp, which asks `stop` now and then.
    fn run(&mut self, sound: &[f32], care: Care, stop: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
        let padded;
        let sound = if sound.len() < SHORTEST_SAMPLES {
            padded = [sound, &vec![0.0; SHORTEST_SAMPLES - sound.len()]].concat();
            &padded
        } else {
            sound
        };
        let parameters = match care {
            Care::Usual => &self.usual,
            Care::AfterLoop => &self.after_loop,
        };
        let outcome = abort::full_until(&mut self.state, parameters, sound, stop.flag());
        if outcome.is_ok() && !stop.is_asked() {
            return Ok(self.segments());
        }
        // whisper.cpp leaves a state in which it was interrupted half-written.
        self.state = self.context.create_state().map_err(|error| EngineError::Failed(error.to_string()))?;
        match outcome {
            Err(error) if !stop.is_asked() => Err(EngineError::Failed(error.to_string())),
            _ => Err(EngineError::Stopped),
        }
    }

    fn segments(&self) -> Vec<HeardSegment> {
        self.state
            .as_iter()
            .map(|segment| HeardSegment {
                start_ms: milliseconds(segment.start_timestamp()),
                end_ms: milliseconds(segment.end_timestamp()),
                no_speech: segment.no_speech_probability(),
                pieces: (0..segment.n_tokens())
                    .filter_map(|index| segment.get_token(index))
                    .filter(|token| token.token_id() < self.first_special)
                    .filter_map(|token| {
                        let bytes = token.to_bytes().ok()?.to_vec();
                        Some(Piece { bytes, probability: token.token_probability() })
                    })
                    .collect(),
            })
            .collect()
    }
}

impl Engine for Whisper {
    fn hear(&mut self, sound: &[f32], care: Care, stop: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
        if stop.is_asked() { Err(EngineError::Stopped) } else { self.run(sound, care, stop) }
    }
}

/// How the worker has whisper.cpp hear. Built once a model: whisper-rs keeps the language's name for ever.
pub fn parameters(language: &str, threads: u16) -> FullParams<'static, 'static> {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 5 });
    parameters.set_language(Some(language.to_owned().leak()));
    parameters.set_n_threads(i32::from(threads));
    // Text of earlier windows as a prompt feeds loops; `no_context` only forgets it between calls
    // of `full`.
    parameters.set_n_max_text_ctx(0);
    parameters.set_no_context(true);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters.set_print_special(false);
    parameters
}

fn check_file(model: &Path) -> Result<(), EngineError> {
    let mut file = File::open(model).map_err(|error| {
        EngineError::Model(format!("The model {} cannot be opened: {error}.", model.display()))
    })?;
    let mut magic = [0; MODEL_MAGIC.len()];
    match file.read_exact(&mut magic) {
        Ok(()) if magic == MODEL_MAGIC => Ok(()),
        _ => Err(EngineError::Model(format!("The file {} is not a whisper.cpp model.", model.display()))),
    }
}

/// whisper.cpp counts in hundredths of a second.
pub fn milliseconds(timestamp: i64) -> u32 {
    u32::try_from(timestamp.max(0).saturating_mul(10)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stop::Reason;

    fn demo_model() -> Whisper {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("model/ggml-micro-call-en.bin");
        Whisper::load(&WhisperSettings { model, language: "en".to_owned(), slots: 1, threads: 1 })
            .expect("the demo model")
            .remove(0)
    }

    #[test]
    fn a_run_gives_up_when_asked_and_the_next_one_works() {
        let mut whisper = demo_model();
        let sound = vec![0.01; 3 * SHORTEST_SAMPLES];
        let stop = Stop::default();
        stop.now(Reason::LeaseLost);
        assert!(matches!(whisper.run(&sound, Care::Usual, &stop), Err(EngineError::Stopped)));
        assert!(whisper.run(&sound, Care::Usual, &Stop::default()).is_ok());
    }

    #[test]
    fn an_english_model_refuses_another_language() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("model/ggml-micro-call-en.bin");
        let settings = WhisperSettings { model, language: "fr".to_owned(), slots: 1, threads: 1 };
        let refusal = Whisper::load(&settings).err().expect("refused").to_string();
        assert!(refusal.ends_with("hears English only; the language is set to fr."), "{refusal}");
    }
}
