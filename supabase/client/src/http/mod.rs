//! Clients for PostgREST, Auth and Storage.
