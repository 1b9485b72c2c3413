//! whisper.cpp's abort callback: the only unsafe code of the project.
//!
//! whisper-rs 0.16 has a safe setter for it, which hands the callback a pointer of the wrong type.
#![expect(unsafe_code, reason = "whisper.cpp asks through a C callback whether to go on")]

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

use whisper_rs::{FullParams, WhisperError, WhisperState};

/// Runs whisper.cpp over `sound` and lets it give up once `stop` is set.
pub fn full_until(
    state: &mut WhisperState,
    parameters: &FullParams<'_, '_>,
    sound: &[f32],
    stop: &AtomicBool,
) -> Result<(), WhisperError> {
    let mut parameters = parameters.clone();
    // SAFETY: `asked` has the signature that whisper.cpp expects, does not unwind, and only reads
    // the flag. whisper.cpp uses callback and pointer during `full` only; `stop` is borrowed for
    // longer than that, and the copy of the parameters that carries the pointer ends with `full`.
    unsafe {
        parameters.set_abort_callback(Some(asked));
        parameters.set_abort_callback_user_data(std::ptr::from_ref(stop).cast_mut().cast::<c_void>());
    }
    state.full(parameters, sound)
}

/// Called by whisper.cpp, from its own threads too.
unsafe extern "C" fn asked(stop: *mut c_void) -> bool {
    // SAFETY: the pointer is the `&AtomicBool` that `full_until` keeps borrowed meanwhile.
    unsafe { &*stop.cast::<AtomicBool>() }.load(Ordering::Acquire)
}
