//! Where the programs are that tests start. A test never skips itself because one is missing: it fails, and says what
//! to install.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What is in the folder that `KUBEBUILDER_ASSETS` names, where it is set.
const ASSETS: [&str; 3] = ["etcd", "kube-apiserver", "kubectl"];

/// The folders of the path.
pub(crate) fn path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect()
}

/// A program on the path, from Debian's `package`.
pub(crate) fn installed(program: &str, package: &str) -> PathBuf {
    on_path(program)
        .unwrap_or_else(|| panic!("{program} is missing: run tests/run, which installs Debian's {package}"))
}

/// A program of a Python wheel that `tests/run` put into its folder of tools, `inside` being its place there; or else
/// one on the path.
pub(crate) fn from_pypi(program: &str, package: &str, inside: impl Fn(&Path) -> Option<PathBuf>) -> PathBuf {
    let wheel = tools().and_then(|tools| inside(&tools.join(package)));
    wheel
        .filter(|wheel| wheel.is_file())
        .or_else(|| on_path(program))
        .unwrap_or_else(|| {
            panic!(
                "{program} is missing: run tests/run, which installs PyPI's {package}, or put it on the path"
            )
        })
}

/// A program that `tests/tools/build` makes, or one of the control plane's that [`ASSETS`] brings.
pub(crate) fn built(program: &str) -> PathBuf {
    let assets = env::var_os("KUBEBUILDER_ASSETS").filter(|_| ASSETS.contains(&program));
    let brought = assets.map(|folder| Path::new(&folder).join(program));
    brought.unwrap_or_else(|| made(program, program))
}

/// A file in the folder of this name that `tests/tools/build` makes.
pub(crate) fn made(folder: &str, file: &str) -> PathBuf {
    let file = tools().unwrap_or_default().join(folder).join(file);
    let missing = format!("{} is missing: run tests/run, which makes it", file.display());
    assert!(file.is_file(), "{missing}");
    file
}

/// What a wheel brings is below a folder that is named after Python's version.
pub(crate) fn site_packages(environment: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(environment.join("lib")).ok()?;
    let mut folders = versions
        .flatten()
        .map(|version| version.path().join("site-packages"));
    folders.find(|folder| folder.is_dir())
}

fn on_path(program: &str) -> Option<PathBuf> {
    path()
        .into_iter()
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The folder of tools; `tests/run` has the same rule.
fn tools() -> Option<PathBuf> {
    let given = env::var_os("SERIN_TEST_TOOLS").map(PathBuf::from);
    given.or_else(|| {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")));
        Some(cache?.join("serin-test-tools"))
    })
}
