//! whisper.cpp's models: which there are, where they are kept, and how they come there whole.

mod catalogue;
mod checksum;
mod download;
mod fetch;
mod folder;

pub use catalogue::{MODELS, Model, UnknownModel, find};
pub use checksum::is_right;
pub use fetch::{Fetch, FetchError, Fetched, Patience, Step};
pub use folder::{Folder, Presence, ResolveError, is_path};
