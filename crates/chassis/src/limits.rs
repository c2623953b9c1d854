//! How many connections a process can hold.

/// Raises the soft limit of open files to the hard one: each connection is a file, and the soft limit of a plain login is
/// 1024. Programs that use `select`, for which it is kept so low, are none of ours.
pub fn raise_open_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
