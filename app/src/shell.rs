//! The HTML document around the app.

use http::request::Parts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::app::App;
use crate::content_security_policy;
use crate::state::AppState;

/// Renders the document. The script that starts the app is the only inline one of our own; it carries
/// the nonce of the response's Content-Security-Policy.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    content_security_policy::send();
    let pkg = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let start = format!(
        r#"import start, {{ hydrate }} from "{pkg}.js"; await start({{ module_or_path: "{pkg}.wasm" }}); hydrate();"#
    );
    let files = page_files();
    // What loads them; the app's own script names it only when it has come.
    let loader = (!files.is_empty()).then(
        || view! { <link rel="modulepreload" href=format!("/{}/__wasm_split.js", options.site_pkg_dir)/> },
    );
    let files = files.into_iter().map(|file| format!("/{}/{file}.wasm", options.site_pkg_dir)).map(|file| {
        view! { <link rel="preload" href=file r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/> }
    });
    let files = files.collect_view();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                // The browser's own bar in the colour of the page: `--ground` in style/tokens.css.
                <meta name="theme-color" content="#f7f6f3" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#111318" media="(prefers-color-scheme: dark)"/>
                <link rel="icon" href="/favicon.ico" sizes="32x32"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=format!("{pkg}.css")/>
                <link rel="modulepreload" href=format!("{pkg}.js")/>
                <link rel="preload" href=format!("{pkg}.wasm") r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                {loader}
                {files}
                <AutoReload options/>
                <script type="module" nonce=use_nonce()>{start}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The files with the code of the page at the present address.
fn page_files() -> Vec<String> {
    let parts = use_context::<Parts>().zip(use_context::<AppState>());
    parts.map_or_else(Vec::new, |(parts, state)| state.page_files.at(parts.uri.path()).to_vec())
}
