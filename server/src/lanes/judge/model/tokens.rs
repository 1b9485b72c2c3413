//! Counts tokens as the model does.

use tiktoken_rs::CoreBPE;
use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};
use tiktoken_rs::{bpe_for_model, bpe_for_tokenizer};

/// Where the model's own tokenizer is not known, so many percent are added to the count of another.
const MARGIN_PERCENT: usize = 25;

/// What the chat format adds to each message.
pub const PER_MESSAGE: usize = 4;
/// What it adds to the whole request.
pub const PER_REQUEST: usize = 3;

/// A vocabulary that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Vocabulary {
    /// By the model's name; models of others than OpenAI are counted with `o200k_base` and a margin of 25 %.
    ByModel,
    #[value(name = "o200k_base")]
    O200kBase,
    #[value(name = "o200k_harmony")]
    O200kHarmony,
    #[value(name = "cl100k_base")]
    Cl100kBase,
}

/// Counts for one model.
#[derive(Clone, Copy)]
pub struct TokenCounter {
    vocabulary: &'static CoreBPE,
    margin_percent: usize,
}

impl TokenCounter {
    /// The error says which vocabulary cannot be read.
    pub fn new(vocabulary: Vocabulary, model: &str) -> Result<Self, String> {
        let tokenizer = match vocabulary {
            Vocabulary::ByModel => get_tokenizer(model),
            Vocabulary::O200kBase => Some(Tokenizer::O200kBase),
            Vocabulary::O200kHarmony => Some(Tokenizer::O200kHarmony),
            Vocabulary::Cl100kBase => Some(Tokenizer::Cl100kBase),
        };
        let (read, margin_percent) = match tokenizer {
            Some(tokenizer) => (bpe_for_tokenizer(tokenizer), 0),
            None => (bpe_for_model("gpt-4o"), MARGIN_PERCENT),
        };
        let vocabulary =
            read.map_err(|error| format!("The tokenizer {vocabulary:?} cannot be read: {error}"))?;
        Ok(Self { vocabulary, margin_percent })
    }

    pub fn count(&self, text: &str) -> usize {
        let tokens = self.vocabulary.count_ordinary(text);
        tokens + (tokens * self.margin_percent).div_ceil(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_counted_with_its_own_vocabulary() {
        let count =
            |vocabulary, model| TokenCounter::new(vocabulary, model).unwrap().count("I guarantee it.");
        assert_eq!(count(Vocabulary::ByModel, "gpt-4o-mini"), 4);
        assert_eq!(count(Vocabulary::ByModel, "gpt-4o-mini"), count(Vocabulary::O200kBase, "anything"));
        assert_eq!(count(Vocabulary::ByModel, "llama-4"), 5, "a quarter more where nobody knows");
    }
}
