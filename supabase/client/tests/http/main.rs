//! How answers of the services become results and errors. The services are stood in for by a
//! server that says one thing; whether real ones say it is shown by the tests of the whole stack.

mod auth;
mod logs;
mod rest;
mod server;
mod storage;
mod traces;
mod wire;
