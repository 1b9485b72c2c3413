use leptos::prelude::*;

/// A table of figures that scrolls in a frame of its own. `name` is what the frame is called, `caption` is read aloud;
/// `rows` are its `<tr>`s.
pub fn figure_table(
    name: String,
    caption: String,
    columns: &[&'static str],
    rows: AnyView,
    foot: Option<AnyView>,
) -> AnyView {
    let columns = columns.iter().map(|column| view! { <th scope="col">{*column}</th> }).collect_view();
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=format!("{name}, table")>
            <table class="figures">
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{columns}</tr></thead>
                <tbody>{rows}</tbody>
                {foot.map(|foot| view! { <tfoot>{foot}</tfoot> })}
            </table>
        </div>
    }
    .into_any()
}
