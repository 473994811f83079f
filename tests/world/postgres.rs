//! A real PostgreSQL server, in a temporary folder, on a port of the kernel's choice.
//!
//! A small shell script starts it, waits until the test process closes the script's input, by whatever death, and then
//! stops the server and removes the folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

use secrecy::SecretString;
use serin::store::Location;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::process::free_port;
use super::{marked, programs};

/// $1: the folder; $2: where the programs are; $3: the port; $4: options; the rest: how to become the server's user.
const SCRIPT: &str = r#"
set -eu
folder=$1 programs=$2 port=$3 options=$4; shift 4
stop() {
    "$@" "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap 'stop "$@"' EXIT
trap 'exit 1' INT TERM HUP
"$@" "$programs/initdb" -D "$folder/data" -A trust -U test --no-sync -E UTF8 --locale=C >"$folder/initdb.log" 2>&1
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
$options
CONF
"$@" "$programs/pg_ctl" -D "$folder/data" -w -l "$folder/data/log" start >/dev/null
echo ready
cat >/dev/null
"#;

/// The one that the tests of a process share; each has a database of its own in it.
static SHARED: LazyLock<Server> = LazyLock::new(|| Server::start("fsync = off"));

/// Every database of this process: no two have one name.
static DATABASES: Mutex<Vec<TestDatabase>> = Mutex::new(Vec::new());

/// A running server; stopped when it is dropped, or when the process ends.
pub(crate) struct Server {
    folder: PathBuf,
    port: u16,
    script: Child,
    input: Option<ChildStdin>,
}

/// An empty database.
#[derive(Debug, Clone)]
pub(crate) struct TestDatabase {
    pub(crate) port: u16,
    pub(crate) name: String,
}

/// A fresh database on the shared server.
pub(crate) async fn database() -> TestDatabase {
    // The first one to come here starts the server; the others wait for it.
    let port = tokio::task::spawn_blocking(|| SHARED.port).await.unwrap();
    TestDatabase::create(port).await
}

impl Server {
    /// Starts a server with these lines in its configuration, and waits until it takes connections.
    pub(crate) fn start(options: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("serin-postgres-").tempdir();
        let folder = folder.unwrap().keep();
        let port = free_port();
        let user = user();
        if user.contains(&"setpriv") {
            run(Command::new("chown").arg("nobody").arg(&folder));
        }
        let mut script = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&folder)
            .arg(server_programs())
            .args([port.to_string().as_str(), options])
            .args(user)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(script.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        assert_eq!(said, "ready\n", "PostgreSQL did not start");
        Self {
            folder,
            port,
            input: script.stdin.take(),
            script,
        }
    }

    /// A fresh database on this server.
    pub(crate) async fn database(&self) -> TestDatabase {
        TestDatabase::create(self.port).await
    }

    /// Stops the server as a crash would: nothing is flushed, no connection is ended politely.
    pub(crate) fn crash(&self) {
        self.pg_ctl(&["-m", "immediate", "stop"]);
    }

    /// Starts it again, on the same port.
    pub(crate) fn start_again(&self) {
        let log = self.folder.join("data/log");
        self.pg_ctl(&["-l", log.to_str().unwrap(), "start"]);
    }

    /// From now on it takes TLS connections as `localhost`; gives the certificate that proves it.
    pub(crate) fn take_tls(&self) -> PathBuf {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let data = self.folder.join("data");
        let (certificate, key) = (data.join("server.crt"), data.join("server.key"));
        fs::write(&certificate, certified.cert.pem()).unwrap();
        fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
        // The server wants its key for itself, and what it did not write it may not read.
        let owner = fs::metadata(&data).unwrap();
        std::os::unix::fs::chown(&key, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(data.join("postgresql.auto.conf"), "ssl = on\n").unwrap();
        self.pg_ctl(&["reload"]);
        certificate
    }

    /// From now on a password is needed, which is that of the databases' URLs unless somebody gives it another one.
    pub(crate) fn ask_for_passwords(&self) {
        let rules = "host all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(self.folder.join("data/pg_hba.conf"), rules).unwrap();
        self.pg_ctl(&["reload"]);
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let (become_user, rest) = user().split_first().unwrap();
        run(Command::new(become_user)
            .args(rest)
            .arg(server_programs().join("pg_ctl"))
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-w")
            .args(arguments)
            .current_dir("/")
            .stdout(Stdio::null()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the script's word to clean up; were it killed, the server would stay behind.
        drop(self.input.take());
        let _ = self.script.wait();
    }
}

impl TestDatabase {
    async fn create(port: u16) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);

        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let postgres = Self {
            port,
            name: "postgres".to_owned(),
        };
        postgres.run(&format!("CREATE DATABASE {name}")).await;
        let database = Self { port, name };
        DATABASES.lock().unwrap().push(database.clone());
        database
    }

    /// The one that a URL names, by whatever way.
    pub(crate) fn of_url(url: &str) -> Option<Self> {
        let name = url.strip_prefix("postgres://")?.rsplit('/').next()?;
        let databases = DATABASES.lock().unwrap();
        databases.iter().find(|database| database.name == name).cloned()
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// Its URL through a proxy on another port.
    pub(crate) fn url_through(&self, port: u16) -> String {
        format!("postgres://test:{}@127.0.0.1:{port}/{}", password(), self.name)
    }

    /// Where a store finds it.
    pub(crate) fn location(&self) -> Location {
        Location::parse(&SecretString::from(self.url())).unwrap()
    }

    /// Somebody else's connection to it.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// Runs statements of the test's own.
    pub(crate) async fn run(&self, sql: &str) {
        let mut connection = self.connect().await;
        let ran = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.unwrap();
    }
}

/// Its user's password, which the server asks for where it is told to.
pub(crate) fn password() -> String {
    marked::secret("database-password")
}

/// How to become the user that the server runs as: it refuses to be root.
fn user() -> &'static [&'static str] {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        &["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    } else {
        &["env"]
    }
}

/// The folder with `initdb` and `pg_ctl`: on the path, or where Debian has it.
fn server_programs() -> PathBuf {
    let mut folders = programs::path();
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let complete = |folder: &&PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|program| folder.join(program).is_file())
    };
    let found = folders.iter().find(complete);
    let found = found.expect("PostgreSQL is missing: run tests/run, which installs Debian's postgresql");
    // A link to it does not tell it where its other files are.
    found
        .join("initdb")
        .canonicalize()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned()
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
