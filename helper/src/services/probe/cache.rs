//! Caches a successful probe for a few minutes, even if many sessions start at once.
//!
//! One empty file per URL and token; its modification time is the time of the last success.

use crate::base::secret::Secret;
use crate::facts::gateway::GatewayUrl;
use crate::services::background;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How long a success is cached.
pub(super) const FRESH: Duration = Duration::from_secs(5 * 60);

/// The cached success of one URL and token.
#[derive(Debug)]
pub(super) struct CachedSuccess {
    path: PathBuf,
}

impl CachedSuccess {
    /// In `<state>/probe`. The name reveals neither the URL nor the token.
    pub(super) fn new(state: &Path, url: &GatewayUrl, token: Option<&Secret>) -> Self {
        let mut hasher = DefaultHasher::new();
        url.to_string().hash(&mut hasher);
        token.map(Secret::reveal).hash(&mut hasher);
        Self { path: state.join("probe").join(format!("{:016x}", hasher.finish())) }
    }

    /// True if the last success is not older than [`FRESH`]. A time in the future is ignored.
    pub(super) fn is_fresh(&self) -> bool {
        let modified = fs::metadata(&self.path).and_then(|meta| meta.modified());
        modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age < FRESH))
    }

    /// Stores a success. If writing fails, the next session probes again.
    pub(super) fn remember(&self) {
        let Some(folder) = self.path.parent() else { return };
        let file = fs::create_dir_all(folder).and_then(|()| File::create(&self.path));
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Removes it: the next session probes again.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(&self.path);
    }

    /// Holds other sessions back while one probes; `None` if files cannot be locked. Waits at most
    /// `limit`, because the probing session may be waiting for a gateway that hangs.
    pub(super) fn turn(&self, limit: Duration) -> Option<File> {
        let folder = self.path.parent()?;
        fs::create_dir_all(folder).ok()?;
        let file = File::create(self.path.with_extension("lock")).ok()?;
        if file.try_lock().is_ok() {
            return Some(file);
        }
        // if the caller has given up by then, dropping the file releases the lock
        background::start(move || file.lock().is_ok().then_some(file)).until(Instant::now() + limit)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::HostPolicy;

    fn url(gateway: &str) -> GatewayUrl {
        let text = format!(
            "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/{gateway}/anthropic"
        );
        GatewayUrl::parse(&text, &HostPolicy::default()).unwrap()
    }

    #[test]
    fn a_success_counts_only_for_its_url_and_token() {
        let state = tempfile::tempdir().unwrap();
        let (one, two) = (Secret::new("one"), Secret::new("two"));
        CachedSuccess::new(state.path(), &url("a"), one.as_ref()).remember();
        assert!(CachedSuccess::new(state.path(), &url("a"), one.as_ref()).is_fresh());
        assert!(!CachedSuccess::new(state.path(), &url("a"), two.as_ref()).is_fresh());
        assert!(!CachedSuccess::new(state.path(), &url("b"), one.as_ref()).is_fresh());
        assert!(!CachedSuccess::new(state.path(), &url("a"), None).is_fresh());
    }

    #[test]
    fn an_old_success_and_one_from_the_future_are_ignored() {
        let state = tempfile::tempdir().unwrap();
        let entry = CachedSuccess::new(state.path(), &url("a"), None);
        for at in [SystemTime::now() - FRESH * 2, SystemTime::now() + FRESH] {
            entry.remember();
            File::options().write(true).open(&entry.path).unwrap().set_modified(at).unwrap();
            assert!(!entry.is_fresh());
        }
        entry.remember();
        assert!(entry.is_fresh());
        entry.forget();
        assert!(!entry.is_fresh());
    }

    #[test]
    fn an_unwritable_state_folder_does_not_stop_the_probe() {
        let entry = CachedSuccess::new(Path::new("/dev/null"), &url("a"), None);
        entry.remember();
        assert!(!entry.is_fresh() && entry.turn(FRESH).is_none());
    }
}
