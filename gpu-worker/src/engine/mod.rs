//! Speech to text behind one small trait.
//!
//! The engine blocks and may use a whole GPU, so each of its slots lives on a thread of its own
//! ([`slots`]), all fed through one bounded channel.

mod abort;
pub mod busy;
pub mod slots;
pub mod stop;
pub mod whisper;

use stop::Stop;

/// Something that hears.
pub trait Engine {
    /// Hears one stretch of 16 kHz sound of one speaker. Times in the answer count from the start
    /// of the stretch. Gives up with [`EngineError::Stopped`] soon after `stop` asks for it.
    fn hear(&mut self, sound: &[f32], care: Care, stop: &Stop) -> Result<Vec<HeardSegment>, EngineError>;
}

/// How a stretch is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    Usual,
    /// In another way than usual, because that one ended in a loop.
    AfterLoop,
}

/// What the engine takes for one sentence or one breath.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardSegment {
    pub start_ms: u32,
    pub end_ms: u32,
    /// How likely it is, 0 to 1, that nobody spoke.
    pub no_speech: f32,
    pub pieces: Vec<Piece>,
}

/// A piece of text, without any special token. A piece that begins a word begins with a space.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Not always whole characters: one character can be spread over two pieces.
    pub bytes: Vec<u8>,
    /// 0 to 1.
    pub probability: f32,
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("{0}")]
    Model(String),
    #[error("The speech engine failed: {0}")]
    Failed(String),
    #[error("The speech engine was stopped.")]
    Stopped,
    #[error("The speech engine is gone.")]
    Gone,
}
