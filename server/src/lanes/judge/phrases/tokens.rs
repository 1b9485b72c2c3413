//! From written words to words that can be compared.
//!
//! Lower case; punctuation is dropped; hyphenated words are several; contractions are written out
//! (`don't` and `do not` are the same). A written word becomes no, one or several normalised ones.

use super::vocabulary::WordId;

/// One normalised word and the position of the written word it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub id: WordId,
    /// Position among all words of the transcript.
    pub word: usize,
}

/// Words after which `'s` is short for `is`; elsewhere it shows possession.
const FOLLOWED_BY_IS: [&str; 8] = ["it", "that", "this", "what", "he", "she", "there", "here"];

/// The normalised words of a written one.
pub fn normalised(written: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut piece = String::new();
    let letters: Vec<char> = written.to_lowercase().chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let neighbour_is_digit =
            |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_digit);
        match letter {
            '’' | '\'' => piece.push('\''),
            _ if letter.is_alphanumeric() => piece.push(letter),
            // 50,000 and 4.5 are one number each.
            ',' | '.' if neighbour_is_digit(at.checked_sub(1)) && neighbour_is_digit(Some(at + 1)) => {
                if letter == '.' {
                    piece.push('.');
                }
            }
            _ => write_out(&std::mem::take(&mut piece), &mut words),
        }
    }
    write_out(&piece, &mut words);
    words
}

/// Adds the words of a piece without punctuation, contractions written out.
fn write_out(piece: &str, words: &mut Vec<String>) {
    let piece = piece.trim_matches('\'');
    let (stem, tail) = match piece {
        "can't" | "cannot" => ("can", "not"),
        "won't" => ("will", "not"),
        _ => [("n't", "not"), ("'ll", "will"), ("'re", "are"), ("'ve", "have"), ("'m", "am")]
            .into_iter()
            .find_map(|(ending, word)| piece.strip_suffix(ending).map(|stem| (stem, word)))
            .or_else(|| {
                let stem = piece.strip_suffix("'s")?;
                FOLLOWED_BY_IS.contains(&stem).then_some((stem, "is"))
            })
            .unwrap_or((piece, "")),
    };
    words.extend([stem, tail].into_iter().filter(|word| !word.is_empty()).map(|word| word.replace('\'', "")));
}

/// Words for digits, and how many digits each is when a number is read out.
pub const SPELLED_DIGITS: [(&str, usize); 28] = [
    ("zero", 1),
    ("one", 1),
    ("two", 1),
    ("three", 1),
    ("four", 1),
    ("five", 1),
    ("six", 1),
    ("seven", 1),
    ("eight", 1),
    ("nine", 1),
    ("ten", 2),
    ("eleven", 2),
    ("twelve", 2),
    ("thirteen", 2),
    ("fourteen", 2),
    ("fifteen", 2),
    ("sixteen", 2),
    ("seventeen", 2),
    ("eighteen", 2),
    ("nineteen", 2),
    ("twenty", 2),
    ("thirty", 2),
    ("forty", 2),
    ("fifty", 2),
    ("sixty", 2),
    ("seventy", 2),
    ("eighty", 2),
    ("ninety", 2),
];

/// Words that multiply what stands before them.
pub const MAGNITUDES: [&str; 4] = ["hundred", "thousand", "million", "billion"];

/// Whether the word is a number or a part of one.
pub fn is_number(word: &str) -> bool {
    SPELLED_DIGITS.iter().any(|(spelled, _)| *spelled == word)
        || MAGNITUDES.contains(&word)
        || word.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_words_are_normalised() {
        for (written, words) in [
            ("Free!", vec!["free"]),
            ("—", vec![]),
            ("don’t", vec!["do", "not"]),
            ("CAN'T", vec!["can", "not"]),
            ("cannot", vec!["can", "not"]),
            ("won't", vec!["will", "not"]),
            ("you'll", vec!["you", "will"]),
            ("that's", vec!["that", "is"]),
            ("doctor's", vec!["doctors"]),
            ("'quoted'", vec!["quoted"]),
            ("sixty-five", vec!["sixty", "five"]),
            ("$50,000.", vec!["50000"]),
            ("4.5%", vec!["4.5"]),
            ("yes...no", vec!["yes", "no"]),
            ("n't", vec!["not"]),
        ] {
            assert_eq!(normalised(written), words, "{written:?}");
        }
    }

    #[test]
    fn numbers_are_known_spelled_and_in_digits() {
        for number in ["fifty", "hundred", "50", "4.5", "1st"] {
            assert!(is_number(number), "{number}");
        }
        for word in ["second", "won", "fiftyish", "a"] {
            assert!(!is_number(word), "{word}");
        }
    }
}
