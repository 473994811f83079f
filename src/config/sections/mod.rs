//! One file a section: its fields, its checked form, and how the one becomes the other.

pub(super) mod api;
mod api_jwt;
mod api_kubernetes;
mod api_tls;
mod api_tokens;
mod authorities;
pub(super) mod canaries;
pub(super) mod channel_fields;
mod channel_news;
mod channel_places;
mod data_source_access;
pub(super) mod data_source_fields;
pub(super) mod data_sources;
mod header_lines;
pub(super) mod health;
pub(super) mod hooks;
pub(super) mod kubernetes;
pub(super) mod log;
pub(super) mod notify;
pub(super) mod shutdown;
mod source_address;
pub(super) mod store;
mod store_url;
mod webhook_url;
mod whereabouts;

use std::time::Duration;

pub use api::Api;
pub use api_jwt::{ApiJwt, ApiJwtKey};
pub use api_kubernetes::ApiKubernetes;
pub use api_tls::ApiTls;
pub use api_tokens::{ApiRole, ApiToken, Sha256};
pub use canaries::{Canaries, CanariesFrom};
pub use data_source_access::{Asker, DataSourceTls};
pub use data_sources::DataSource;
pub use header_lines::HeaderLines;
pub use health::Health;
pub use hooks::Hooks;
pub use kubernetes::Kubernetes;
pub use log::{Log, LogFormat, LogLevel};
pub use notify::{Channel, Destination, Effort, Notify};
pub use shutdown::Shutdown;
pub use store::{Migrate, Retention, Store};
pub use store_url::{PostgresUrl, StoreUrl};
pub use webhook_url::WebhookUrl;
pub use whereabouts::Whereabouts;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
