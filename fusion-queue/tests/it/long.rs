//! How long tests of chance run.

/// `short`, or `long` where `FUSION_LONG` is set.
pub(crate) fn times(short: usize, long: usize) -> usize {
    if std::env::var_os("FUSION_LONG").is_some() { long } else { short }
}
