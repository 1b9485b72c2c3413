//! A model that no catalogue has, a folder for it, and what a fetch leaves there.

use std::cell::RefCell;
use std::fs;
use std::time::Duration;

use gpu_worker::models::{Fetch, FetchError, Fetched, Folder, Model, Patience, Step};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::mirror::Mirror;

/// Large enough for many pieces, small enough for many tests.
pub const BYTES: usize = 300_000;

/// A model that no catalogue has, an empty folder for it, and its file.
pub struct Setup {
    pub folder: Folder,
    pub model: Model,
    pub content: Vec<u8>,
    pub steps: RefCell<Vec<Step>>,
    _root: TempDir,
}

impl Setup {
    pub fn new() -> Self {
        let content: Vec<u8> =
            (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(BYTES).collect();
        let root = tempfile::tempdir().expect("a folder");
        Self {
            folder: Folder(root.path().join("callscript/models")),
            model: Model { name: "test", bytes: BYTES as u64, sha256: Sha256::digest(&content).into() },
            content,
            steps: RefCell::default(),
            _root: root,
        }
    }

    pub async fn fetch(&self, mirror: &Mirror) -> Result<Fetched, FetchError> {
        let patience = Patience {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(1),
            ..Patience::default()
        };
        let fetch = Fetch { model: &self.model, folder: &self.folder, mirror: &mirror.url, patience };
        fetch.run(&|step| self.steps.borrow_mut().push(step)).await
    }

    /// The sentence that a fetch fails with.
    pub async fn refusal(&self, mirror: &Mirror) -> String {
        self.fetch(mirror).await.expect_err("refused").to_string()
    }

    /// What an earlier fetch left.
    pub fn leave(&self, name: &str, content: &[u8]) {
        fs::create_dir_all(self.folder.path()).expect("a folder");
        fs::write(self.folder.path().join(name), content).expect("written");
    }

    pub fn file(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.path_of(&self.model)).ok()
    }

    /// The whole file is here, and nothing of the way to it.
    #[track_caller]
    pub fn is_here(&self) {
        assert!(self.file().is_some_and(|file| file == self.content), "the file is not the right one");
        assert_eq!(self.names(), ["ggml-test.bin", "ggml-test.bin.lock"]);
    }

    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("readable").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    pub fn interruptions(&self) -> usize {
        self.steps.borrow().iter().filter(|step| matches!(step, Step::Interrupted { .. })).count()
    }
}
