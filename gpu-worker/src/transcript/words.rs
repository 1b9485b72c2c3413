//! Words: put together from the engine's pieces.

use crate::engine::Piece;

/// A word without its place in time.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardWord {
    pub text: String,
    /// That of its least probable piece.
    pub probability: f32,
}

/// Puts pieces together to words: a word begins where a piece holds a space.
pub fn gather(pieces: &[Piece]) -> Vec<HeardWord> {
    let mut words: Vec<(Vec<u8>, f32)> = Vec::new();
    for piece in pieces {
        for (position, part) in piece.bytes.split(u8::is_ascii_whitespace).enumerate() {
            if position > 0 || words.is_empty() {
                words.push((Vec::new(), 1.0));
            }
            if let (Some((bytes, probability)), false) = (words.last_mut(), part.is_empty()) {
                bytes.extend_from_slice(part);
                *probability = probability.min(piece.probability);
            }
        }
    }
    words
        .into_iter()
        .map(|(bytes, probability)| HeardWord {
            text: String::from_utf8_lossy(&bytes).chars().filter(|letter| !letter.is_control()).collect(),
            probability: probability.clamp(0.0, 1.0),
        })
        .filter(|word| !word.text.is_empty())
        .collect()
}

/// Whether anything was said: punctuation alone is what engines make of noise.
pub fn say_something(words: &[HeardWord]) -> bool {
    words.iter().any(|word| word.text.contains(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pieces: &[(&[u8], f32)]) -> Vec<(String, f32)> {
        let pieces: Vec<Piece> = pieces
            .iter()
            .map(|(bytes, probability)| Piece { bytes: bytes.to_vec(), probability: *probability })
            .collect();
        gather(&pieces).into_iter().map(|word| (word.text, word.probability)).collect()
    }

    #[test]
    fn pieces_without_a_space_belong_to_the_word_before() {
        let heard = words(&[(b" Good", 0.9), (b" mor", 0.8), (b"ning", 0.6), (b",", 0.95), (b" Sarah", 0.7)]);
        assert_eq!(heard, [("Good".into(), 0.9), ("morning,".into(), 0.6), ("Sarah".into(), 0.7)]);
    }

    #[test]
    fn a_first_piece_may_lack_its_space() {
        assert_eq!(words(&[(b"Yes", 0.9), (b".", 0.8)]), [("Yes.".into(), 0.8)]);
    }

    #[test]
    fn a_letter_can_be_spread_over_pieces() {
        assert_eq!(words(&[(b" caf", 0.9), (b"\xc3", 0.8), (b"\xa9", 0.8)]), [("caf\u{e9}".into(), 0.8)]);
    }

    #[test]
    fn nothing_makes_no_word() {
        assert!(words(&[(b"", 0.9), (b" ", 0.1), (b"\0", 0.3)]).is_empty());
        assert_eq!(words(&[(b" ", 0.1), (b"Hello", 0.9)]), [("Hello".into(), 0.9)]);
    }

    #[test]
    fn punctuation_alone_says_nothing() {
        let said = |text: &str| say_something(&gather(&[Piece { bytes: text.into(), probability: 0.9 }]));
        assert!(said(" Yes."));
        assert!(said(" 4"));
        assert!(said(" \u{e9}"));
        assert!(!said(" . ..."));
        assert!(!said(" "));
        assert!(!say_something(&[]));
    }
}
