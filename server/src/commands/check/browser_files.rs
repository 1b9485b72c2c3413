//! What browsers load.

use std::path::Path;

use super::Tried;

const FILES: [&str; 3] = ["pkg/callscript.js", "pkg/callscript.wasm", "pkg/callscript.css"];

pub fn are_there(site_root: &Path) -> Tried {
    let folder = site_root.display();
    match FILES.into_iter().find(|file| !site_root.join(file).is_file()) {
        None => Ok(format!("{folder} has them")),
        Some(missing) => Err(format!(
            "{folder} has no {missing}: pages would come without style and without life. Build them \
             (end2end/scripts/build-site.sh), or say where they are."
        )),
    }
}
