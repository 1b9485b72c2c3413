use leptos::prelude::*;

/// An icon of the Lucide set, as large as the text around it. Purely visual: what it stands for is always
/// in words beside it or in the name of the control.
#[component]
pub fn Icon(icon: icondata_core::Icon) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox=icon.view_box
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            focusable="false"
            inner_html=icon.data
        ></svg>
    }
}

/// The same as HTML, for parts of a page that are written as such.
#[must_use]
pub fn icon_html(icon: icondata_core::Icon) -> String {
    format!(
        "<svg class=\"icon\" viewBox=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" \
         stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\" focusable=\"false\">{}</svg>",
        icon.view_box.unwrap_or("0 0 24 24"),
        icon.data,
    )
}
