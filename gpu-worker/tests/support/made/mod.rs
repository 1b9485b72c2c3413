//! Recordings that the tests make, from nothing or from a demo call.

pub mod mp3;
pub mod sound;
pub mod wav;
