use leptos_use_raf_fn::use_raf_fn;

/// Calls `each` before every paint until the current owner ends. A hidden page paints nothing.
pub fn each_frame(each: impl Fn() + 'static) {
    use_raf_fn(move |_| each());
}
