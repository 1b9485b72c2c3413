use leptos::html::Dialog;
use leptos::prelude::*;

use crate::browser::keyboard::on_key;
use crate::components::icon::Icon;

/// Keys that do the same thing, and what they do.
pub type Keys = (&'static [&'static str], &'static str);

/// The keys of a page: listens to them, and shows them at a press of `?` or of its button. `pressed` says whether it
/// has used a key up.
#[component]
pub fn KeysHelp(keys: &'static [Keys], pressed: impl Fn(&str) -> bool + Copy + 'static) -> impl IntoView {
    let help = NodeRef::<Dialog>::new();
    let open_help = move || {
        if let Some(help) = help.get_untracked() {
            let _ = help.show_modal();
        }
    };
    Effect::new(move |_| {
        on_key(move |key| {
            if key == "?" {
                open_help();
                return true;
            }
            pressed(key)
        });
    });
    view! {
        <button type="button" class="button quiet keys-button" on:click=move |_| open_help()>
            <Icon icon=icondata_lu::LuKeyboard/>"Keyboard shortcuts"
        </button>
        <dialog class="keys" node_ref=help aria-labelledby="keys-title">
            <form method="dialog">
                <div class="keys-heading">
                    <h2 id="keys-title">"Keyboard shortcuts"</h2>
                    <button type="submit" class="button round small" aria-label="Close"><Icon icon=icondata_lu::LuX/></button>
                </div>
            </form>
            <dl>
                {keys.iter().map(|(keys, meaning)| view! {
                    <div>
                        <dt>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dt>
                        <dd>{*meaning}</dd>
                    </div>
                }).collect_view()}
            </dl>
        </dialog>
    }
}
