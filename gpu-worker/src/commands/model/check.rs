//! `gpu-worker model check [NAME]`

use anyhow::{Context, bail};

use crate::models::{Folder, MODELS, Model, Presence, is_right};

/// One line a model on standard output; an error when one of them is damaged.
pub async fn run(only: Option<&'static Model>, folder: &Folder) -> anyhow::Result<()> {
    let here: Vec<&Model> = match only {
        Some(model) => {
            if !is_here(model, folder) {
                folder.resolve(model.name)?;
            }
            vec![model]
        }
        None => MODELS.iter().filter(|model| is_here(model, folder)).collect(),
    };
    if here.is_empty() {
        println!("No model is in {}", folder.path().display());
    }
    let mut damaged = 0;
    for model in &here {
        let (name, path) = (model.name, folder.path_of(model));
        let shown = path.display().to_string();
        if is_right(model, path).await.with_context(|| format!("The file {shown} cannot be read"))? {
            println!("The model {name} is whole.");
        } else {
            println!("The model {name} is damaged. Fetch it again with: gpu-worker model fetch {name}");
            damaged += 1;
        }
    }
    if damaged > 0 {
        bail!("Damaged models in {}: {damaged} of {}", folder.path().display(), here.len());
    }
    Ok(())
}

fn is_here(model: &Model, folder: &Folder) -> bool {
    matches!(folder.presence_of(model), Presence::Here | Presence::WrongSize { .. })
}
