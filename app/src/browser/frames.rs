use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::request_animation_frame;

use super::keep;

/// Calls `each` before every paint until the current owner ends. A hidden page paints nothing.
pub fn each_frame(each: impl Fn() + 'static) {
    let running = Running(Rc::new(Cell::new(true)));
    schedule(Rc::new(each), Rc::clone(&running.0));
    keep(running);
}

struct Running(Rc<Cell<bool>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

fn schedule(each: Rc<dyn Fn()>, running: Rc<Cell<bool>>) {
    request_animation_frame(move || {
        if running.get() {
            each();
            schedule(each, running);
        }
    });
}
