//! `page-files MODULE FOLDER NAME` cuts the browser's module into what every page needs, `NAME.wasm` for wasm-bindgen,
//! and files for single pages, which `__wasm_split.js` loads. `__wasm_split_manifest.json` tells the server which
//! files belong to which page.
//!
//! A library and not its command line: that keeps the list of files to itself.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use sha2::{Digest as _, Sha256};
use wasm_encoder::Module;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_split_cli_support::{Options, OutputTarget, WebTargetOptions, transform};
use wasmparser::{CustomSectionReader, Parser};

const LOADER: &str = "__wasm_split.js";
const MANIFEST: &str = "__wasm_split_manifest.json";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        bail!("usage: page-files MODULE FOLDER NAME");
    };
    let (module, folder) = (fs::read(module).context(module.clone())?, Path::new(folder));
    let (main_module, main_out_path) = (format!("./{name}.js"), folder.join(format!("{name}.wasm")));
    let mut options = Options::new(&module);
    options.output_dir = folder;
    options.main_module = &main_module;
    options.main_out_path = &main_out_path;
    options.target = OutputTarget::Web(WebTargetOptions::default());
    let cut = transform(options).map_err(|error| anyhow!("{error:#}"))?;

    // The files of two releases do not fit together: a page that is still open after a new release must not find the
    // new one's files under the names of its own.
    let digest = Sha256::digest(&module);
    let release = format!("{:016x}", digest.first_chunk().copied().map_or(0, u64::from_be_bytes));
    let (mut loader, mut manifest) =
        (fs::read_to_string(folder.join(LOADER))?, serde_json::to_string(&cut.prefetch_map)?);
    for file in &cut.split_modules {
        let stem = file.file_stem().and_then(OsStr::to_str).context("a file without a name")?;
        let released = format!("{stem}.{release}");
        loader = loader.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{released}.wasm\""));
        manifest = manifest.replace(&format!("\"{stem}\""), &format!("\"{released}\""));
        write_small(file, &folder.join(format!("{released}.wasm")))?;
    }
    fs::write(folder.join(LOADER), loader)?;
    fs::write(folder.join(MANIFEST), manifest)?;
    Ok(())
}

/// Moves a module to its place, without the names of its functions and with numbers that take no more room than they
/// need; the linker leaves room for every number to grow.
fn write_small(file: &Path, place: &PathBuf) -> Result<()> {
    let module = fs::read(file)?;
    let mut small = Module::new();
    WithoutNames.parse_core_module(&mut small, Parser::new(0), &module)?;
    fs::write(place, small.finish())?;
    fs::remove_file(file)?;
    Ok(())
}

struct WithoutNames;

impl Reencode for WithoutNames {
    type Error = std::convert::Infallible;

    fn parse_custom_section(
        &mut self,
        _: &mut Module,
        _: CustomSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        Ok(())
    }
}
