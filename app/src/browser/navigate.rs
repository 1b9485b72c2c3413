use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

type Go = Box<dyn Fn(&str, NavigateOptions)>;

/// Leads to other pages of the app from handlers of events; copies share the way. It is found in the browser alone:
/// what belongs to one thread must not stand on a server that works with many.
#[derive(Clone, Copy)]
pub struct Navigate(StoredValue<Option<StoredValue<Go, LocalStorage>>>);

impl Navigate {
    /// To be called while a component is made.
    pub fn find() -> Self {
        let way = StoredValue::new(None);
        Effect::new(move |_| way.set_value(Some(StoredValue::new_local(Box::new(use_navigate()) as Go))));
        Self(way)
    }

    pub fn to(self, address: &str, options: NavigateOptions) {
        if let Some(go) = self.0.try_get_value().flatten() {
            go.try_with_value(|go| go(address, options));
        }
    }
}
