//! The folder that models are kept in, and what `--model` means.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::{Model, UnknownModel, find};

/// A folder of models, whether it exists yet or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

/// What of a model lies in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Absent,
    /// A fetch was interrupted; so much is kept.
    Part {
        bytes: u64,
    },
    /// A file of this model's name, but not of its size.
    WrongSize {
        bytes: u64,
    },
    /// A file of the right size. Only [`super::is_right`] knows whether its content is right as well.
    Here,
}

/// Whether `--model` gives the path of a file rather than the name of a model.
pub fn is_path(value: &Path) -> bool {
    let has_separator = value.to_string_lossy().contains(std::path::is_separator);
    // Whoever writes `ggml-base.en.bin` means a file, also where it is missing.
    has_separator || value.extension().is_some_and(|extension| extension == "bin") || value.is_file()
}

/// Why `--model` names nothing that can be loaded, in words for whoever starts the worker.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    #[error("{0}. A file of that name is given by its path: ./{name}", name = .0.0)]
    Unknown(#[from] UnknownModel),
    #[error("The model {model} is not in {}. Fetch it with: gpu-worker model fetch {model}", folder.display())]
    Absent { model: &'static str, folder: PathBuf },
    #[error(
        "The model {model} in {} is damaged: it has {found} bytes instead of {expected}. Fetch it again \
         with: gpu-worker model fetch {model}; `gpu-worker model check` looks at all models",
        folder.display()
    )]
    WrongSize { model: &'static str, folder: PathBuf, found: u64, expected: u64 },
}

impl Folder {
    /// The platform's place for what programs keep for a user; nothing where there is no such user.
    pub fn of_this_user() -> Option<Self> {
        // The XDG rules: a relative path counts as none.
        let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || env::home_dir().filter(|path| path.is_absolute());
        let data = data.or_else(|| home().map(|home| home.join(".local/share")))?;
        Some(Self(data.join("callscript/models")))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the whole file of a model belongs.
    pub fn path_of(&self, model: &Model) -> PathBuf {
        self.0.join(model.file_name())
    }

    /// Where a fetch keeps what came so far.
    pub(super) fn part_of(&self, model: &Model) -> PathBuf {
        self.0.join(format!("{}.part", model.file_name()))
    }

    pub fn presence_of(&self, model: &Model) -> Presence {
        let bytes_of = |path: &Path| fs::metadata(path).ok().map(|metadata| metadata.len());
        match (bytes_of(&self.path_of(model)), bytes_of(&self.part_of(model))) {
            (Some(bytes), _) if bytes == model.bytes => Presence::Here,
            (Some(bytes), _) => Presence::WrongSize { bytes },
            (None, Some(bytes)) => Presence::Part { bytes },
            (None, None) => Presence::Absent,
        }
    }

    /// The file of a model that was fetched into this folder.
    ///
    /// # Errors
    /// A name that the catalogue lacks, a model that is not here, or not in its full size.
    pub fn resolve(&self, name: &str) -> Result<PathBuf, ResolveError> {
        let model = find(name)?;
        let folder = || self.0.clone();
        match self.presence_of(model) {
            Presence::Here => Ok(self.path_of(model)),
            Presence::WrongSize { bytes } => Err(ResolveError::WrongSize {
                model: model.name,
                folder: folder(),
                found: bytes,
                expected: model.bytes,
            }),
            Presence::Absent | Presence::Part { .. } => {
                Err(ResolveError::Absent { model: model.name, folder: folder() })
            }
        }
    }
}
