//! Keeps the routes in step with the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::RouterError;
use super::config::{RoutesError, parse};
use super::routes::RouteTable;

/// The longest file that is read. A whole object in a cluster's store may have 1.5 MB; what people write
/// is far below.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// How often the file brought something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reloads {
    /// Times that new routes were put in force.
    pub accepted: u64,
    /// Times that the file could not be read or understood, and the routes stayed as they were. A file
    /// that cannot be read counts at every event about it; a text that cannot be understood counts once.
    pub rejected: u64,
}

/// The routes in force. Dropping it stops the watching.
#[derive(Debug)]
pub(super) struct Follower {
    followed: Arc<Followed>,
    _watcher: RecommendedWatcher,
}

impl Follower {
    /// Reads the file, which must be good, and goes on following it.
    pub(super) fn start(file: &Path) -> Result<Self, RouterError> {
        let followed = Arc::new(Followed::first(file)?);
        let watcher = watch_folder_of(file, Arc::clone(&followed))?;
        // What changed between the first read and the watch brought no event.
        followed.read_again();
        Ok(Self {
            followed,
            _watcher: watcher,
        })
    }

    pub(super) fn routes(&self) -> Arc<RouteTable> {
        let state = self.followed.state.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&state.routes)
    }

    pub(super) fn reloads(&self) -> Reloads {
        let state = self.followed.state.read().unwrap_or_else(PoisonError::into_inner);
        state.reloads
    }
}

/// A file, and what was made of it.
#[derive(Debug)]
struct Followed {
    file: PathBuf,
    /// The text that was read last. Locked while reading, so that an older text never replaces a newer one.
    last_text: Mutex<String>,
    /// Never locked while reading: requests wait for it.
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    routes: Arc<RouteTable>,
    reloads: Reloads,
}

impl Followed {
    fn first(file: &Path) -> Result<Self, RoutesError> {
        let text = read(file)?;
        let state = State {
            routes: Arc::new(parse(&text)?),
            reloads: Reloads::default(),
        };
        Ok(Self {
            file: file.to_owned(),
            last_text: Mutex::new(text),
            state: RwLock::new(state),
        })
    }

    /// Puts the file's routes in force, if they are good. The same text a second time is no news.
    fn read_again(&self) {
        let mut last_text = self.last_text.lock().unwrap_or_else(PoisonError::into_inner);
        let routes = match read(&self.file) {
            Ok(text) if text == *last_text => return,
            Ok(text) => {
                *last_text = text;
                parse(&last_text)
            }
            Err(error) => Err(error),
        };
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match routes {
            Ok(routes) => {
                state.routes = Arc::new(routes);
                state.reloads.accepted += 1;
            }
            Err(error) => {
                state.reloads.rejected += 1;
                tracing::info!(file = %self.file.display(), %error, "the router keeps its routes");
            }
        }
    }
}

fn read(file: &Path) -> Result<String, RoutesError> {
    let mut text = String::new();
    File::open(file)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(RoutesError::TooLong {
            max_bytes: FILE_BYTES_MAX,
        });
    }
    Ok(text)
}

/// Reads the file again after every change, on the watcher's own thread. Watches the folder rather than
/// the file: a rename puts another file in its place.
fn watch_folder_of(file: &Path, followed: Arc<Followed>) -> Result<RecommendedWatcher, RouterError> {
    let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "its path names no file");
    let name = file
        .file_name()
        .ok_or_else(no_name)
        .map_err(RoutesError::Read)?
        .to_owned();
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let is_about_file = move |path: &PathBuf| path.file_name() == Some(&name);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
        // Our own reading is an event too; following that one would never end.
        Ok(event) if event.kind.is_access() => {}
        Ok(event) if !event.need_rescan() && !event.paths.iter().any(&is_about_file) => {}
        // An error means that events may have been missed, so it is a reason to look.
        Ok(_) | Err(_) => followed.read_again(),
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
