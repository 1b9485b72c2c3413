//! Whether another link can help a media element that has reported an error.

/// `MediaError.code` where bytes came and were no sound, or stopped being any.
const DECODE: u16 = 3;
/// `MediaError.code` where nothing could be opened: the link has run out, or what it leads to is no sound.
const SRC_NOT_SUPPORTED: u16 = 4;
/// An element that breaks twice within this distance has met the same broken place of the file.
const SAME_PLACE_MS: u32 = 1000;

/// What broke last, so that a file that no browser can play is not asked for again and again.
#[derive(Debug, Clone, Copy, Default)]
pub struct DecodeErrors {
    last: Option<DecodeError>,
}

#[derive(Debug, Clone, Copy)]
struct DecodeError {
    code: u16,
    position_ms: u32,
}

impl DecodeErrors {
    /// Takes note of an error and tells whether a fresh link is worth a try. A connection that broke is; what
    /// could not be decoded is once.
    pub fn link_may_help(&mut self, code: u16, position_ms: u32) -> bool {
        if code != DECODE && code != SRC_NOT_SUPPORTED {
            return true;
        }
        let again = self.last.is_some_and(|last| {
            // Where nothing opens there is no place.
            let same_place = code != DECODE || last.position_ms.abs_diff(position_ms) <= SAME_PLACE_MS;
            last.code == code && same_place
        });
        self.last = Some(DecodeError { code, position_ms });
        !again
    }

    /// The element has opened the recording. That a place within it is broken still holds.
    pub fn opened(&mut self) {
        self.last = self.last.filter(|last| last.code == DECODE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: u16 = 2;

    #[test]
    fn a_file_that_is_no_sound_gets_one_more_link() {
        let mut errors = DecodeErrors::default();
        assert!(errors.link_may_help(SRC_NOT_SUPPORTED, 0));
        assert!(!errors.link_may_help(SRC_NOT_SUPPORTED, 9000), "the reader may have jumped meanwhile");
    }

    #[test]
    fn a_link_that_runs_out_again_after_it_worked_is_replaced_again() {
        let mut errors = DecodeErrors::default();
        assert!(errors.link_may_help(SRC_NOT_SUPPORTED, 5000));
        errors.opened();
        assert!(errors.link_may_help(SRC_NOT_SUPPORTED, 5000));
    }

    #[test]
    fn a_place_that_breaks_again_is_the_files_fault_although_it_opens() {
        let mut errors = DecodeErrors::default();
        assert!(errors.link_may_help(DECODE, 30_000));
        errors.opened();
        assert!(!errors.link_may_help(DECODE, 30_400));
        assert!(errors.link_may_help(DECODE, 90_000), "another place may be sound");
    }

    #[test]
    fn a_broken_connection_is_always_worth_another_try() {
        let mut errors = DecodeErrors::default();
        for _ in 0..5 {
            assert!(errors.link_may_help(NETWORK, 1000));
        }
    }
}
