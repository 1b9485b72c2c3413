//! The lanes in virtual time: nobody waits, and hours go by between two requests.

mod books;
mod gateway;
mod lanes;
mod long_call;
mod pauses;
mod schedules;
mod virtual_clock;
