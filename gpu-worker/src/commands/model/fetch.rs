//! `gpu-worker model fetch NAME`

use url::Url;

use super::progress::Progress;
use crate::models::{Fetch, Fetched, Folder, Model, Patience, Presence};

pub async fn run(model: &Model, folder: &Folder, mirror: &Url) -> anyhow::Result<()> {
    let already = match folder.presence_of(model) {
        Presence::Part { bytes } => bytes,
        _ => 0,
    };
    let progress = Progress::new(model, already);
    let fetch = Fetch { model, folder, mirror, patience: Patience::default() };
    let fetched = fetch.run(&|step| progress.show(step)).await;
    progress.end();
    let (name, path) = (model.name, folder.path_of(model));
    match fetched? {
        Fetched::Now => println!("The model {name} is here: {}", path.display()),
        Fetched::AlreadyHere => println!("The model {name} was here already, whole: {}", path.display()),
    }
    Ok(())
}
