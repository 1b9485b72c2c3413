//! The transcription worker: claims calls, hears them with whisper.cpp, stores what was said.
//!
//! A library, so that benchmarks can run its parts with another [`engine::Engine`]; the program is
//! `main.rs`.

pub mod audio;
pub mod commands;
pub mod engine;
pub mod formats;
pub mod lane;
pub mod models;
pub mod monitoring;
pub mod settings;
pub mod transcript;
