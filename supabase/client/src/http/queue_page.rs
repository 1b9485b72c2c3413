//! The queue page: filters, pages, saved views, the next call.
