//! `gpu-worker model list`

use indicatif::DecimalBytes;

use crate::commands::print;
use crate::models::{Folder, MODELS, Model, Presence};

pub fn run(folder: &Folder) -> anyhow::Result<()> {
    let rows: String = MODELS.iter().map(|model| row(model, folder.presence_of(model))).collect();
    let header = columns("NAME", "SIZE", "LANGUAGES", "HERE");
    print(&format!("{header}{rows}\nModels are kept in {}\n", folder.path().display()))
}

fn row(model: &Model, presence: Presence) -> String {
    let languages = if model.is_english_only() { "English" } else { "many" };
    let here = match presence {
        Presence::Here => "yes".to_owned(),
        Presence::WrongSize { .. } => "damaged".to_owned(),
        Presence::Part { bytes } => format!("{} %", bytes.saturating_mul(100) / model.bytes),
        Presence::Absent => "no".to_owned(),
    };
    columns(model.name, &DecimalBytes(model.bytes).to_string(), languages, &here)
}

fn columns(name: &str, size: &str, languages: &str, here: &str) -> String {
    format!("{name:<20} {size:>10}  {languages:<9}  {here}\n")
}
